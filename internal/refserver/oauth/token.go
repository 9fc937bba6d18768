package oauth

import (
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/grant"
	"github.com/dxauth/dxauth/internal/refserver/httpkit"
	"github.com/dxauth/dxauth/internal/refserver/service"
	wire "github.com/dxauth/dxauth/pkg/oauth"
)

// call is a request of a program.
type call struct {
	*http.Request
	form   url.Values
	list   parameters
	origin service.Origin
}

// endpoint returns the handler of an endpoint that programs call, with forms of limited
// size. F returns a value to encode, nil for an empty body.
func (h *Handler) endpoint(most int64, f func(call) (any, error)) http.Handler {
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !allow(w, r, http.MethodPost) {
			return
		}
		form, malformed := readForm(w, r, most)
		if malformed != nil {
			writeError(w, malformed)
			return
		}
		list, malformed := parametersOf(form)
		if malformed != nil {
			writeError(w, malformed)
			return
		}
		result, err := f(call{r, form, list, h.originOf(r)})
		h.respond(w, r, result, err)
	})
	return httpkit.Recover(handler, h.log, func(w http.ResponseWriter, _ *http.Request) { writeError(w, internalError()) })
}

// respond sends the result of a call, or its error.
func (h *Handler) respond(w http.ResponseWriter, r *http.Request, result any, err error) {
	if err != nil {
		refused := translate(err)
		if refused.Code == errServerError {
			httpkit.LogFault(r, h.log, err)
		}
		writeError(w, refused)
		return
	}
	if result == nil {
		w.WriteHeader(http.StatusOK)
		return
	}
	body, err := json.Marshal(result)
	if err != nil { // cannot happen: only strings and numbers
		panic(err)
	}
	w.Header().Set("Pragma", "no-cache") // RFC 6749, section 5.1
	httpkit.WriteJSON(w, http.StatusOK, body)
}

// maxExchange bounds the form of an exchange, in bytes. The ID token of a user or job with
// many groups is larger than anything else that a stranger sends.
const maxExchange = 32 << 10

// tokenForm returns how large a form of the token endpoint can be.
func (h *Handler) tokenForm() int64 {
	if h.exchange == nil {
		return httpkit.MaxAnonymousBody
	}
	return maxExchange
}

// token makes the session or token of a grant.
func (h *Handler) token(c call) (any, error) {
	if c.list[paramGrantType] != wire.GrantExchange && c.list.size() > httpkit.MaxAnonymousBody {
		return nil, tooLarge()
	}
	switch c.list[paramGrantType] {
	case wire.GrantCode:
		return h.redeemCode(c)
	case wire.GrantDevice:
		return h.pollDevice(c)
	case wire.GrantExchange:
		return h.exchangeToken(c)
	case "":
		return nil, invalid("the parameter " + paramGrantType + " is missing")
	default:
		return nil, unsupportedGrant()
	}
}

func unsupportedGrant() error {
	return &wire.Error{Code: wire.UnsupportedGrantType, Description: "this server does not have that grant type", Status: http.StatusBadRequest}
}

// redeemCode exchanges an authorization code (RFC 6749, section 4.1.3).
func (h *Handler) redeemCode(c call) (any, error) {
	if err := checkClient(c.Request, c.list); err != nil {
		return nil, err
	}
	if err := c.list.require(paramCode, paramRedirect, paramVerifier); err != nil {
		return nil, err
	}
	result, err := h.grants.RedeemCode(c.Context(), grant.Redemption{
		Client: c.list[paramClient], Code: c.list.secretOf(paramCode), Redirect: c.list[paramRedirect], Verifier: c.list.secretOf(paramVerifier),
	}, c.origin)
	return tokenResponse(result), err
}

// pollDevice exchanges the code of a device, if its user approved it (RFC 8628, section
// 3.4).
func (h *Handler) pollDevice(c call) (any, error) {
	if err := checkClient(c.Request, c.list); err != nil {
		return nil, err
	}
	if err := c.list.require(paramDeviceCode); err != nil {
		return nil, err
	}
	result, err := h.grants.PollDevice(c.Context(), c.list[paramClient], c.list.secretOf(paramDeviceCode), c.origin)
	return tokenResponse(result), err
}

// exchangeToken exchanges a token of another issuer (RFC 8693, section 2.1). The token says
// who calls, so the client need not; if it does, it has to be right.
func (h *Handler) exchangeToken(c call) (any, error) {
	if h.exchange == nil {
		return nil, unsupportedGrant()
	}
	if c.list[paramClient] == "" {
		c.list[paramClient] = grant.CommandLine
	}
	if err := checkClient(c.Request, c.list); err != nil {
		return nil, err
	}
	return h.exchange(c.Context(), Exchange{Form: c.form, Origin: c.origin})
}

// tokenResponse returns the response with a new session (RFC 6749, section 5.1).
func tokenResponse(result service.SignInResult) wire.TokenResponse {
	return wire.TokenResponse{
		AccessToken: result.Secret.OnWire(),
		TokenType:   "Bearer",
		ExpiresIn:   int64(result.Token.Expires.Sub(result.Token.Created) / time.Second),
		User:        result.Token.UserID,
		Expires:     result.Token.Expires.UnixMilli(),
		IdleTimeout: result.Idle.Milliseconds(),
	}
}

// revoke ends a token (RFC 7009). Whether there was one, the response does not say. A hint
// at its type is not needed: there is one type.
func (h *Handler) revoke(c call) (any, error) {
	if err := checkClient(c.Request, c.list); err != nil {
		return nil, err
	}
	if err := c.list.require(paramToken); err != nil {
		return nil, err
	}
	return nil, h.grants.Revoke(c.Context(), c.list.secretOf(paramToken), c.origin)
}
