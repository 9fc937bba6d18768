// Package mails tests the table of package outbox, and that of sign-ups, which wait for an
// e-mail or an administrator, in every store.
//
// It promises to call each method of outbox.Tx and those about sign-ups with existing, missing and conflicting
// rows, and to check that of those who claim a message at the same time one wins.
//
// It knows a store only as transaction.DB.
package mails

import (
	"fmt"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/outbox"
	"github.com/dxauth/dxauth/internal/refserver/store/storetest/suite"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// Tests returns the tests by name.
func Tests() map[string]func(*suite.Suite) {
	return map[string]func(*suite.Suite){
		"messages":   testMessages,
		"counts":     testCounts,
		"attempts":   testAttempts,
		"one winner": testOneWinner,
		"copies":     testCopies,
		"sign-ups":   testSignUps,
		"old ones":   testSignUpsEnd,
	}
}

var start, kept = suite.Start(), suite.Kept()

func message(id string, next time.Time) outbox.Message {
	return outbox.Message{
		ID: id, To: "Alice@example.org", Kind: outbox.EmailCode, Sealed: []byte{0, 1, 255},
		Made: kept, Expires: kept.Add(time.Hour), Next: next,
	}
}

func add(s *suite.Suite, messages ...outbox.Message) {
	s.Helper()
	s.Write(func(tx transaction.Tx) {
		for _, m := range messages {
			s.OK(tx.InsertMail(s.Ctx, m))
		}
	})
}

func idsOf(messages []outbox.Message) []string {
	ids := []string{}
	for _, m := range messages {
		ids = append(ids, m.ID)
	}
	return ids
}

// Messages come back unchanged: those that are due in the order of their times, all with
// the newest first, and without those that expired.
func testMessages(s *suite.Suite) {
	first, second, later := message("b", kept), message("a", kept.Add(time.Second)), message("c", kept.Add(time.Minute))
	newest, expired := message("d", kept.Add(time.Minute)), message("e", kept)
	newest.Made, newest.Attempts = kept.Add(time.Second), 3
	expired.Made, expired.Expires = kept.Add(-time.Hour), kept
	add(s, first, second, later, newest, expired)
	s.Read(func(tx transaction.Tx) {
		now := start.Add(time.Second)
		due, err := tx.DueMails(s.Ctx, now, 10)
		s.OK(err)
		s.Same(due, []outbox.Message{first, second})
		due, err = tx.DueMails(s.Ctx, now, 1)
		s.OK(err)
		s.Same(idsOf(due), []string{"b"})
		all, err := tx.Mails(s.Ctx, 3)
		s.OK(err)
		s.Same(all, []outbox.Message{newest, second, first})
	})
	s.Write(func(tx transaction.Tx) {
		swept, err := tx.SweepMails(s.Ctx, start, 10)
		s.OK(err)
		s.Same(swept, []outbox.Message{expired})
	})
	s.Read(func(tx transaction.Tx) {
		all, err := tx.Mails(s.Ctx, 10)
		s.OK(err)
		s.Same(idsOf(all), []string{"d", "a", "b", "c"})
	})
}

func testCounts(s *suite.Suite) {
	other := message("c", kept)
	other.To = "bob@example.org"
	add(s, message("a", kept), message("b", kept), other)
	s.Read(func(tx transaction.Tx) {
		for atMost, want := range map[int]int{2: 2, 10: 3} {
			count, err := tx.CountMails(s.Ctx, atMost)
			s.OK(err)
			s.Same(count, want)
		}
		for to, want := range map[string]int{"aLICE@example.org": 2, "bob@example.org": 1, "carol@example.org": 0} {
			count, err := tx.CountMailsTo(s.Ctx, to, 10)
			s.OK(err)
			s.Same(count, want)
		}
	})
}

// Only the last one who claimed a message ends or defers it.
func testAttempts(s *suite.Suite) {
	add(s, message("a", kept))
	later := kept.Add(time.Minute)
	claim := func(id string, attempts int, now time.Time) (claimed bool) {
		s.Write(func(tx transaction.Tx) {
			var err error
			claimed, err = tx.ClaimMail(s.Ctx, id, attempts, now, now.Add(time.Minute))
			s.OK(err)
		})
		return claimed
	}
	s.Same(claim("a", 0, kept.Add(-time.Second)), false) // not due
	s.Same(claim("a", 1, kept), false)
	s.Same(claim("missing", 0, kept), false)
	s.Same(claim("a", 0, kept), true)
	s.Same(claim("a", 0, later), false)
	s.Same(claim("a", 1, later.Add(-time.Second)), false) // claimed
	s.Same(claim("a", 1, later), true)
	for attempts, want := range map[int]bool{1: false, 2: true} {
		s.Write(func(tx transaction.Tx) {
			deferred, err := tx.DeferMail(s.Ctx, "a", attempts, later)
			s.OK(err)
			s.Same(deferred, want)
		})
	}
	for _, step := range []struct {
		attempts int
		want     bool
	}{{1, false}, {2, true}, {2, false}} {
		s.Write(func(tx transaction.Tx) {
			dropped, err := tx.DropMail(s.Ctx, "a", step.attempts)
			s.OK(err)
			s.Same(dropped, step.want)
		})
	}
}

func testOneWinner(s *suite.Suite) {
	add(s, message("a", kept))
	s.Same(s.Winners(8, func(tx transaction.Tx) (bool, error) {
		return tx.ClaimMail(s.Ctx, "a", 0, start, start.Add(time.Minute))
	}), int64(1))
}

// A copy of a store sends nothing again.
func testCopies(s *suite.Suite) {
	for i := range 3 {
		add(s, message(fmt.Sprint(i), kept))
	}
	for more := true; more; {
		s.Write(func(tx transaction.Tx) {
			var err error
			more, err = tx.DropCodes(s.Ctx, 0, 2)
			s.OK(err)
		})
	}
	s.Read(func(tx transaction.Tx) {
		count, err := tx.CountMails(s.Ctx, 10)
		s.OK(err)
		s.Same(count, 0)
	})
}
