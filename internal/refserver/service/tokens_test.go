package service_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// S-36: after RevokeTokens has returned, no request with the token succeeds.
func TestRevocationHoldsForTheNextRequest(t *testing.T) {
	h := newTestServer(t)
	for range 5 {
		session := h.signIn("alice", access.Order{})
		caller := h.callerOf(session)
		var revoked atomic.Bool
		var late atomic.Int64
		var ready, requests sync.WaitGroup
		ready.Add(4)
		for range 4 {
			requests.Go(func() {
				_, err := h.authenticate(session)
				ready.Done()
				for err == nil {
					sentAfter := revoked.Load()
					if _, err = h.authenticate(session); err == nil && sentAfter {
						late.Add(1)
						return
					}
				}
			})
		}
		ready.Wait()
		h.check(h.RevokeTokens(t.Context(), caller, access.Ref{Signature: caller.Token.Signature}))
		revoked.Store(true)
		requests.Wait()
		if late.Load() > 0 {
			t.Fatalf("%d requests succeeded after the revocation", late.Load())
		}
		h.ended(session, access.Revoked)
	}
}

// S-36: a revoked token ends with all tokens made with it, at any depth; others
// stay.
func TestATokenEndsWithItsParent(t *testing.T) {
	h := newTestServer(t)
	session := h.signIn("alice", access.Order{})
	other := h.signIn("alice", access.Order{})
	apiToken := h.tokenFor(session, access.Order{Label: "ci"})
	child := h.tokenFor(apiToken, access.Order{Label: "job"})
	grandchild := h.tokenFor(child, h.narrow())
	ofSession := h.tokenFor(session, h.narrow())

	caller := h.callerOf(session)
	h.check(h.RevokeTokens(t.Context(), caller, access.Ref{Signature: caller.Token.Signature}))
	h.ended(session, access.Revoked)
	h.ended(ofSession, access.Revoked)
	h.callerOf(grandchild)

	h.check(h.RevokeTokens(t.Context(), h.callerOf(other), access.Ref{Signature: access.Signature(apiToken)}))
	for _, token := range []secret.Text{apiToken, child, grandchild} {
		h.ended(token, access.Revoked)
	}
	h.callerOf(other)
}

// S-36, S-38: a request that was authenticated before the revocation can't create a
// token that survives it.
func TestNoTokenFromARevokedCaller(t *testing.T) {
	h := newTestServer(t)
	caller := h.callerOf(h.signIn("alice", access.Order{}))
	h.check(h.RevokeTokens(t.Context(), caller, access.Ref{Signature: caller.Token.Signature}))
	for name, order := range map[string]access.Order{"API token": {Label: "ci"}, "narrow token": h.narrow()} {
		if _, err := h.makeToken(caller, "", order); refusal.CodeOf(err) != refusal.SessionEnded {
			t.Errorf("%s: %v, want a token that has ended", name, err)
		}
	}
}

// S-35: another user's token looks unknown; a scoped token can revoke itself only; a
// second revocation is not an error and changes nothing.
func TestWhoMayRevokeWhat(t *testing.T) {
	h := newTestServer(t)
	alice, bob := h.signIn("alice", access.Order{}), h.signIn("bob", access.Order{})
	narrow := h.tokenFor(alice, h.narrow())

	for name, c := range map[string]struct {
		by   secret.Text
		what string
		want error
	}{
		"another user's":          {bob, access.Signature(alice), access.ErrNoSuchToken},
		"none":                    {bob, access.Signature(secret.New("none")), access.ErrNoSuchToken},
		"a scoped one the parent": {narrow, access.Signature(alice), access.ErrBeyondScope},
		"a scoped one none":       {narrow, access.Signature(secret.New("none")), access.ErrBeyondScope},
	} {
		if err := h.RevokeTokens(t.Context(), h.callerOf(c.by), access.Ref{Signature: c.what}); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	h.callerOf(alice)

	caller := h.callerOf(narrow)
	for range 2 {
		h.check(h.RevokeTokens(t.Context(), caller, access.Ref{Signature: caller.Token.Signature}))
		h.ended(narrow, access.Revoked)
	}
	h.callerOf(alice)
}

// S-60: a token that was seen to have ended stays ended, for the same reason.
func TestAClockSetBackRevivesNoToken(t *testing.T) {
	for reason, end := range map[access.Reason]func(*testServer, service.Caller) time.Duration{
		access.Idle:    func(*testServer, service.Caller) time.Duration { return 15 * time.Minute },
		access.Expired: func(*testServer, service.Caller) time.Duration { return time.Hour },
		access.Revoked: func(h *testServer, c service.Caller) time.Duration {
			h.check(h.RevokeTokens(h.Context(), c, access.Ref{Signature: c.Token.Signature}))
			return 0
		},
	} {
		t.Run(string(reason), func(t *testing.T) {
			h := newTestServer(t)
			order := access.Order{Expires: h.clock.Now().Add(time.Hour)}
			token := h.signIn("alice", order)
			pause := end(h, h.callerOf(token))
			h.clock.Advance(pause)
			h.ended(token, reason)
			h.clock.Advance(-pause - time.Hour)
			h.ended(token, reason)
		})
	}
}

// S-40: the idle limit of an org applies as soon as the owner is a member, to
// running sessions too; the shortest wins; API tokens have none.
func TestTheIdleLimitOfAnOrgHoldsForRunningSessions(t *testing.T) {
	h := newTestServer(t)
	running := h.signIn("alice", access.Order{})
	apiToken := h.signIn("alice", access.Order{Label: "ci"})
	of := func(token secret.Text) time.Duration { return h.callerOf(token).Idle }
	if got := of(running); got != 15*time.Minute {
		t.Errorf("limit is %v without an org", got)
	}
	h.join("user-alice", "org-clinic", 5*time.Minute)
	h.join("user-alice", "org-lab", time.Hour)
	h.join("user-alice", "org-open", 0)
	if got := of(running); got != 5*time.Minute {
		t.Errorf("limit is %v, want that of the clinic", got)
	}
	if got := of(apiToken); got != 0 {
		t.Errorf("an API token has a limit of %v", got)
	}
	h.clock.Advance(5*time.Minute - time.Millisecond)
	h.callerOf(running)
	h.clock.Advance(5 * time.Minute)
	h.ended(running, access.Idle)
	h.clock.Advance(20 * day)
	h.callerOf(apiToken)
}

// S-41: use does not prolong a session beyond its end.
func TestASessionEndsHoweverMuchItIsUsed(t *testing.T) {
	h := newTestServer(t)
	session := h.signIn("alice", access.Order{Expires: h.clock.Now().Add(time.Hour)})
	for range 5 {
		h.clock.Advance(10 * time.Minute)
		h.callerOf(session)
	}
	h.clock.Advance(10 * time.Minute)
	h.ended(session, access.Expired)
}

// S-40: not every use is recorded, so a session ends at its idle limit or up to a
// thirtieth of it, at most 30 s, earlier; never later.
func TestASessionNeverEndsLate(t *testing.T) {
	h := newTestServer(t)
	h.join("user-bob", "org-clinic", 5*time.Minute)
	limits := map[string]time.Duration{"alice": 15 * time.Minute, "bob": 5 * time.Minute}
	rapid.Check(t, func(rt *rapid.T) {
		user := rapid.SampledFrom([]string{"alice", "bob"}).Draw(rt, "user")
		limit := limits[user]
		session := h.signIn(user, access.Order{})
		early := min(30*time.Second, limit/30)
		for range rapid.IntRange(0, 3).Draw(rt, "uses") {
			pause := rapid.Int64Range(0, int64(limit-early)-1).Draw(rt, "pause")
			h.clock.Advance(time.Duration(pause).Truncate(time.Millisecond))
			if _, err := h.authenticate(session); err != nil {
				rt.Fatalf("ended %v after the last use: %v", time.Duration(pause), err)
			}
		}
		h.clock.Advance(limit)
		if _, err := h.authenticate(session); err == nil {
			rt.Fatalf("still active %v after the last use", limit)
		}
	})
}

// S-31, S-40: a busy token costs one write in 30 s, or in a thirtieth of the
// limit; every other request only reads.
func TestFewUsesAreRecorded(t *testing.T) {
	h := newTestServer(t)
	h.join("user-bob", "org-clinic", 5*time.Minute)
	for name, c := range map[string]struct {
		token secret.Text
		want  int
	}{
		"session":         {h.signIn("alice", access.Order{}), 2},
		"short session":   {h.signIn("bob", access.Order{}), 6},
		"API token":       {h.signIn("alice", access.Order{Label: "ci"}), 2},
		"child of a user": {h.tokenFor(h.signIn("alice", access.Order{}), h.narrow()), 2},
	} {
		h.callerOf(c.token) // begins the count anew
		h.clock.Advance(30 * time.Second)
		h.callerOf(c.token)
		got := h.db.writesOf(func() {
			for range 60 {
				h.clock.Advance(time.Second)
				h.callerOf(c.token)
			}
		})
		if got != c.want {
			t.Errorf("%s: %d writes in a minute, want %d", name, got, c.want)
		}
		h.clock.Advance(-90 * time.Second)
	}
}

func TestAUseRecordsTimeAndAddress(t *testing.T) {
	h := newTestServer(t)
	session := h.signIn("alice", access.Order{})
	h.clock.Advance(time.Minute)
	h.callerOf(session)
	token := h.callerOf(session).Token
	if !token.LastUsed.Equal(h.clock.Now()) || token.LastAddress != "192.0.2.1" {
		t.Errorf("last used %v from %s", token.LastUsed, token.LastAddress)
	}
}

// Disabling a user ends their tokens at once and for good.
func TestDisablingAUserEndsTheirTokens(t *testing.T) {
	h := newTestServer(t)
	session := h.signIn("alice", access.Order{})
	h.db.disabled = true
	h.ended(session, access.Revoked)
	h.db.disabled = false
	h.ended(session, access.Revoked)
}

// S-11: guesses at tokens are throttled; a good token from the same network is not.
func TestGuessingTokens(t *testing.T) {
	h := newTestServer(t)
	session := h.signIn("alice", access.Order{})
	guess := secret.New("0123456789abcdefghijABCDEFGHIJ01")
	for range 200 {
		if _, err := h.authenticate(guess); !errors.Is(err, access.ErrUnknownToken) {
			t.Fatalf("got %v, want %v", err, access.ErrUnknownToken)
		}
	}
	_, err := h.authenticate(guess)
	if wait, throttled := refusal.DetailsOf[refusal.Wait](err); !throttled || wait.Seconds() != 1 {
		t.Errorf("guess 201: %v", err)
	}
	h.callerOf(session)
}

// If the store is unavailable, every request is refused with that error.
func TestUnavailableStore(t *testing.T) {
	h := newTestServer(t)
	session := h.signIn("alice", access.Order{})
	h.clock.Advance(time.Minute)
	h.db.failWrites = transaction.ErrUnavailable
	for name, err := range map[string]error{
		"a use":            second(h.authenticate(session)),
		"an unknown token": second(h.authenticate(secret.New("none"))),
		"a sign-in":        second(h.SignIn(t.Context(), identity.Attempt{Username: "alice", Password: secret.New(password)}, access.Order{}, home)),
	} {
		if !errors.Is(err, transaction.ErrUnavailable) {
			t.Errorf("%s: %v, want %v", name, err, transaction.ErrUnavailable)
		}
	}
}

func second[T any](_ T, err error) error { return err }
