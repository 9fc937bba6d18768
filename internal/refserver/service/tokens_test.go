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

// S-36: after Revoke has returned no request succeeds, however many there are.
func TestRevocationHoldsForTheNextRequest(t *testing.T) {
	h := newHouse(t)
	for range 5 {
		session := h.signIn("alice", access.Order{})
		caller := h.enters(session)
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

// S-36: what was made with a token dies with it, down to the last; what was
// made beside it lives.
func TestATokenDiesWithItsParent(t *testing.T) {
	h := newHouse(t)
	session := h.signIn("alice", access.Order{})
	other := h.signIn("alice", access.Order{})
	apiToken := h.tokenFor(session, access.Order{Label: "ci"})
	child := h.tokenFor(apiToken, access.Order{Label: "job"})
	grandchild := h.tokenFor(child, h.narrow())
	ofSession := h.tokenFor(session, h.narrow())

	caller := h.enters(session)
	h.check(h.RevokeTokens(t.Context(), caller, access.Ref{Signature: caller.Token.Signature}))
	h.ended(session, access.Revoked)
	h.ended(ofSession, access.Revoked)
	h.enters(grandchild)

	h.check(h.RevokeTokens(t.Context(), h.enters(other), access.Ref{Signature: access.Signature(apiToken)}))
	for _, token := range []secret.Text{apiToken, child, grandchild} {
		h.ended(token, access.Revoked)
	}
	h.enters(other)
}

// A narrow token outlives the idleness of its session, not the session's end.
func TestANarrowTokenOutlivesIdlenessOnly(t *testing.T) {
	h := newHouse(t)
	session := h.signIn("alice", access.Order{Expires: h.clock.Now().Add(2 * time.Hour)})
	narrow := h.tokenFor(session, h.narrow())
	h.clock.Advance(15 * time.Minute)
	h.ended(session, access.Idle)
	h.enters(narrow)
	h.clock.Advance(105*time.Minute - time.Millisecond)
	h.enters(narrow)
	h.clock.Advance(time.Millisecond)
	h.ended(narrow, access.Expired)
}

// S-36, S-38: a request that was let in before the revocation makes no token
// that survives it.
func TestNoTokenFromARevokedCaller(t *testing.T) {
	h := newHouse(t)
	caller := h.enters(h.signIn("alice", access.Order{}))
	h.check(h.RevokeTokens(t.Context(), caller, access.Ref{Signature: caller.Token.Signature}))
	for name, order := range map[string]access.Order{"API token": {Label: "ci"}, "narrow token": h.narrow()} {
		if _, err := h.makes(caller, "", order); refusal.CodeOf(err) != refusal.SessionEnded {
			t.Errorf("%s: %v, want a token that has ended", name, err)
		}
	}
}

// S-35: somebody else's token looks like none; a scoped token ends itself only;
// to end twice is no error and changes nothing.
func TestWhoMayRevokeWhat(t *testing.T) {
	h := newHouse(t)
	alice, bob := h.signIn("alice", access.Order{}), h.signIn("bob", access.Order{})
	narrow := h.tokenFor(alice, h.narrow())

	for name, c := range map[string]struct {
		by   secret.Text
		what string
		want error
	}{
		"somebody else's":         {bob, access.Signature(alice), access.ErrNoSuchToken},
		"none":                    {bob, access.Signature(secret.New("none")), access.ErrNoSuchToken},
		"a scoped one the parent": {narrow, access.Signature(alice), access.ErrBeyondScope},
		"a scoped one none":       {narrow, access.Signature(secret.New("none")), access.ErrBeyondScope},
	} {
		if err := h.RevokeTokens(t.Context(), h.enters(c.by), access.Ref{Signature: c.what}); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	h.enters(alice)

	caller := h.enters(narrow)
	for range 2 {
		h.check(h.RevokeTokens(t.Context(), caller, access.Ref{Signature: caller.Token.Signature}))
		h.ended(narrow, access.Revoked)
	}
	h.enters(alice)
}

// S-60: a token that was found to be over stays so, for the same reason.
func TestAClockThatGoesBackRevivesNothing(t *testing.T) {
	for reason, end := range map[access.Reason]func(*house, service.Caller) time.Duration{
		access.Idle:    func(*house, service.Caller) time.Duration { return 15 * time.Minute },
		access.Expired: func(*house, service.Caller) time.Duration { return time.Hour },
		access.Revoked: func(h *house, c service.Caller) time.Duration {
			h.check(h.RevokeTokens(h.Context(), c, access.Ref{Signature: c.Token.Signature}))
			return 0
		},
	} {
		t.Run(string(reason), func(t *testing.T) {
			h := newHouse(t)
			order := access.Order{Expires: h.clock.Now().Add(time.Hour)}
			token := h.signIn("alice", order)
			pause := end(h, h.enters(token))
			h.clock.Advance(pause)
			h.ended(token, reason)
			h.clock.Advance(-pause - time.Hour)
			h.ended(token, reason)
		})
	}
}

// S-40: the limit of an org holds from the moment on that the owner is in it,
// also for sessions that run; the shortest wins; API tokens have none.
func TestTheIdleLimitOfAnOrgHoldsForRunningSessions(t *testing.T) {
	h := newHouse(t)
	running := h.signIn("alice", access.Order{})
	apiToken := h.signIn("alice", access.Order{Label: "ci"})
	of := func(token secret.Text) time.Duration { return h.enters(token).Idle }
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
	h.enters(running)
	h.clock.Advance(5 * time.Minute)
	h.ended(running, access.Idle)
	h.clock.Advance(20 * day)
	h.enters(apiToken)
}

// S-41: use does not prolong a session beyond its end.
func TestASessionEndsHoweverMuchItIsUsed(t *testing.T) {
	h := newHouse(t)
	session := h.signIn("alice", access.Order{Expires: h.clock.Now().Add(time.Hour)})
	for range 5 {
		h.clock.Advance(10 * time.Minute)
		h.enters(session)
	}
	h.clock.Advance(10 * time.Minute)
	h.ended(session, access.Expired)
}

// S-40: uses are written down at times only, which ends a session at its limit
// or up to a thirtieth of it, at most 30 s, earlier; never later.
func TestASessionNeverEndsLate(t *testing.T) {
	h := newHouse(t)
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
				rt.Fatalf("ended %v after a use: %v", time.Duration(pause), err)
			}
		}
		h.clock.Advance(limit)
		if _, err := h.authenticate(session); err == nil {
			rt.Fatalf("good %v after the last use", limit)
		}
	})
}

// S-31, S-40: a busy token costs one write in 30 s, or in a thirtieth of the
// limit; every other request only reads.
func TestUsesAreWrittenDownAtTimesOnly(t *testing.T) {
	h := newHouse(t)
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
		h.enters(c.token) // begins the count anew
		h.clock.Advance(30 * time.Second)
		h.enters(c.token)
		got := h.db.writesOf(func() {
			for range 60 {
				h.clock.Advance(time.Second)
				h.enters(c.token)
			}
		})
		if got != c.want {
			t.Errorf("%s: %d writes in a minute, want %d", name, got, c.want)
		}
		h.clock.Advance(-90 * time.Second)
	}
}

func TestAUseNotesWhenAndWhere(t *testing.T) {
	h := newHouse(t)
	session := h.signIn("alice", access.Order{})
	h.clock.Advance(time.Minute)
	h.enters(session)
	token := h.enters(session).Token
	if !token.LastUsed.Equal(h.clock.Now()) || token.LastAddress != "192.0.2.1" {
		t.Errorf("last used %v from %s", token.LastUsed, token.LastAddress)
	}
}

// A user who is disabled is out at once, and for good.
func TestDisablingAUserEndsTheirTokens(t *testing.T) {
	h := newHouse(t)
	session := h.signIn("alice", access.Order{})
	h.db.disabled = true
	h.ended(session, access.Revoked)
	h.db.disabled = false
	h.ended(session, access.Revoked)
}

// S-11: who tries tokens is slowed down; a good token is not, even from there.
func TestGuessingTokens(t *testing.T) {
	h := newHouse(t)
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
	h.enters(session)
}

// A store that is away lets nobody in and says so.
func TestAStoreThatIsAway(t *testing.T) {
	h := newHouse(t)
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
