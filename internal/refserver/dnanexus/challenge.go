package dnanexus

import (
	"errors"
	"net/http"

	"github.com/dxauth/dxauth/internal/refserver/httpkit"
	"github.com/dxauth/dxauth/internal/refusal"
	wire "github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/secret"
)

// headerError refuses an Authorization header that holds no token, or several.
type headerError struct{ *platformError }

func (e headerError) Unwrap() error { return e.platformError }

// bearerOf reads the token of the header; none is the empty secret.
func bearerOf(header http.Header) (secret.Text, error) {
	token, err := httpkit.Bearer(header)
	if err != nil {
		return secret.Text{}, headerError{refusalf(wire.TypeInvalidAuthentication, "%s", err)}
	}
	return token, nil
}

// challenge is the header without which HTTP allows no 401, with the error codes
// of RFC 6750, section 3.1. The status stays the platform's where the RFC has
// another.
func challenge(err error) string {
	const realm = `Bearer realm="dnanexus"`
	if _, malformed := errors.AsType[headerError](err); malformed {
		return realm + `, error="invalid_request"`
	}
	switch {
	case refusal.CodeOf(err) == refusal.SessionEnded, refusal.ReasonOf(err) == refusal.UnknownToken:
		return realm + `, error="invalid_token"`
	case refusal.ReasonOf(err) == refusal.BeyondScope:
		return realm + `, error="insufficient_scope"`
	default: // nothing was sent, or something else is missing than a token
		return realm
	}
}
