package access_test

import (
	"testing"

	"github.com/dxauth/dxauth/internal/refserver/access"
)

// S-36, S-40: a token that was made with others ends with the first of them. The end
// names the highest token that has ended.
func TestEndOf(t *testing.T) {
	root := access.Link{Idle: 15 * minute, Token: access.Token{
		Signature: "root", Kind: access.Session, LastUsed: start, Expires: start.Add(hour),
	}}
	idle, blocked, revoked := root, root, root
	idle.Idle, blocked.Blocked = minute, true
	revoked.Token.Ended, revoked.Token.EndReason = start, access.Revoked

	derived := access.Link{Token: access.Token{
		Signature: "derived", Kind: access.APIToken, Parent: "between", Root: "root", Expires: start.Add(hour),
	}}
	ended, ofBlocked, expired, single := derived, derived, derived, derived
	ended.Token.Ended, ended.Token.EndReason = start, access.Elsewhere
	ofBlocked.Blocked = true
	expired.Token.Expires = start
	single.Token.Parent, single.Token.Root = "", ""

	for name, c := range map[string]struct {
		token access.Link
		root  *access.Link
		want  access.End
	}{
		"both are valid":         {derived, &root, access.End{Signature: "derived"}},
		"an idle root":           {derived, &idle, access.End{Signature: "root", Reason: access.Idle}},
		"the root of a blocked":  {derived, &blocked, access.End{Signature: "root", Reason: access.Revoked}},
		"a revoked root":         {derived, &revoked, access.End{Signature: "root", Reason: access.Revoked}},
		"a missing root":         {derived, nil, access.End{Signature: "derived", Reason: access.Revoked}},
		"ended before the root":  {ended, &idle, access.End{Signature: "derived", Reason: access.Elsewhere}},
		"expired":                {expired, &root, access.End{Signature: "derived", Reason: access.Expired}},
		"expired, the root idle": {expired, &idle, access.End{Signature: "root", Reason: access.Idle}},
		"of a blocked user":      {ofBlocked, &root, access.End{Signature: "derived", Reason: access.Revoked}},
		"made with no other":     {single, nil, access.End{Signature: "derived"}},
	} {
		if got := access.EndOf(c.token, c.root, start.Add(2*minute)); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}
