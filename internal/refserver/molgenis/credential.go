package molgenis

import (
	"errors"
	"net/http"
	"strings"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/httpkit"
	wire "github.com/dxauth/dxauth/pkg/molgenis"
	"github.com/dxauth/dxauth/pkg/secret"
)

// authenticate finds the caller, as far as the route wants one.
func (f *Face) authenticate(c *call, allowed Access) error {
	if allowed == Anyone {
		return nil
	}
	token, err := c.tokenSent()
	if err != nil {
		return err
	}
	if token.IsZero() {
		return f.unlessNeeded(allowed, errAnonymous)
	}
	caller, err := f.domain.Authenticate(c.ctx, token, allowed.need(), c.origin)
	if notGood(err) {
		return f.unlessNeeded(allowed, err)
	}
	if err != nil {
		return err
	}
	c.token, c.caller = token, caller
	return nil
}

// unlessNeeded forgives a missing or bad credential where it may be missing.
func (f *Face) unlessNeeded(allowed Access, refusal error) error {
	if allowed == Maybe {
		return nil
	}
	return refusal
}

// notGood tells a token that does not work from a failure of the server.
func notGood(err error) bool {
	var ended *access.EndedError
	return errors.As(err, &ended) || errors.Is(err, access.ErrUnknownToken)
}

// tokenSent returns the token that a request carries: in the platform's header,
// as a bearer token, or as a parameter of the query or of a form. Blank ones are
// none.
func (c call) tokenSent() (secret.Text, error) {
	if token := strings.TrimSpace(c.header.Get(wire.HeaderToken)); token != "" {
		return secret.New(token), nil
	}
	if c.header.Get("Authorization") != "" {
		token, err := httpkit.Bearer(c.header)
		if err != nil {
			return secret.Text{}, refusalf(http.StatusUnauthorized, "%s", err)
		}
		return token, nil
	}
	for _, sent := range []string{c.query.Get(wire.ParameterToken), c.body.form.Get(wire.ParameterToken)} {
		if token := strings.TrimSpace(sent); token != "" {
			return secret.New(token), nil
		}
	}
	return secret.Text{}, nil
}
