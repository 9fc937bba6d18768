package storetest

import (
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/clock"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// A sign-up is found by user and by code until it is dropped.
func testSignUps(s *suite) {
	s.addUsers("user-alice", "user-bob")
	alice := identity.SignUp{UserID: "user-alice", CodeHash: "hash of alice", SealedCode: []byte{0, 1, 255}}
	bob := identity.SignUp{UserID: "user-bob", CodeHash: "hash of bob", SealedCode: []byte("b")}
	s.write(func(tx transaction.Tx) {
		s.ok(tx.SetSignUp(s.ctx, alice))
		s.ok(tx.SetSignUp(s.ctx, bob))
	})
	waiting := func(tx transaction.Tx) int {
		count, err := tx.CountSignUps(s.ctx)
		s.ok(err)
		return count
	}
	s.read(func(tx transaction.Tx) {
		for _, want := range []identity.SignUp{alice, bob} {
			byUser, waits, err := tx.SignUp(s.ctx, want.UserID)
			s.ok(err)
			s.same(waits, true)
			s.same(byUser, want)
			byCode, waits, err := tx.SignUpByCode(s.ctx, want.CodeHash)
			s.ok(err)
			s.same(waits, true)
			s.same(byCode, want)
		}
		s.same(waiting(tx), 2)
	})
	s.write(func(tx transaction.Tx) {
		for _, want := range []bool{true, false} {
			dropped, err := tx.DropSignUp(s.ctx, alice.UserID)
			s.ok(err)
			s.same(dropped, want)
		}
		_, waits, err := tx.SignUp(s.ctx, alice.UserID)
		s.ok(err)
		s.same(waits, false)
		_, waits, err = tx.SignUpByCode(s.ctx, alice.CodeHash)
		s.ok(err)
		s.same(waits, false)
		s.same(waiting(tx), 1)
	})
}

// Unread codes are taken once, and not after they expire.
func testUnreadCodes(s *suite) {
	s.addUsers("user-alice", "user-bob")
	s.write(func(tx transaction.Tx) {
		s.ok(tx.SetUnreadCodes(s.ctx, "user-alice", []byte("old"), clock.Span{Made: start, Ends: start.Add(time.Minute)}))
		s.ok(tx.SetUnreadCodes(s.ctx, "user-alice", []byte("new"), clock.Span{Made: start, Ends: start.Add(time.Hour)}))
		s.ok(tx.SetUnreadCodes(s.ctx, "user-bob", []byte("of bob"), clock.Span{Made: start, Ends: start.Add(time.Minute)}))
	})
	take := func(tx transaction.Tx, userID string, now time.Time) string {
		sealed, err := tx.TakeUnreadCodes(s.ctx, userID, now)
		s.ok(err)
		return string(sealed)
	}
	s.write(func(tx transaction.Tx) {
		s.same(take(tx, "user-alice", start.Add(time.Minute)), "new")
		s.same(take(tx, "user-alice", start.Add(time.Minute)), "")
		s.same(take(tx, "user-bob", start.Add(time.Minute)), "")
		s.same(take(tx, "user-bob", start), "") // refused once, and gone
	})
	for name, c := range map[string]struct {
		valid clock.Span
		want  string
	}{
		"valid":              {clock.Span{Made: start, Ends: start.Add(time.Hour)}, "codes"},
		"expired":            {clock.Span{Made: start.Add(-time.Hour), Ends: start.Add(time.Minute)}, ""},
		"made in the future": {clock.Span{Made: start.Add(2 * time.Hour), Ends: start.Add(3 * time.Hour)}, ""},
	} {
		s.write(func(tx transaction.Tx) {
			s.ok(tx.SetUnreadCodes(s.ctx, "user-bob", []byte("codes"), c.valid))
			s.ok(tx.SweepUnreadCodes(s.ctx, start.Add(time.Minute), 9))
			if got := take(tx, "user-bob", c.valid.Made); got != c.want {
				s.Errorf("%s: swept, then took %q, want %q", name, got, c.want)
			}
		})
	}
	s.write(func(tx transaction.Tx) {
		s.same(take(tx, "user-alice", start), "")
	})
}

// GoodTokens returns the tokens of all users in pages by signature. A signature
// is never used for a second token.
func testGoodTokens(s *suite) {
	s.addUsers("user-alice", "user-bob")
	token := func(signature, userID string, kind access.Kind, expires time.Duration) access.Token {
		return access.Token{
			Signature: signature, Kind: kind, UserID: userID, Label: "x", Scope: access.FullScope(),
			Created: start, Expires: start.Add(expires), LastUsed: start,
		}
	}
	s.write(func(tx transaction.Tx) {
		s.ok(tx.InsertToken(s.ctx, token("a", "user-alice", access.Session, time.Hour)))
		s.ok(tx.InsertToken(s.ctx, token("b", "user-bob", access.APIToken, time.Hour)))
		s.ok(tx.InsertToken(s.ctx, token("c", "user-alice", access.APIToken, time.Minute)))
		s.ok(tx.InsertToken(s.ctx, token("d", "user-alice", access.APIToken, time.Hour)))
		s.ok(tx.InsertToken(s.ctx, token("e", "user-bob", access.APIToken, time.Hour)))
		s.ok(tx.EndTokenTree(s.ctx, "d", start, access.Revoked))
		for _, taken := range []string{"a", "d"} {
			s.fails(tx.InsertToken(s.ctx, token(taken, "user-bob", access.APIToken, time.Hour)), access.ErrValueTaken)
		}
	})
	s.read(func(tx transaction.Tx) {
		page := func(after string, count int) (signatures string) {
			tokens, err := tx.GoodTokens(s.ctx, after, start.Add(time.Minute), count)
			s.ok(err)
			for _, token := range tokens {
				signatures += token.Signature
			}
			return signatures
		}
		s.same(page("", 10), "abe")
		s.same(page("", 2), "ab")
		s.same(page("b", 2), "e")
		s.same(page("e", 2), "")
	})
}
