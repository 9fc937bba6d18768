package users

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/store/storetest/suite"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// horizon is beyond every step of the tests.
const horizon = 1 << 41

func testSecondFactor(s *suite.Suite) {
	s.AddUsers("user-alice")
	s.Write(func(tx transaction.Tx) {
		_, on, err := tx.SecondFactor(s.Ctx, "user-alice")
		s.OK(err)
		s.Same(on, false)
		spent, err := tx.SpendStep(s.Ctx, "user-alice", 10, horizon)
		s.OK(err)
		s.Same(spent, false)

		sealed := identity.SecondFactor{SealedSeed: []byte{0, 0xff, '\'', 0}, LastStep: 7}
		s.OK(tx.SetSecondFactor(s.Ctx, "user-alice", sealed))
		got, on, err := tx.SecondFactor(s.Ctx, "user-alice")
		s.OK(err)
		have, err := tx.HaveSecondFactor(s.Ctx, []string{"user-alice", "user-bob", "user-alice"})
		s.OK(err)
		s.Same(have, map[string]bool{"user-alice": true})
		s.Same(on, true)
		s.Same(got, sealed)

		for _, c := range []struct {
			step int64
			want bool
		}{{7, false}, {6, false}, {8, true}, {8, false}, {7, false}, {1 << 40, true}} {
			spent, err := tx.SpendStep(s.Ctx, "user-alice", c.step, horizon)
			s.OK(err)
			s.Same(spent, c.want)
		}
		// S-21: a used step beyond the horizon does not count, and the next step
		// after it does.
		for _, c := range []struct {
			step, horizon int64
			want          bool
		}{{9, 1 << 40, false}, {9, 1<<40 - 1, true}, {9, 1<<40 - 1, false}, {9, 9, false}, {8, 8, true}} {
			spent, err := tx.SpendStep(s.Ctx, "user-alice", c.step, c.horizon)
			s.OK(err)
			s.Same(spent, c.want)
		}

		replaced := identity.SecondFactor{SealedSeed: []byte("another"), Since: start}
		s.OK(tx.SetSecondFactor(s.Ctx, "user-alice", replaced))
		got, _, err = tx.SecondFactor(s.Ctx, "user-alice")
		s.OK(err)
		replaced.Since = kept
		s.Same(got, replaced)

		for _, want := range []bool{true, false} {
			removed, err := tx.ClearSecondFactor(s.Ctx, "user-alice")
			s.OK(err)
			s.Same(removed, want)
		}
		_, on, err = tx.SecondFactor(s.Ctx, "user-alice")
		s.OK(err)
		s.Same(on, false)
	})
}

// S-26: a recovery code works once, and only for its owner.
func testRecoveryCodes(s *suite.Suite) {
	s.AddUsers("user-alice", "user-bob")
	s.Write(func(tx transaction.Tx) {
		s.OK(tx.SetRecoveryCodes(s.Ctx, "user-alice", []string{"one", "two"}))
		s.OK(tx.SetRecoveryCodes(s.Ctx, "user-bob", []string{"one"}))
		for _, c := range []struct {
			user, hash string
			want       bool
		}{
			{"user-alice", "three", false},
			{"user-carol", "one", false},
			{"user-alice", "one", true},
			{"user-alice", "one", false},
			{"user-bob", "two", false},
			{"user-bob", "one", true},
			{"user-alice", "two", true},
		} {
			spent, err := tx.SpendRecoveryCode(s.Ctx, c.user, c.hash, start)
			s.OK(err)
			s.Same(spent, c.want)
		}
		used := []identity.RecoveryCode{{Hash: "one", Used: kept}, {Hash: "two", Used: kept}}
		s.Same(recoveryCodes(s, tx, "user-alice"), used)

		// New codes are unused; other users keep theirs.
		s.OK(tx.SetRecoveryCodes(s.Ctx, "user-alice", []string{"one"}))
		s.Same(recoveryCodes(s, tx, "user-alice"), []identity.RecoveryCode{{Hash: "one"}})
		s.OK(tx.SetRecoveryCodes(s.Ctx, "user-alice", nil))
		s.Same(len(recoveryCodes(s, tx, "user-alice")), 0)
		s.Same(len(recoveryCodes(s, tx, "user-bob")), 1)
	})
}

// recoveryCodes returns the codes of a user, sorted by their hashes.
func recoveryCodes(s *suite.Suite, tx transaction.Tx, userID string) []identity.RecoveryCode {
	codes, err := tx.RecoveryCodes(s.Ctx, userID)
	s.OK(err)
	slices.SortFunc(codes, func(a, b identity.RecoveryCode) int { return strings.Compare(a.Hash, b.Hash) })
	return codes
}

// S-19, S-26: of many concurrent callers who spend the same code, one succeeds.
func testOneWinner(s *suite.Suite) {
	const rounds, redeemers = 3, 12
	s.AddUsers("user-alice")
	s.Write(func(tx transaction.Tx) {
		s.OK(tx.SetSecondFactor(s.Ctx, "user-alice", identity.SecondFactor{SealedSeed: []byte("seed")}))
		var codes []string
		for round := range rounds {
			codes = append(codes, fmt.Sprint(round))
		}
		s.OK(tx.SetRecoveryCodes(s.Ctx, "user-alice", codes))
	})
	for round := range rounds {
		s.Same(s.Winners(redeemers, func(tx transaction.Tx) (bool, error) {
			return tx.SpendStep(s.Ctx, "user-alice", int64(round)+1, horizon)
		}), int64(1))
		s.Same(s.Winners(redeemers, func(tx transaction.Tx) (bool, error) {
			return tx.SpendRecoveryCode(s.Ctx, "user-alice", fmt.Sprint(round), start)
		}), int64(1))
	}
}

func testEnrollments(s *suite.Suite) {
	s.AddUsers("user-alice", "user-bob")
	pending := func(tx transaction.Tx, userID string) (identity.Enrollment, bool) {
		enrollment, found, err := tx.Enrollment(s.Ctx, userID)
		s.OK(err)
		return enrollment, found
	}
	confirm := func(tx transaction.Tx, step int64, hashes ...string) bool {
		confirmed, err := tx.ConfirmEnrollment(s.Ctx, "user-alice", step, hashes)
		s.OK(err)
		return confirmed
	}
	s.Write(func(tx transaction.Tx) {
		_, found := pending(tx, "user-alice")
		s.Same(found, false)
		s.Same(confirm(tx, 5), false)

		begun := identity.Enrollment{SealedSeed: []byte{0, 0xff}, Made: start, Expires: start}
		s.OK(tx.SetEnrollment(s.Ctx, "user-alice", begun))
		s.OK(tx.SetEnrollment(s.Ctx, "user-bob", begun))
		got, found := pending(tx, "user-alice")
		s.Same(found, true)
		begun.Made, begun.Expires = kept, kept
		s.Same(got, begun)

		// S-19: the step never decreases.
		s.Same(confirm(tx, 5, "one", "two"), true)
		s.Same(confirm(tx, 5, "three"), false)
		s.Same(confirm(tx, 4, "three"), false)
		got, _ = pending(tx, "user-alice")
		s.Same(got, identity.Enrollment{SealedSeed: begun.SealedSeed, Step: 5, CodeHashes: []string{"one", "two"}, Made: kept, Expires: kept})
		s.Same(confirm(tx, 6, "three"), true)

		// A new enrollment replaces it and starts from the beginning.
		again := identity.Enrollment{SealedSeed: []byte("another"), Expires: kept.Add(time.Minute)}
		s.OK(tx.SetEnrollment(s.Ctx, "user-alice", again))
		got, _ = pending(tx, "user-alice")
		s.Same(got, again)

		s.OK(tx.ClearEnrollment(s.Ctx, "user-alice"))
		_, found = pending(tx, "user-alice")
		s.Same(found, false)
		_, found = pending(tx, "user-bob")
		s.Same(found, true)
	})
}

func testTickets(s *suite.Suite) {
	s.AddUsers("user-alice", "user-bob")
	found := func(tx transaction.Tx, hash string) bool {
		_, err := tx.TicketByHash(s.Ctx, hash)
		if err != nil {
			s.Fails(err, identity.ErrNoTicket)
		}
		return err == nil
	}
	s.Write(func(tx transaction.Tx) {
		ticket := identity.Ticket{Hash: "one", UserID: "user-alice", Order: `{"a":1}`, Made: start, Expires: start}
		s.OK(tx.InsertTicket(s.Ctx, ticket))
		s.OK(tx.InsertTicket(s.Ctx, identity.Ticket{Hash: "bob's", UserID: "user-bob", Expires: start}))
		got, err := tx.TicketByHash(s.Ctx, "one")
		s.OK(err)
		ticket.Made, ticket.Expires = kept, kept
		s.Same(got, ticket)
		s.Same(found(tx, "two"), false)

		// S-26: a ticket works once.
		for _, want := range []bool{true, false} {
			dropped, err := tx.DropTicket(s.Ctx, "one")
			s.OK(err)
			s.Same(dropped, want)
		}

		// The ten newest tickets are kept, and always the one just inserted.
		for n := range 12 {
			expires := start.Add(time.Duration(n) * time.Minute)
			s.OK(tx.InsertTicket(s.Ctx, identity.Ticket{Hash: fmt.Sprint(n), UserID: "user-alice", Expires: expires}))
		}
		s.OK(tx.InsertTicket(s.Ctx, identity.Ticket{Hash: "early", UserID: "user-alice", Expires: start}))
		s.Same([]bool{found(tx, "2"), found(tx, "3"), found(tx, "11"), found(tx, "early")}, []bool{false, true, true, true})

		s.OK(tx.DropTickets(s.Ctx, "user-alice"))
		s.Same([]bool{found(tx, "11"), found(tx, "bob's")}, []bool{false, true})
	})
}

// Enrollments and tickets are swept when they expired or were made in the future.
func testSweepOfEnrollments(s *suite.Suite) {
	s.AddUsers("user-alice")
	for name, c := range map[string]struct {
		made, expires time.Duration
		want          bool
	}{
		"valid":              {0, time.Hour, true},
		"expired":            {-time.Hour, time.Minute, false},
		"made in the future": {2 * time.Hour, 3 * time.Hour, false},
	} {
		made, expires := start.Add(c.made), start.Add(c.expires)
		s.Write(func(tx transaction.Tx) {
			s.OK(tx.SetEnrollment(s.Ctx, "user-alice", identity.Enrollment{SealedSeed: []byte("seed"), Made: made, Expires: expires}))
			s.OK(tx.InsertTicket(s.Ctx, identity.Ticket{Hash: name, UserID: "user-alice", Made: made, Expires: expires}))
			s.OK(tx.SweepEnrollments(s.Ctx, start.Add(time.Minute), 9))
			s.OK(tx.SweepTickets(s.Ctx, start.Add(time.Minute), 9))
			_, found, err := tx.Enrollment(s.Ctx, "user-alice")
			s.OK(err)
			s.Same(found, c.want)
			_, err = tx.TicketByHash(s.Ctx, name)
			s.Same(err == nil, c.want)
		})
	}
}
