package molgenis

import (
	"strings"

	"github.com/dxauth/dxauth/internal/refserver/httpkit"
	"github.com/dxauth/dxauth/internal/refserver/web"
	"github.com/dxauth/dxauth/internal/refusal"
	wire "github.com/dxauth/dxauth/pkg/molgenis"
	"github.com/dxauth/dxauth/pkg/secret"
)

// authenticate finds the caller, if the route needs one. A token has precedence
// over a cookie. A user with a cookie who lacks the second factor is redirected
// to its form from every other route.
func (h *Handler) authenticate(c *call, allowed web.Access) error {
	if allowed == web.Anyone {
		return nil
	}
	token, err := c.tokenSent()
	if err != nil {
		return err
	}
	if token.IsZero() {
		if c.ticket = ticketIn(c.cookie.Value()); c.ticket.lacks != "" {
			return c.redirectToSecondFactor(allowed)
		}
		token, c.byCookie = c.cookie.Value(), true
	}
	if token.IsZero() && allowed.NeedsCredential() {
		return web.ErrNotSignedIn
	}
	if token.IsZero() {
		return nil
	}
	caller, err := h.service.Authenticate(c.ctx, token, allowed.Need(), c.origin)
	if notGood(err) && allowed.IgnoresBad() {
		return nil
	}
	if err != nil {
		return err
	}
	c.caller = caller
	return nil
}

func (c call) redirectToSecondFactor(allowed web.Access) error {
	if allowed == web.SignInForm {
		return nil
	}
	return &redirectError{c.ticket.lacks.page()}
}

// notGood reports whether a token does not work, as opposed to a failure of the
// server.
func notGood(err error) bool {
	return refusal.CodeOf(err) == refusal.SessionEnded || refusal.ReasonOf(err) == refusal.UnknownToken
}

// tokenSent returns the token of a request: from the platform's header, as a
// bearer token, or from a parameter of the query or of a form. A blank token
// counts as none.
func (c call) tokenSent() (secret.Text, error) {
	if token := strings.TrimSpace(c.header.Get(wire.HeaderToken)); token != "" {
		return secret.New(token), nil
	}
	if c.header.Get("Authorization") != "" {
		return httpkit.Bearer(c.header)
	}
	for _, sent := range []string{c.query.Get(wire.ParameterToken), c.body.form.Get(wire.ParameterToken)} {
		if token := strings.TrimSpace(sent); token != "" {
			return secret.New(token), nil
		}
	}
	return secret.Text{}, nil
}
