package service_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/internal/refusal"
)

// joinAs makes a user a member of an existing org, who accepted it.
func (h *testServer) joinAs(user, org string, level directory.OrgLevel) {
	h.Helper()
	h.check(h.Write(h.Context(), func(tx transaction.Tx) error {
		return tx.SetMember(h.Context(), org, accepted(directory.NewMembership(org, user, level)))
	}))
}

// accepted returns the membership of a user who accepted the org.
func accepted(m directory.Membership) directory.Membership {
	m.Accepted = true
	return m
}

func autoLogout(d time.Duration) directory.OrgChange { return directory.OrgChange{AutoLogout: &d} }

// S-40: a policy applies at once, to running sessions too.
func TestAPolicyAppliesToRunningSessions(t *testing.T) {
	h := newTestServer(t)
	h.join("user-alice", "org-lab", 30*time.Minute)
	h.joinAs("user-bob", "org-lab", directory.Admin)
	admin := h.callerOf(h.signIn("bob", access.Order{Label: "admin"}))
	set := func(d time.Duration) {
		h.Helper()
		h.check(h.UpdateOrg(t.Context(), admin, "org-lab", autoLogout(d)))
	}

	shortened, apiToken := h.signIn("alice", access.Order{}), h.signIn("alice", access.Order{Label: "ci"})
	set(time.Minute)
	if got := h.callerOf(shortened).Idle; got != time.Minute {
		t.Errorf("the limit is %v", got)
	}
	h.clock.Advance(time.Minute)
	h.ended(shortened, access.Idle)
	h.callerOf(apiToken)

	lengthened := h.signIn("alice", access.Order{})
	set(time.Hour)
	h.clock.Advance(time.Hour - time.Millisecond)
	h.callerOf(lengthened)
	set(0)
	h.clock.Advance(15*time.Minute - time.Millisecond)
	h.callerOf(lengthened)
	h.clock.Advance(15 * time.Minute)
	h.ended(lengthened, access.Idle)
	set(time.Hour)
	h.ended(lengthened, access.Idle)
}

// A session in use stays active when its limit becomes far shorter, even though
// its last recorded use is older than the new limit.
func TestASessionInUseSurvivesAShorterPolicy(t *testing.T) {
	h := newTestServer(t)
	h.join("user-alice", "org-lab", 30*24*time.Hour)
	h.joinAs("user-bob", "org-lab", directory.Admin)
	admin := h.callerOf(h.signIn("bob", access.Order{Label: "admin"}))
	session := h.signIn("alice", access.Order{})
	h.clock.Advance(29 * time.Second)
	h.callerOf(session)
	h.check(h.UpdateOrg(t.Context(), admin, "org-lab", autoLogout(time.Minute)))
	for range 120 {
		h.clock.Advance(time.Second)
		h.callerOf(session)
	}
}

func TestWhatTheAuditLogSaysOfAnOrg(t *testing.T) {
	h := newTestServer(t)
	h.join("user-alice", "org-lab", 0)
	member := h.callerOf(h.signIn("alice", access.Order{}))
	h.joinAs("user-bob", "org-lab", directory.Admin)
	admin := h.callerOf(h.signIn("bob", access.Order{}))
	rows := h.db.rowsOf(func() {
		if err := h.UpdateOrg(t.Context(), member, "org-lab", autoLogout(time.Hour)); refusal.ReasonOf(err) != refusal.OrgAccess {
			t.Errorf("a member: %v", err)
		}
		h.check(h.UpdateOrg(t.Context(), admin, "org-lab", autoLogout(time.Hour)))
	})
	want := []audit.Entry{{
		Time: h.clock.Now(), Actor: "user-bob", Subject: "org-lab", Action: audit.OrgUpdate, Result: "ok",
		Address: "192.0.2.1", UserAgent: "dxauth", RequestID: "1-1",
	}}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
