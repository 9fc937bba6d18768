package service_test

import (
	"errors"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/pkg/secret"
)

// found returns the signatures of the tokens that a caller finds on one page.
func (h *testServer) found(caller service.Caller, query access.Query) []string {
	h.Helper()
	if query.Limit == 0 {
		query.Limit = 100
	}
	switch query.Kind {
	case "":
		query.Kind = access.APIToken
	case anyKind:
		query.Kind = ""
	}
	page, err := h.FindTokens(h.Context(), caller, query)
	h.check(err)
	var list []string
	for _, token := range page.Tokens {
		list = append(list, token.Signature)
	}
	return list
}

// anyKind makes found query tokens of all kinds; its default is API tokens.
const anyKind access.Kind = "any"

func TestAUserFindsTheirOwnTokens(t *testing.T) {
	h := newTestServer(t)
	in := func(d time.Duration) time.Time { return h.clock.Now().Add(d) }
	later := access.Signature(h.signIn("alice", access.Order{Label: "later", Expires: in(48 * time.Hour)}))
	sooner := access.Signature(h.signIn("alice", access.Order{Label: "sooner", Expires: in(24 * time.Hour)}))
	bare := access.Signature(h.signIn("alice", access.Order{Scope: &access.Scope{}, Expires: in(36 * time.Hour)}))
	brief := access.Signature(h.signIn("alice", access.Order{Label: "brief", Expires: in(30 * time.Minute)}))
	idle := h.signIn("alice", access.Order{})
	foreign := h.signIn("bob", access.Order{Label: "sooner"})
	h.clock.Advance(time.Hour)
	session := h.signIn("alice", access.Order{})
	caller := h.callerOf(session)
	revoked := h.signIn("alice", access.Order{Label: "revoked"})
	h.check(h.RevokeTokens(t.Context(), caller, access.Ref{Signature: access.Signature(revoked)}))
	h.ended(idle, access.Idle)

	for name, c := range map[string]struct {
		query access.Query
		want  []string
	}{
		"API tokens":             {access.Query{}, []string{sooner, bare, later}},
		"with a label":           {access.Query{Labelled: true}, []string{sooner, later}},
		"sessions":               {access.Query{Kind: access.Session}, []string{caller.Token.Signature}},
		"both":                   {access.Query{Kind: anyKind}, []string{caller.Token.Signature, sooner, bare, later}},
		"by label":               {access.Query{Label: "sooner"}, []string{sooner}},
		"by another case":        {access.Query{Label: "Sooner"}, nil},
		"by signature":           {access.Query{Prefix: later[:8]}, []string{later}},
		"another user's":         {access.Query{Prefix: access.Signature(foreign)[:8]}, nil},
		"by both, of two":        {access.Query{Label: "sooner", Prefix: later[:8]}, nil},
		"expired":                {access.Query{Expired: true}, []string{brief}},
		"expired, by its label":  {access.Query{Expired: true, Label: "brief"}, []string{brief}},
		"revoked, by its label":  {access.Query{Label: "revoked"}, nil},
		"revoked is not expired": {access.Query{Expired: true, Label: "revoked"}, nil},
		"another user":           {access.Query{UserID: "user-bob"}, nil},
		"after the first":        {access.Query{After: access.Position{Expires: in(23 * time.Hour), Signature: sooner}}, []string{bare, later}},
		"sessions that are idle": {access.Query{Kind: access.Session, Prefix: access.Signature(idle)[:8]}, nil},
		"unknown label":          {access.Query{Kind: anyKind, Label: "none"}, nil},
	} {
		if got := h.found(caller, c.query); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// An API token that was never used has no time of use, however it was made.
func TestATokenThatWasNeverUsed(t *testing.T) {
	h := newTestServer(t)
	session := h.signIn("alice", access.Order{})
	caller := h.callerOf(session)
	made := map[string]secret.Text{
		"by password": h.signIn("alice", access.Order{Label: "a"}), "by session": h.tokenFor(session, access.Order{Label: "b"}),
	}
	for name, token := range made {
		used := func() time.Time {
			page, err := h.FindTokens(t.Context(), caller, access.Query{
				Kind: access.APIToken, Prefix: access.Signature(token), Limit: 1,
			})
			h.check(err)
			return page.Tokens[0].LastUsed
		}
		if !used().IsZero() {
			t.Errorf("%s: used at %v", name, used())
		}
		h.callerOf(token) // at once, and only this time
		if !used().Equal(h.clock.Now()) {
			t.Errorf("%s: used at %v, want %v", name, used(), h.clock.Now())
		}
	}
}

func TestUpdateToken(t *testing.T) {
	h := newTestServer(t)
	session := h.signIn("alice", access.Order{})
	parent := h.signIn("alice", access.Order{Label: "ci", Description: "old"})
	child := h.tokenFor(parent, access.Order{Label: "job"})
	brief := h.tokenFor(parent, access.Order{Label: "brief", Expires: h.clock.Now().Add(time.Minute)})
	foreign := h.signIn("bob", access.Order{Label: "ci"})
	over := h.signIn("alice", access.Order{Label: "over", Expires: h.clock.Now().Add(time.Second)})
	revoked := h.signIn("alice", access.Order{Label: "revoked"})
	h.clock.Advance(2 * time.Second)
	caller := h.callerOf(session)
	h.check(h.RevokeTokens(t.Context(), caller, access.Ref{Signature: access.Signature(revoked)}))
	hour, now := h.clock.Now().Add(time.Hour), h.clock.Now()
	label, description, none := "CI", "new", ""
	beyond := h.callerOf(parent).Token.Expires.Add(time.Millisecond)

	rows := h.db.rowsOf(func() {
		h.check(h.UpdateToken(t.Context(), caller, access.Ref{Signature: access.Signature(parent)}, access.Change{Label: &label, Description: &description}))
		h.check(h.UpdateToken(t.Context(), caller, access.Ref{Signature: access.Signature(parent)}, access.Change{Expires: &hour}))
	})
	for _, row := range rows {
		if row.Action != audit.TokenUpdate || row.Subject != access.Signature(parent)[:12] || row.Actor != "user-alice" {
			t.Errorf("audit: %+v", row)
		}
	}
	if got := h.storedToken(parent); len(rows) != 2 || got.Label != "CI" || got.Description != "new" || !got.Expires.Equal(hour) {
		t.Errorf("%d rows, and %+v", len(rows), got)
	}
	if got := h.storedToken(child); !got.Expires.Equal(hour) || got.Label != "job" {
		t.Errorf("the child ends at %v, its parent at %v", got.Expires, hour)
	}
	if got := h.callerOf(brief).Token.Expires; !got.Before(hour) {
		t.Errorf("a child that ended earlier ends at %v", got)
	}

	for name, c := range map[string]struct {
		token  secret.Text
		change access.Change
		want   error
	}{
		"later":             {parent, access.Change{Expires: &beyond}, access.ErrExpiresLater},
		"now":               {parent, access.Change{Expires: &now}, access.ErrExpiresInPast},
		"another user's":    {foreign, access.Change{Label: &label}, access.ErrNoSuchToken},
		"none":              {secret.New("none"), access.Change{Label: &label}, access.ErrNoSuchToken},
		"expired":           {over, access.Change{Label: &label}, access.ErrTokenEnded},
		"revoked":           {revoked, access.Change{Expires: &hour}, access.ErrTokenEnded},
		"the same":          {parent, access.Change{Expires: &hour}, nil},
		"nothing":           {parent, access.Change{}, nil},
		"no label any more": {parent, access.Change{Label: &none}, nil},
		"a session":         {session, access.Change{Expires: &hour}, nil},
	} {
		if err := h.UpdateToken(t.Context(), caller, access.Ref{Signature: access.Signature(c.token)}, c.change); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if token := h.callerOf(parent).Token; token.Kind != access.APIToken || token.Label != "" {
		t.Errorf("without its label: %+v", token)
	}
}

// Rotating a token takes one proof: it creates the new token, and the old one ends
// an hour later, with the tokens made with it, although the sign-in is old by then.
func TestRotatingATokenTakesOneProof(t *testing.T) {
	h := newTestServer(t)
	session := h.signIn("alice", access.Order{})
	old := h.signIn("alice", access.Order{Label: "ci"})
	ofOld := h.tokenFor(old, access.Order{Label: "job"})
	h.clock.Advance(10 * time.Minute)
	renewed := h.signIn("alice", access.Order{Label: "ci"})
	grace := h.clock.Now().Add(time.Hour)
	h.check(h.UpdateToken(t.Context(), h.callerOf(session), access.Ref{Signature: access.Signature(old)}, access.Change{Expires: &grace}))
	h.clock.Advance(time.Hour - time.Millisecond)
	h.callerOf(old)
	h.callerOf(ofOld)
	h.clock.Advance(time.Millisecond)
	h.ended(old, access.Expired)
	h.ended(ofOld, access.Expired)
	h.callerOf(renewed)
}

// S-70: the first use of a token from a network is logged, once; uses from a known
// network are not.
func TestAUseFromANewAddressIsLogged(t *testing.T) {
	h := newTestServer(t)
	token := h.signIn("alice", access.Order{Label: "ci"})
	const neighbour, elsewhere = "2001:db8::1:2", "2001:db8:0:1::2"
	use := func(address string) []audit.Entry {
		return h.db.rowsOf(func() {
			origin := home
			origin.Address = netip.MustParseAddr(address)
			caller, err := h.Authenticate(t.Context(), token, access.WithinScope, origin)
			h.check(err)
			if !caller.Token.Scope.Full {
				t.Error("the caller has no token")
			}
		})
	}
	for i, step := range []struct {
		from  string
		isNew bool
	}{
		{"192.0.2.1", false}, // where it was made
		{"198.51.100.7", true},
		{"198.51.100.7", false},
		{"192.0.2.1", false},
		{"::ffff:192.0.2.1", false},
		{"2001:db8::1", true},
		{neighbour, false}, // of the same network
		{elsewhere, true},
		{"198.51.100.7", false},
	} {
		rows := use(step.from)
		var want []audit.Entry
		if step.isNew {
			want = []audit.Entry{{
				Time: h.clock.Now(), Actor: "user-alice", Subject: access.Signature(token)[:12], Action: audit.TokenUse, Result: "ok",
				Address: step.from, UserAgent: "dxauth", RequestID: "1-1",
			}}
		}
		if diff := cmp.Diff(want, rows); diff != "" {
			t.Errorf("use %d from %s (-want +got):\n%s", i, step.from, diff)
		}
		h.clock.Advance(time.Second)
	}
	if got := h.callerOf(token).Token.LastAddress; got != elsewhere {
		t.Errorf("last used from %s", got) // the later uses were within 30 s
	}
}

// Sweep deletes a token 90 days after its end, and keeps active tokens.
func TestEndedTokensAreDeleted(t *testing.T) {
	h := newTestServer(t)
	good := h.signIn("alice", access.Order{Label: "good", Expires: h.clock.Now().Add(365 * day)})
	brief := h.signIn("alice", access.Order{Label: "brief", Expires: h.clock.Now().Add(day)})
	revoked := h.signIn("alice", access.Order{Label: "revoked", Expires: h.clock.Now().Add(365 * day)})
	h.check(h.RevokeTokens(t.Context(), h.callerOf(good), access.Ref{Signature: access.Signature(revoked)}))
	sweep := func() {
		for range 2 { // a second sweep changes nothing
			h.check(h.Sweep(t.Context()))
		}
	}
	h.clock.Advance(88 * day) // a server that was off; steps of an hour over it all take long
	h.runSteadily(2 * day)
	sweep()
	h.ended(revoked, access.Revoked)
	h.clock.Advance(time.Millisecond)
	sweep()
	if _, err := h.authenticate(revoked); !errors.Is(err, access.ErrUnknownToken) {
		t.Errorf("a deleted token: %v", err)
	}
	h.runSteadily(day)
	sweep()
	if _, err := h.authenticate(brief); !errors.Is(err, access.ErrUnknownToken) {
		t.Errorf("a token that expired unused: %v", err)
	}
	h.callerOf(good)
}
