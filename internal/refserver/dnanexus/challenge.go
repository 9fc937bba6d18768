package dnanexus

import "github.com/dxauth/dxauth/internal/refusal"

// challenge returns the WWW-Authenticate header that HTTP requires with a 401, with
// the error codes of RFC 6750, section 3.1. The status is the platform's, even if
// the RFC asks for another.
func challenge(err error) string {
	const realm = `Bearer realm="dnanexus"`
	switch {
	case refusal.ReasonOf(err) == refusal.MalformedHeader:
		return realm + `, error="invalid_request"`
	case refusal.CodeOf(err) == refusal.SessionEnded, refusal.ReasonOf(err) == refusal.UnknownToken:
		return realm + `, error="invalid_token"`
	case refusal.ReasonOf(err) == refusal.BeyondScope:
		return realm + `, error="insufficient_scope"`
	default: // no token was sent, or the problem is not the token
		return realm
	}
}
