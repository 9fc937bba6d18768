package storetest

import (
	"fmt"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

func testEnrollments(s *suite) {
	s.addUsers("user-alice", "user-bob")
	pending := func(tx transaction.Tx, userID string) (identity.Enrollment, bool) {
		enrollment, found, err := tx.Enrollment(s.ctx, userID)
		s.ok(err)
		return enrollment, found
	}
	confirm := func(tx transaction.Tx, step int64, hashes ...string) bool {
		confirmed, err := tx.ConfirmEnrollment(s.ctx, "user-alice", step, hashes)
		s.ok(err)
		return confirmed
	}
	s.write(func(tx transaction.Tx) {
		_, found := pending(tx, "user-alice")
		s.same(found, false)
		s.same(confirm(tx, 5), false)

		begun := identity.Enrollment{SealedSeed: []byte{0, 0xff}, Made: start, Expires: start}
		s.ok(tx.SetEnrollment(s.ctx, "user-alice", begun))
		s.ok(tx.SetEnrollment(s.ctx, "user-bob", begun))
		got, found := pending(tx, "user-alice")
		s.same(found, true)
		begun.Made, begun.Expires = kept, kept
		s.same(got, begun)

		// S-19: the step never decreases.
		s.same(confirm(tx, 5, "one", "two"), true)
		s.same(confirm(tx, 5, "three"), false)
		s.same(confirm(tx, 4, "three"), false)
		got, _ = pending(tx, "user-alice")
		s.same(got, identity.Enrollment{SealedSeed: begun.SealedSeed, Step: 5, CodeHashes: []string{"one", "two"}, Made: kept, Expires: kept})
		s.same(confirm(tx, 6, "three"), true)

		// A new enrollment replaces it and starts from the beginning.
		again := identity.Enrollment{SealedSeed: []byte("another"), Expires: kept.Add(time.Minute)}
		s.ok(tx.SetEnrollment(s.ctx, "user-alice", again))
		got, _ = pending(tx, "user-alice")
		s.same(got, again)

		s.ok(tx.ClearEnrollment(s.ctx, "user-alice"))
		_, found = pending(tx, "user-alice")
		s.same(found, false)
		_, found = pending(tx, "user-bob")
		s.same(found, true)
	})
}

func testTickets(s *suite) {
	s.addUsers("user-alice", "user-bob")
	found := func(tx transaction.Tx, hash string) bool {
		_, err := tx.TicketByHash(s.ctx, hash)
		if err != nil {
			s.fails(err, identity.ErrNoTicket)
		}
		return err == nil
	}
	s.write(func(tx transaction.Tx) {
		ticket := identity.Ticket{Hash: "one", UserID: "user-alice", Order: `{"a":1}`, Made: start, Expires: start}
		s.ok(tx.InsertTicket(s.ctx, ticket))
		s.ok(tx.InsertTicket(s.ctx, identity.Ticket{Hash: "bob's", UserID: "user-bob", Expires: start}))
		got, err := tx.TicketByHash(s.ctx, "one")
		s.ok(err)
		ticket.Made, ticket.Expires = kept, kept
		s.same(got, ticket)
		s.same(found(tx, "two"), false)

		// S-26: a ticket works once.
		for _, want := range []bool{true, false} {
			dropped, err := tx.DropTicket(s.ctx, "one")
			s.ok(err)
			s.same(dropped, want)
		}

		// The ten newest tickets are kept, and always the one just inserted.
		for n := range 12 {
			expires := start.Add(time.Duration(n) * time.Minute)
			s.ok(tx.InsertTicket(s.ctx, identity.Ticket{Hash: fmt.Sprint(n), UserID: "user-alice", Expires: expires}))
		}
		s.ok(tx.InsertTicket(s.ctx, identity.Ticket{Hash: "early", UserID: "user-alice", Expires: start}))
		s.same([]bool{found(tx, "2"), found(tx, "3"), found(tx, "11"), found(tx, "early")}, []bool{false, true, true, true})

		s.ok(tx.DropTickets(s.ctx, "user-alice"))
		s.same([]bool{found(tx, "11"), found(tx, "bob's")}, []bool{false, true})
	})
}

// Enrollments and tickets are swept when they expired or were made in the future.
func testSweepOfEnrollments(s *suite) {
	s.addUsers("user-alice")
	for name, c := range map[string]struct {
		made, expires time.Duration
		want          bool
	}{
		"valid":              {0, time.Hour, true},
		"expired":            {-time.Hour, time.Minute, false},
		"made in the future": {2 * time.Hour, 3 * time.Hour, false},
	} {
		made, expires := start.Add(c.made), start.Add(c.expires)
		s.write(func(tx transaction.Tx) {
			s.ok(tx.SetEnrollment(s.ctx, "user-alice", identity.Enrollment{SealedSeed: []byte("seed"), Made: made, Expires: expires}))
			s.ok(tx.InsertTicket(s.ctx, identity.Ticket{Hash: name, UserID: "user-alice", Made: made, Expires: expires}))
			s.ok(tx.SweepEnrollments(s.ctx, start.Add(time.Minute), 9))
			s.ok(tx.SweepTickets(s.ctx, start.Add(time.Minute), 9))
			_, found, err := tx.Enrollment(s.ctx, "user-alice")
			s.ok(err)
			s.same(found, c.want)
			_, err = tx.TicketByHash(s.ctx, name)
			s.same(err == nil, c.want)
		})
	}
}

func testEndOfOtherSessions(s *suite) {
	s.addUsers("user-alice", "user-bob")
	tokens := map[string]access.Token{
		"kept":       {Kind: access.Session, UserID: "user-alice"},
		"kept child": {Kind: access.APIToken, UserID: "user-alice", Parent: "kept"},
		"grandchild": {Kind: access.APIToken, UserID: "user-alice", Parent: "kept child"},
		"other":      {Kind: access.Session, UserID: "user-alice"},
		"child":      {Kind: access.APIToken, UserID: "user-alice", Parent: "other"},
		"api":        {Kind: access.APIToken, UserID: "user-alice"},
		"bob's":      {Kind: access.Session, UserID: "user-bob"},
	}
	s.write(func(tx transaction.Tx) {
		for signature, token := range tokens {
			token.Signature, token.Created, token.LastUsed, token.Expires = signature, start, start, start.Add(time.Hour)
			s.ok(tx.InsertToken(s.ctx, token))
		}
		s.ok(tx.EndSessions(s.ctx, "user-alice", "kept", start, access.Elsewhere))
		for signature := range tokens {
			s.ok(tx.Reauthenticate(s.ctx, signature, start.Add(time.Minute)))
		}
		for signature := range tokens {
			got, err := tx.TokenBySignature(s.ctx, signature)
			s.ok(err)
			ended := signature == "other" || signature == "child"
			s.same(!got.Ended.IsZero(), ended)
			s.same(got.Authenticated.Equal(kept.Add(time.Minute)), !ended)
		}
	})
}
