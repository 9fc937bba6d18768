package dnanexus

import "github.com/dxauth/dxauth/internal/refusal"

// challenge is the header without which HTTP allows no 401, with the error codes
// of RFC 6750, section 3.1. The status stays the platform's where the RFC has
// another.
func challenge(err error) string {
	const realm = `Bearer realm="dnanexus"`
	switch {
	case refusal.ReasonOf(err) == refusal.MalformedHeader:
		return realm + `, error="invalid_request"`
	case refusal.CodeOf(err) == refusal.SessionEnded, refusal.ReasonOf(err) == refusal.UnknownToken:
		return realm + `, error="invalid_token"`
	case refusal.ReasonOf(err) == refusal.BeyondScope:
		return realm + `, error="insufficient_scope"`
	default: // nothing was sent, or something else is missing than a token
		return realm
	}
}
