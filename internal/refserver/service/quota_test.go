package service_test

import (
	"errors"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/quota"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/pkg/secret"
)

// addTokens stores tokens of alice as a fixture does, the first of them not used for the
// longest time.
func (h *testServer) addTokens(kind access.Kind, count int) {
	h.Helper()
	now := h.clock.Now()
	h.check(h.Write(h.Context(), func(tx transaction.Tx) error {
		for i := range count {
			token := access.Token{
				Signature: fmt.Sprintf("%064x", i), Kind: kind, UserID: "user-alice", Scope: access.FullScope(),
				Created: now, Authenticated: now, Expires: now.Add(day), LastUsed: now.Add(time.Duration(i) * time.Millisecond),
			}
			if err := tx.InsertToken(h.Context(), token); err != nil {
				return err
			}
		}
		return nil
	}))
	h.clock.Advance(time.Minute)
}

// A user who has all tokens that are allowed gets another one only after the revocation of
// one of them, and can sign in anyway.
func TestTokensOfAUserAreLimited(t *testing.T) {
	h := newTestServer(t)
	h.addTokens(access.APIToken, quota.Tokens.Max()-1)
	order := access.Order{Label: "ci"}
	last := h.signIn("alice", order)
	caller := h.callerOf(h.signIn("alice", access.Order{}))
	attempts := map[string]func() error{
		"with the password":      func() error { return second(h.SignIn(t.Context(), rightPassword(), order, home)) },
		"with a session":         func() error { return second(h.makeToken(caller, "", order)) },
		"with a session, narrow": func() error { return second(h.makeToken(caller, "", narrowOrder(h.clock.Now()))) },
		"several at once":        func() error { return second(h.MakeTokens(t.Context(), caller, service.TokenDraft{Order: order})) },
	}
	for name, attempt := range attempts {
		if err := attempt(); !errors.Is(err, quota.Tokens.Reached()) {
			t.Errorf("%s: %v", name, err)
		}
	}
	h.signIn("bob", order)
	h.check(h.RevokeTokens(t.Context(), caller, access.Ref{Signature: access.Signature(last)}))
	h.signIn("alice", order)
}

func rightPassword() identity.Attempt {
	return identity.Attempt{Username: "alice", Password: secret.New(password)}
}

// narrowOrder is an order that needs no recent sign-in.
func narrowOrder(now time.Time) access.Order {
	scope := access.Scope{Projects: map[string]directory.Level{access.Everything: directory.View}}
	return access.Order{Scope: &scope, Expires: now.Add(time.Hour)}
}

// A sign-in is never refused because of old sessions: the one that was not used for the
// longest time ends, even if a fixture has more than are allowed.
func TestASignInEndsTheOldestSession(t *testing.T) {
	h := newTestServer(t)
	h.addTokens(access.Session, quota.Sessions+2)
	h.signIn("alice", access.Order{})
	h.check(h.db.Read(t.Context(), func(tx transaction.Tx) error {
		for i := range quota.Sessions + 2 {
			token, err := tx.TokenBySignature(t.Context(), fmt.Sprintf("%064x", i))
			if err != nil {
				return err
			}
			if hasEnded := token.EndReason == access.Elsewhere; hasEnded != (i < 3) {
				t.Errorf("session %d has ended: %v", i, hasEnded)
			}
		}
		return nil
	}))
}

// A program that signs in and out all day leaves no more than the last of its sessions.
func TestEndedSessionsAreForgotten(t *testing.T) {
	h := newTestServer(t)
	h.addTokens(access.Session, quota.EndedTokens+5)
	h.check(h.Write(t.Context(), func(tx transaction.Tx) error {
		return tx.EndSessions(t.Context(), "user-alice", "", h.clock.Now(), access.Elsewhere)
	}))
	h.check(h.Sweep(t.Context()))
	h.clock.Advance(time.Second) // of what ended at the same moment, any may be forgotten
	latest := h.signIn("alice", access.Order{})
	h.check(h.SignOut(t.Context(), h.callerOf(latest)))
	h.signIn("alice", access.Order{})
	known := 0
	h.check(h.db.Read(t.Context(), func(tx transaction.Tx) error {
		known = 0
		for i := range quota.EndedTokens + 5 {
			if _, err := tx.TokenBySignature(t.Context(), fmt.Sprintf("%064x", i)); err == nil {
				known++
			}
		}
		return nil
	}))
	if known != quota.EndedTokens-1 {
		t.Errorf("%d are known", known)
	}
	h.ended(latest, access.Revoked)
}

// A token that is used from many networks keeps a few of them.
func TestNetworksOfATokenAreLimited(t *testing.T) {
	h := newTestServer(t)
	token := h.signIn("alice", access.Order{Label: "ci"})
	address := func(i int) netip.Addr { return netip.AddrFrom4([4]byte{10, byte(i >> 8), byte(i), 1}) }
	for i := range quota.TokenSources + 20 {
		origin := home
		origin.Address = address(i)
		_, err := h.Authenticate(t.Context(), token, access.WithinScope, origin)
		h.check(err)
	}
	known := 0
	h.check(h.db.Read(t.Context(), func(tx transaction.Tx) error {
		known = 0
		for i := range quota.TokenSources + 20 {
			found, err := tx.SourceKnown(t.Context(), access.Signature(token), identity.Source(address(i)))
			if err != nil {
				return err
			}
			if found {
				known++
			}
		}
		return nil
	}))
	if known < quota.TokenSources-1 || known > quota.TokenSources {
		t.Errorf("%d networks are known", known)
	}
}

// Accounts count for the admin who creates them, with and without an org that manages
// them, and not for administrators of the platform.
func TestAccountsOfAnAdminAreLimited(t *testing.T) {
	h := newLabServer(t)
	h.check(h.Write(t.Context(), func(tx transaction.Tx) error {
		licence := true
		if err := h.directory.License(t.Context(), tx, lab, directory.Licences{UserCreation: &licence}); err != nil {
			return err
		}
		for i := range quota.Accounts.Max() - 1 {
			id := fmt.Sprint("user-made-", i)
			if err := tx.InsertUser(t.Context(), identity.User{ID: id, Handle: id, Created: h.clock.Now(), CreatedBy: "user-alice"}); err != nil {
				return err
			}
		}
		return nil
	}))
	alice := h.callerOf(h.signIn("alice", access.Order{}))
	draft := func(name, org string) service.Draft {
		return service.Draft{
			Account:         identity.Draft{Username: name, Email: name + "@example.org", First: "New", Last: "Person"},
			ProvisioningOrg: org,
		}
	}
	h.check(second(h.NewUser(t.Context(), alice, draft("last", lab))))
	for _, org := range []string{"", lab} {
		if _, err := h.NewUser(t.Context(), alice, draft("more", org)); !errors.Is(err, quota.Accounts.Reached()) {
			t.Errorf("org %q: %v", org, err)
		}
	}
}
