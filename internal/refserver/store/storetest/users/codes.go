package users

import (
	"fmt"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/clock"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/store/storetest/suite"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// An access code works once, and a new one for the same purpose and user replaces
// it.
func testAccessCodes(s *suite.Suite) {
	code := identity.AccessCode{Hash: "h1", Purpose: identity.Activation, UserID: "user-alice", Made: start, Expires: start}
	s.Write(func(tx transaction.Tx) {
		s.OK(tx.SetAccessCode(s.Ctx, code))
		s.OK(tx.SetAccessCode(s.Ctx, identity.AccessCode{Hash: "b1", Purpose: identity.Bootstrap, Expires: start}))
		code.Made, code.Expires = kept, kept
		got, found, err := tx.AccessCode(s.Ctx, "h1")
		s.OK(err)
		s.Same(found, true)
		s.Same(got, code)
		_, found, err = tx.AccessCode(s.Ctx, "none")
		s.OK(err)
		s.Same(found, false)

		s.OK(tx.SetAccessCode(s.Ctx, identity.AccessCode{Hash: "h2", Purpose: identity.Activation, UserID: "user-alice", Expires: start}))
		for _, c := range []struct {
			hash string
			want bool
		}{{"h1", false}, {"h2", true}, {"h2", false}, {"b1", true}, {"", false}} {
			spent, err := tx.SpendAccessCode(s.Ctx, c.hash)
			s.OK(err)
			s.Same(spent, c.want)
		}
	})
	s.Write(func(tx transaction.Tx) {
		for hash, expires := range map[string]time.Duration{"old": -day, "recent": 0, "good": time.Minute} {
			s.OK(tx.SetAccessCode(s.Ctx, identity.AccessCode{Hash: hash, Purpose: identity.Activation, UserID: hash, Expires: start.Add(expires)}))
		}
		s.OK(tx.SweepAccessCodes(s.Ctx, start.Add(-time.Hour), start, 9))
		for hash, want := range map[string]bool{"old": true, "recent": false, "good": true} {
			_, found, err := tx.AccessCode(s.Ctx, hash)
			s.OK(err)
			s.Same(found, want)
		}
	})
}

// Unread codes are taken once, and not after they expire.
func testUnreadCodes(s *suite.Suite) {
	s.AddUsers("user-alice", "user-bob")
	s.Write(func(tx transaction.Tx) {
		s.OK(tx.SetUnreadCodes(s.Ctx, "user-alice", []byte("old"), clock.Span{Made: start, Ends: start.Add(time.Minute)}))
		s.OK(tx.SetUnreadCodes(s.Ctx, "user-alice", []byte("new"), clock.Span{Made: start, Ends: start.Add(time.Hour)}))
		s.OK(tx.SetUnreadCodes(s.Ctx, "user-bob", []byte("of bob"), clock.Span{Made: start, Ends: start.Add(time.Minute)}))
	})
	take := func(tx transaction.Tx, userID string, now time.Time) string {
		sealed, err := tx.TakeUnreadCodes(s.Ctx, userID, now)
		s.OK(err)
		return string(sealed)
	}
	s.Write(func(tx transaction.Tx) {
		s.Same(take(tx, "user-alice", start.Add(time.Minute)), "new")
		s.Same(take(tx, "user-alice", start.Add(time.Minute)), "")
		s.Same(take(tx, "user-bob", start.Add(time.Minute)), "")
		s.Same(take(tx, "user-bob", start), "") // refused once, and gone
	})
	for name, c := range map[string]struct {
		valid clock.Span
		want  string
	}{
		"valid":              {clock.Span{Made: start, Ends: start.Add(time.Hour)}, "codes"},
		"expired":            {clock.Span{Made: start.Add(-time.Hour), Ends: start.Add(time.Minute)}, ""},
		"made in the future": {clock.Span{Made: start.Add(2 * time.Hour), Ends: start.Add(3 * time.Hour)}, ""},
	} {
		s.Write(func(tx transaction.Tx) {
			s.OK(tx.SetUnreadCodes(s.Ctx, "user-bob", []byte("codes"), c.valid))
			s.OK(tx.SweepUnreadCodes(s.Ctx, start.Add(time.Minute), 9))
			if got := take(tx, "user-bob", c.valid.Made); got != c.want {
				s.Errorf("%s: swept, then took %q, want %q", name, got, c.want)
			}
		})
	}
	s.Write(func(tx transaction.Tx) {
		s.Same(take(tx, "user-alice", start), "")
	})
}

// What can be used once is dropped a few rows at a time. Used recovery codes stay, and
// steps that are later already.
func testDropCodes(s *suite.Suite) {
	const step, users, count = 100, 4, 3
	soon := clock.Span{Made: start, Ends: start.Add(time.Hour)}
	lastSteps := []int64{0, step - 1, step, step + 1}
	for i := range users {
		id := fmt.Sprint("user-", i)
		s.AddUsers(id)
		s.Write(func(tx transaction.Tx) {
			s.OK(tx.SetSecondFactor(s.Ctx, id, identity.SecondFactor{SealedSeed: []byte("seed"), LastStep: lastSteps[i], Since: start}))
			s.OK(tx.SetRecoveryCodes(s.Ctx, id, []string{"used", "unused", "other"}))
			spent, err := tx.SpendRecoveryCode(s.Ctx, id, "used", start)
			s.OK(err)
			s.Same(spent, true)
			s.OK(tx.SetUnreadCodes(s.Ctx, id, []byte("sealed"), soon))
			s.OK(tx.InsertTicket(s.Ctx, identity.Ticket{Hash: id, UserID: id, Made: soon.Made, Expires: soon.Ends}))
			added, err := tx.InsertProviderSignIn(s.Ctx, identity.ProviderSignIn{Hash: id, Provider: "lab", Made: soon.Made, Expires: soon.Ends})
			s.OK(err)
			s.Same(added, true)
		})
	}
	steps := 0
	for more := true; more; steps++ {
		s.Write(func(tx transaction.Tx) {
			var err error
			more, err = tx.DropCodes(s.Ctx, step, count)
			s.OK(err)
		})
	}
	// 4 tickets, 4 sign-ins at a provider, 4 unread codes, 8 recovery codes and 2 steps.
	if steps < 22/count || steps > 22/count+2 {
		s.Errorf("%d steps", steps)
	}
	s.Write(func(tx transaction.Tx) {
		for i := range users {
			id := fmt.Sprint("user-", i)
			_, err := tx.TicketByHash(s.Ctx, id)
			s.Fails(err, identity.ErrNoTicket)
			_, found, err := tx.ProviderSignIn(s.Ctx, id)
			s.OK(err)
			s.Same(found, false)
			unread, err := tx.TakeUnreadCodes(s.Ctx, id, start)
			s.OK(err)
			s.Same(len(unread), 0)
			codes, err := tx.RecoveryCodes(s.Ctx, id)
			s.OK(err)
			s.Same(codes, []identity.RecoveryCode{{Hash: "used", Used: kept}})
			factor, _, err := tx.SecondFactor(s.Ctx, id)
			s.OK(err)
			s.Same(factor.LastStep, max(step, lastSteps[i]))
		}
	})
}
