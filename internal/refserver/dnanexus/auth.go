package dnanexus

import (
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/web"
	wire "github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/secret"
)

// newAuthToken signs in with a password, or makes a token for a caller that sends
// one.
func (h *Handler) newAuthToken(c call, in wire.NewAuthTokenRequest) (wire.NewAuthTokenResponse, error) {
	order, err := orderOf(in)
	if err != nil {
		return wire.NewAuthTokenResponse{}, err
	}
	result, err := h.signIn(c, in, order)
	if err != nil {
		return wire.NewAuthTokenResponse{}, err
	}
	return tokenAnswer(result), nil
}

// tokenAnswer returns the response with a new token.
func tokenAnswer(result service.SignInResult) wire.NewAuthTokenResponse {
	return wire.NewAuthTokenResponse{
		AccessToken:       result.Secret.OnWire(),
		TokenType:         "bearer",
		TokenSignature:    result.Token.Signature,
		UserID:            result.Token.UserID,
		Expires:           result.Token.Expires.UnixMilli(),
		IdleTimeout:       result.Idle.Milliseconds(),
		RecoveryCodesLeft: result.CodesLeft,
	}
}

func (h *Handler) signIn(c call, in wire.NewAuthTokenRequest, order access.Order) (service.SignInResult, error) {
	switch {
	case in.Username != "" && in.Password.IsZero():
		return service.SignInResult{}, missing("password")
	case in.Username == "" && !in.Password.IsZero():
		return service.SignInResult{}, missing("username")
	case in.Username == "" && !c.signedIn():
		return service.SignInResult{}, web.ErrNotSignedIn
	case in.Username == "":
		return h.makeToken(c, order)
	}
	attempt := identity.Attempt{Username: in.Username, Password: in.Password.Text(), Code: codeOf(in.OTP)}
	return h.service.SignIn(c.ctx, attempt, order, c.origin)
}

// makeToken makes a token for a caller that is signed in.
func (h *Handler) makeToken(c call, order access.Order) (service.SignInResult, error) {
	made, err := h.service.MakeTokens(c.ctx, c.caller, service.TokenDraft{Order: order})
	if err != nil {
		return service.SignInResult{}, err
	}
	return service.SignInResult{Issued: made[0]}, nil
}

func codeOf(otp *secret.Wire) secret.Text {
	if otp == nil {
		return secret.Text{}
	}
	return otp.Text()
}

// maxLabel is the maximum length of a label, in bytes.
const maxLabel = 255

func orderOf(in wire.NewAuthTokenRequest) (access.Order, error) {
	switch {
	case in.GrantType != "":
		return access.Order{}, inputError("grant_type", "absent: authorization codes are not supported")
	case in.Expires < 0 || in.Expires > maxMillis:
		return access.Order{}, inputError("expires", "milliseconds since 1970")
	case len(in.Label) > maxLabel:
		return access.Order{}, inputError("label", "at most 255 bytes long")
	}
	scope, err := scopeOf(in.Scope)
	order := access.Order{Label: in.Label, Scope: scope, Independent: in.Independent}
	if in.Expires > 0 {
		order.Expires = time.UnixMilli(in.Expires)
	}
	return order, err
}

// maxMillis is the end of the year 9999.
const maxMillis = 253402300799999

// checkSignature returns an error unless the value of a key is a signature.
func checkSignature(key, value string) error {
	switch {
	case value == "":
		return missing(key)
	case !wire.IsSignature(value):
		return inputError(key, "64 lower-case hexadecimal digits")
	default:
		return nil
	}
}

// destroyAuthToken ends a token of the caller by its signature.
func (h *Handler) destroyAuthToken(c call, in wire.DestroyAuthTokenRequest) (wire.Empty, error) {
	if err := checkSignature("tokenSignature", in.TokenSignature); err != nil {
		return wire.Empty{}, err
	}
	return wire.Empty{}, h.service.RevokeTokens(c.ctx, c.caller, c.ownToken(in.TokenSignature))
}

func (h *Handler) getUserInfo(c call, _ wire.Empty) (wire.UserInfo, error) {
	return wire.UserInfo{Username: c.caller.User.Handle, UserID: c.caller.User.ID, Expires: c.caller.Token.Expires.UnixMilli()}, nil
}
