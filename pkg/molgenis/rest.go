package molgenis

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/dxauth/dxauth/pkg/httpcall"
	"github.com/dxauth/dxauth/pkg/secret"
)

// TokenLife is how long a token of a login is valid on a classic platform, in use
// or not.
const TokenLife = 2 * time.Hour

// Login signs in by the REST API, which takes a password and nothing else. It is sent
// once, and returns ErrWrongPassword, ErrTwoFactor or ErrPasswordReset.
func (c *Client) Login(ctx context.Context, login LoginRequest) (LoginResponse, error) {
	r, err := inJSON(http.MethodPost, RouteLogin, login, once)
	if err != nil {
		return LoginResponse{}, err
	}
	answer, err := read[LoginResponse](ctx, c.anonymous(), r)
	if err != nil {
		return LoginResponse{}, refusedLogin(err)
	}
	if httpcall.ValidToken(answer.Token.Text()) != nil {
		return LoginResponse{}, httpcall.Incomplete(c.config.Server, RouteLogin, "token")
	}
	return answer, nil
}

// anonymous returns the client without its credential, for a sign-in.
func (c *Client) anonymous() *Client { return c.WithCredential(secret.Text{}, "") }

// refusedLogin returns why a login was refused. The platform has one status
// for all of it.
func refusedLogin(err error) error {
	var refusal *Error
	if !errors.As(err, &refusal) || refusal.Status != http.StatusUnauthorized {
		return err
	}
	switch {
	case refusal.Code != "", refusal.Kind != nil:
	case mentions(refusal.Message, "verification code"):
		refusal.Kind = ErrWrongCode
	case mentions(refusal.Message, TextTwoFactor):
		refusal.Kind = ErrTwoFactor
	case mentions(refusal.Message, TextPasswordReset):
		refusal.Kind = ErrPasswordReset
	case refusal.Retry == 0:
		refusal.Kind = ErrWrongPassword
	}
	return err
}

// Logout ends the credential of the client: a token, or the session of cookies.
// It returns ErrSignedOut if that had ended before.
func (c *Client) Logout(ctx context.Context) error {
	if c.config.CredentialType == CredentialCookie {
		return c.formLogout(ctx)
	}
	_, err := c.accepted(ctx, request{method: http.MethodPost, route: RouteLogout, tries: ending})
	var refusal *Error
	if errors.As(err, &refusal) && errors.Is(refusal.Kind, ErrNotFound) {
		refusal.Kind = ErrSignedOut
	}
	return err
}

// Version returns the version of a classic platform. It is public.
func (c *Client) Version(ctx context.Context) (VersionResponse, error) {
	version, err := read[VersionResponse](ctx, c.anonymous(), get(RouteVersion))
	if err == nil && version.MolgenisVersion == "" {
		return version, httpcall.Incomplete(c.config.Server, RouteVersion, "molgenisVersion")
	}
	return version, err
}

// Context returns the user of the credential. It returns ErrSignedOut if there is none,
// and ErrNotFound on a platform before 8.0.
func (c *Client) Context(ctx context.Context) (ContextResponse, error) {
	who, err := read[ContextResponse](ctx, c, get(RouteContext))
	switch {
	case err != nil:
		return who, err
	case !who.Authenticated || who.Username == Anonymous:
		return who, &Error{Status: http.StatusOK, Kind: ErrSignedOut}
	case !httpcall.ValidName(who.Username):
		return who, httpcall.Incomplete(c.config.Server, RouteContext, "username")
	}
	return who, nil
}

// Call calls any route of the platform, such as GET /api/v2/sys_sec_Token?num=1,
// and returns its JSON; null for a response without a body. A method other
// than GET is sent once.
func (c *Client) Call(ctx context.Context, method, route string, body json.RawMessage) (json.RawMessage, error) {
	r := get(route)
	if method != http.MethodGet {
		r = request{method: method, route: route, body: body, contentType: "application/json", tries: once}
	}
	answer, err := c.accepted(ctx, r)
	switch {
	case err != nil:
		return nil, err
	case len(answer.Body) == 0:
		return json.RawMessage("null"), nil
	case !json.Valid(answer.Body):
		return nil, answer.Unexpected()
	}
	return answer.JSON(answer.Body), nil
}
