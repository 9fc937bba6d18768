package service_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// listed returns the signatures of the caller's active sessions and API tokens.
func (h *testServer) listed(caller service.Caller) []string {
	h.Helper()
	sessions, _, err := h.Sessions(h.Context(), caller)
	h.check(err)
	var list []string
	for _, session := range sessions {
		list = append(list, session.Signature)
	}
	return list
}

func TestAUserSeesTheirActiveSessions(t *testing.T) {
	h := newTestServer(t)
	h.join("user-alice", "org-lab", time.Hour)
	revoked := h.signIn("alice", access.Order{})
	idle := h.signIn("alice", access.Order{})
	brief := h.signIn("alice", access.Order{Label: "brief", Expires: h.clock.Now().Add(30 * time.Minute)})
	h.signIn("bob", access.Order{})
	h.clock.Advance(time.Hour)
	apiToken := h.signIn("alice", access.Order{Label: "ci"})
	h.clock.Advance(time.Second)
	session := h.signIn("alice", access.Order{})
	caller := h.callerOf(session)
	h.check(h.RevokeTokens(t.Context(), caller, access.Ref{Signature: access.Signature(revoked)}))

	list, _, err := h.Sessions(t.Context(), caller)
	h.check(err)
	limits := map[string]time.Duration{}
	for _, one := range list {
		limits[one.Signature] = one.Idle
	}
	want := map[string]time.Duration{access.Signature(apiToken): 0, access.Signature(session): time.Hour}
	if diff := cmp.Diff(want, limits); diff != "" {
		t.Errorf("idle limits (-want +got):\n%s", diff)
	}
	if got := h.listed(caller); !slices.Equal(got, []string{access.Signature(apiToken), access.Signature(session)}) {
		t.Errorf("not the oldest first: %q", got)
	}
	h.ended(idle, access.Idle)
	h.ended(brief, access.Expired)
}

func TestASessionIsEndedElsewhere(t *testing.T) {
	h := newTestServer(t)
	lost := h.signIn("alice", access.Order{})
	ofLost := h.tokenFor(lost, h.narrow())
	apiToken := h.signIn("alice", access.Order{Label: "ci"})
	caller := h.callerOf(h.signIn("alice", access.Order{}))

	rows := h.db.rowsOf(func() {
		h.check(h.EndSessions(t.Context(), caller, []string{access.Signature(lost)[:8], access.Signature(apiToken)}))
	})
	for _, token := range []secret.Text{lost, ofLost, apiToken} {
		h.ended(token, access.Elsewhere)
	}
	if got := h.listed(caller); !slices.Equal(got, []string{caller.Token.Signature}) {
		t.Errorf("left are %q", got)
	}
	var logged []string
	for _, row := range rows {
		logged = append(logged, string(row.Action)+" "+row.Actor+" "+row.Subject)
	}
	want := []string{
		"token.revoke user-alice " + access.Signature(lost)[:12],
		"token.revoke user-alice " + access.Signature(apiToken)[:12],
	}
	if diff := cmp.Diff(want, logged); diff != "" {
		t.Errorf("audit (-want +got):\n%s", diff)
	}
}

// If one ID is wrong nothing ends, and the error does not say whose ID it is.
func TestAllAreEndedOrNone(t *testing.T) {
	h := newTestServer(t)
	own, foreign := h.signIn("alice", access.Order{}), h.signIn("bob", access.Order{})
	gone := h.signIn("alice", access.Order{})
	caller := h.callerOf(h.signIn("alice", access.Order{}))
	h.check(h.RevokeTokens(t.Context(), caller, access.Ref{Signature: access.Signature(gone)}))

	for name, wrong := range map[string]string{
		"another user's": access.Signature(foreign), "unknown": "0123456789", "ended": access.Signature(gone),
	} {
		err := h.EndSessions(t.Context(), caller, []string{access.Signature(own), wrong})
		if !errors.Is(err, access.ErrNoSession) {
			t.Errorf("%s: %v", name, err)
		}
	}
	h.callerOf(own)
	h.callerOf(foreign)
}

// A scope names projects, so a token with a scope is refused for anything else;
// its use is recorded all the same.
func TestAScopedTokenIsForProjectsOnly(t *testing.T) {
	h := newTestServer(t)
	session := h.signIn("alice", access.Order{})
	withoutPHI := access.FullScope()
	withoutPHI.NoPHI = true
	for name, c := range map[string]struct {
		token secret.Text
		want  error
	}{
		"session":                 {session, nil},
		"API token":               {h.signIn("alice", access.Order{Label: "ci"}), nil},
		"full scope without PHI":  {h.signIn("alice", access.Order{Scope: &withoutPHI}), nil},
		"all projects":            {h.tokenFor(session, h.narrow()), access.ErrBeyondScope},
		"a scope without content": {h.signIn("alice", access.Order{Scope: &access.Scope{}}), access.ErrBeyondScope},
	} {
		_, err := h.Authenticate(t.Context(), c.token, access.WholeAccount, home)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		if used := h.callerOf(c.token).Token.LastUsed; used.IsZero() {
			t.Errorf("%s: the use was not recorded", name)
		}
	}
}

func TestEverySessionIsEndedByPassword(t *testing.T) {
	h := newTestServer(t)
	idle := h.signIn("alice", access.Order{})
	ofIdle := h.tokenFor(idle, h.narrow())
	h.clock.Advance(15 * time.Minute)
	h.ended(idle, access.Idle)
	apiToken, other := h.signIn("alice", access.Order{Label: "ci"}), h.signIn("alice", access.Order{})
	session, foreign := h.signIn("alice", access.Order{}), h.signIn("bob", access.Order{})
	caller := h.callerOf(session)

	rows := h.db.rowsOf(func() {
		h.check(h.EndEverySession(t.Context(), caller, secret.New(password), secret.Text{}))
	})
	for _, token := range []secret.Text{session, other} {
		h.ended(token, access.Elsewhere)
	}
	h.ended(idle, access.Idle)
	h.ended(ofIdle, access.Idle)
	h.callerOf(apiToken)
	h.callerOf(foreign)
	want := []audit.Entry{{
		Time: h.clock.Now(), Actor: "user-alice", Subject: "user-alice", Action: audit.SessionsEnd, Result: "ok",
		Factor: "password", Address: "192.0.2.1", UserAgent: "dxauth", RequestID: "1-1",
	}}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("audit (-want +got):\n%s", diff)
	}
}

// With a session one can guess the password no faster than at a sign-in, and the
// guesses at both are counted together.
func TestGuessesAreCountedAsAtASignIn(t *testing.T) {
	h := newTestServer(t)
	session := h.signIn("alice", access.Order{})
	caller := h.callerOf(session)
	wrong := secret.New("wrong")
	rows := h.db.rowsOf(func() {
		for range 5 {
			if err := h.EndEverySession(t.Context(), caller, wrong, secret.Text{}); !errors.Is(err, identity.ErrWrongCredentials) {
				t.Fatalf("got %v", err)
			}
		}
	})
	if len(rows) != 5 || rows[0].Action != audit.SessionsEnd || rows[0].Result != string(refusal.WrongPassword) {
		t.Errorf("audit: %+v", rows)
	}
	if err := h.EndEverySession(t.Context(), caller, secret.New(password), secret.Text{}); refusal.CodeOf(err) != refusal.Throttled {
		t.Errorf("the right password after five wrong ones: %v", err)
	}
	attempt := identity.Attempt{Username: "alice", Password: secret.New(password)}
	if _, err := h.SignIn(t.Context(), attempt, access.Order{}, home); refusal.CodeOf(err) != refusal.Throttled {
		t.Errorf("a sign-in after them: %v", err)
	}
	h.callerOf(session)
	h.clock.Advance(time.Second)
	h.check(h.EndEverySession(t.Context(), caller, secret.New(password), secret.Text{}))
	h.ended(session, access.Elsewhere)
}

func TestNoSessionEndsWithoutItsRow(t *testing.T) {
	h := newTestServer(t)
	session := h.signIn("alice", access.Order{})
	caller := h.callerOf(session)
	full := errors.New("the log is full")
	h.db.failAudit = full
	for name, err := range map[string]error{
		"one": h.EndSessions(t.Context(), caller, []string{caller.Token.Signature}),
		"all": h.EndEverySession(t.Context(), caller, secret.New(password), secret.Text{}),
	} {
		if !errors.Is(err, full) {
			t.Errorf("%s: %v, want %v", name, err, full)
		}
	}
	h.callerOf(session)
}
