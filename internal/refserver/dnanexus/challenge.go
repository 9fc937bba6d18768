package dnanexus

import (
	"errors"
	"net/http"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/httpkit"
	wire "github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/secret"
)

// headerError refuses an Authorization header that holds no token, or several.
type headerError struct{ *refusal }

func (e headerError) Unwrap() error { return e.refusal }

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
	var (
		malformed headerError
		ended     *access.EndedError
	)
	switch {
	case errors.As(err, &malformed):
		return realm + `, error="invalid_request"`
	case errors.Is(err, access.ErrUnknownToken), errors.As(err, &ended):
		return realm + `, error="invalid_token"`
	case errors.Is(err, access.ErrBeyondScope):
		return realm + `, error="insufficient_scope"`
	default: // nothing was sent, or something else is missing than a token
		return realm
	}
}
