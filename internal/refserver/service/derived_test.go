package service_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// family is a session of an administrator and what was made with it, of another user's, too.
// Nobody uses the session any more.
type family struct {
	*testServer
	session secret.Text
	derived map[string]secret.Text
}

func newFamily(t *testing.T) family {
	t.Helper()
	h := newTestServer(t)
	h.superuser("admin")
	session := h.signIn("admin", access.Order{Expires: h.clock.Now().Add(2 * time.Hour)})
	order := h.narrow()
	order.Expires = h.clock.Now().Add(90 * time.Minute)
	order.Scope.Projects["project-lab"] = directory.View
	child := h.tokenFor(session, order)
	grandchild := h.tokenFor(child, order)
	bobs, err := h.makeToken(h.callerOf(session), "user-bob", order)
	h.check(err)
	return family{h, session, map[string]secret.Text{
		"child": child, "grandchild": grandchild, "fourth": h.tokenFor(grandchild, order), "another user's": bobs.Secret,
	}}
}

// keepBusy uses the derived tokens for a while.
func (f family) keepBusy(span time.Duration) {
	f.Helper()
	for range span / time.Minute {
		f.clock.Advance(time.Minute)
		for _, token := range f.derived {
			if _, err := f.authenticate(token); err != nil {
				return
			}
		}
	}
}

// A token that was made with a session is valid as long as the session is, whatever
// ends that, even if only the token is in use.
func TestADerivedTokenEndsWithItsSession(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(family)
		want access.Reason
	}{
		"idle":            {func(f family) { f.keepBusy(15 * time.Minute) }, access.Idle},
		"idle for a year": {func(f family) { f.clock.Advance(365 * day) }, access.Expired},
		"idle by a policy of an org": {func(f family) {
			f.join("user-admin", "org-ward", 2*time.Minute)
			f.keepBusy(2 * time.Minute)
		}, access.Idle},
		"revoked": {func(f family) {
			caller := f.callerOf(f.session)
			f.check(f.RevokeTokens(f.Context(), caller, access.Ref{Signature: caller.Token.Signature}))
		}, access.Revoked},
		"ended from another session": {func(f family) {
			other := f.callerOf(f.signIn("admin", access.Order{}))
			f.check(f.EndSessions(f.Context(), other, []string{access.Signature(f.session)}))
		}, access.Elsewhere},
		"a new password": {func(f family) {
			other, proof := f.callerOf(f.signIn("admin", access.Order{})), service.Proof{Password: secret.New(password)}
			f.check(f.ChangePassword(f.Context(), other, proof, secret.New("another-2026-secret")))
		}, access.Elsewhere},
		"a shortened life": {func(f family) {
			soon := f.clock.Now().Add(time.Minute)
			ref := access.Ref{Signature: access.Signature(f.session)}
			f.check(f.UpdateToken(f.Context(), f.callerOf(f.session), ref, access.Change{Expires: &soon}))
			f.clock.Advance(time.Minute)
		}, access.Expired},
		"the account disabled": {func(f family) {
			f.check(f.DisableUser(f.Context(), f.superuser("deputy"), "admin"))
		}, access.Revoked},
		"the account locked without the sessions": {func(f family) { f.block("user-admin") }, access.Revoked},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFamily(t)
			c.end(f)
			for of, token := range f.derived {
				_, err := f.authenticate(token)
				if refusal.CodeOf(err) != refusal.SessionEnded || refusal.ReasonOf(err) != c.want {
					t.Errorf("%s: got %v, want a token that has ended: %s", of, err, c.want)
				}
			}
			f.ended(f.session, c.want)
		})
	}
}

// An older server ended a session without what was made with it; a store may even have
// lost the session.
func TestADerivedTokenWithoutAValidSessionIsRefused(t *testing.T) {
	h := newTestServer(t)
	ended := access.Signature(h.signIn("alice", access.Order{}))
	h.check(h.Write(t.Context(), func(tx transaction.Tx) error {
		return tx.EndTokenTree(t.Context(), ended, h.clock.Now(), access.Idle)
	}))
	for name, c := range map[string]struct {
		parent, root string
		want         access.Reason
	}{
		"of an ended session":             {ended, ended, access.Idle},
		"made with a token of one":        {"a token", ended, access.Idle},
		"of a session that is not stored": {"none", "none", access.Revoked},
		"of a chain without a beginning":  {"none", "", access.Revoked},
	} {
		t.Run(name, func(t *testing.T) {
			value := secret.New(name)
			h.check(h.Write(t.Context(), func(tx transaction.Tx) error {
				return tx.InsertToken(t.Context(), access.Token{
					Signature: access.Signature(value), Kind: access.APIToken, UserID: "user-alice", Parent: c.parent, Root: c.root,
					Scope: access.FullScope(), Created: h.clock.Now(), Expires: h.clock.Now().Add(day),
				})
			}))
			h.ended(value, c.want)
		})
	}
}

// What was found to have ended stays so when the clock is set back: it was stored for
// all that was made with the session.
func TestAnEndIsStoredForTheWholeChain(t *testing.T) {
	for name, find := range map[string]func(family){
		"by the session":     func(f family) { f.ended(f.session, access.Idle) },
		"by a derived token": func(f family) { f.ended(f.derived["fourth"], access.Idle) },
		"by the sweep":       func(f family) { f.check(f.Sweep(f.Context())) },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFamily(t)
			f.clock.Advance(15 * time.Minute)
			find(f)
			f.clock.Advance(-15 * time.Minute)
			f.ended(f.session, access.Idle)
			for _, token := range f.derived {
				f.ended(token, access.Idle)
			}
		})
	}
}

// The use of a derived token is not one of the session, but the session's own use keeps
// all of them.
func TestASessionInUseKeepsItsDerivedTokens(t *testing.T) {
	f := newFamily(t)
	for range 5 {
		f.clock.Advance(14 * time.Minute)
		f.callerOf(f.session)
		for _, token := range f.derived {
			f.callerOf(token)
		}
	}
	f.check(f.Sweep(f.Context()))
	f.callerOf(f.session)
	f.clock.Advance(14 * time.Minute)
	f.callerOf(f.session)
	f.clock.Advance(6 * time.Minute)
	f.ended(f.derived["child"], access.Expired)
	f.callerOf(f.session)
}

// No list shows a token of a session that nobody touched again.
func TestATokenOfAnIdleSessionIsNotListed(t *testing.T) {
	f := newFamily(t)
	f.join("user-bob", lab, time.Hour)
	f.joinAs("user-alice", lab, directory.Admin)
	f.check(f.Write(t.Context(), func(tx transaction.Tx) error {
		return tx.InsertProject(t.Context(), directory.Project{ID: "project-lab", BillTo: lab, Created: f.clock.Now(), Modified: f.clock.Now()})
	}))
	lasting := f.signIn("bob", reaching("project-lab"))
	query := access.Query{UserID: "user-bob"}
	counts := func() map[string]int {
		bob, admin := f.callerOf(lasting), f.signIn("alice", access.Order{})
		return map[string]int{
			"sessions": len(f.listed(bob)), "a page": len(f.found(bob, query)), "all": len(f.managedTokens(bob, query)),
			"an org's": len(f.membersTokens(admin, access.MemberQuery{})),
		}
	}
	if diff := cmp.Diff(map[string]int{"sessions": 2, "a page": 2, "all": 2, "an org's": 2}, counts()); diff != "" {
		t.Errorf("while the session is in use (-want +got):\n%s", diff)
	}
	f.clock.Advance(15 * time.Minute)
	if diff := cmp.Diff(map[string]int{"sessions": 1, "a page": 1, "all": 1, "an org's": 1}, counts()); diff != "" {
		t.Errorf("after its end (-want +got):\n%s", diff)
	}
}

// block locks an account without ending its tokens.
func (h *testServer) block(id string) {
	h.Helper()
	h.check(h.Write(h.Context(), func(tx transaction.Tx) error {
		user, err := tx.UserByID(h.Context(), id)
		if err != nil {
			return err
		}
		user.Locked = true
		return tx.UpdateUser(h.Context(), user)
	}))
}
