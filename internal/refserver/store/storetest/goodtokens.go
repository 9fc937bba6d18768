package storetest

import (
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// GoodHolders returns the tokens of one user or of all, by user and signature, and CountGood
// counts them. A signature is never used for a second token.
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
		derived := token("f", "user-alice", access.APIToken, time.Hour)
		derived.Parent, derived.Root = "a", "a"
		s.ok(tx.InsertToken(s.ctx, derived))
		s.ok(tx.EndTokenTree(s.ctx, "d", start, access.Revoked))
		for _, taken := range []string{"a", "d"} {
			s.fails(tx.InsertToken(s.ctx, token(taken, "user-bob", access.APIToken, time.Hour)), access.ErrValueTaken)
		}
	})
	s.read(func(tx transaction.Tx) {
		page := func(query access.GoodQuery) (signatures string) {
			query.Now = start.Add(time.Minute)
			holders, err := tx.GoodHolders(s.ctx, query)
			s.ok(err)
			for _, holder := range holders {
				signatures += holder.Token.Signature
				s.same(holder.User.ID, holder.Token.UserID)
				s.same(holder.Root != nil && holder.Root.Token.Signature == "a", holder.Token.Signature == "f")
			}
			return signatures
		}
		after := func(userID, signature string) access.GoodPosition {
			return access.GoodPosition{UserID: userID, Signature: signature}
		}
		for _, c := range []struct {
			query access.GoodQuery
			want  string
		}{
			{access.GoodQuery{Limit: 10}, "afbe"},
			{access.GoodQuery{Limit: 2}, "af"},
			{access.GoodQuery{Limit: 2, After: after("user-alice", "a")}, "fb"},
			{access.GoodQuery{Limit: 2, After: after("user-alice", "f")}, "be"},
			{access.GoodQuery{Limit: 2, After: after("user-bob", "e")}, ""},
			{access.GoodQuery{Limit: 2, Skip: 1}, "fb"},
			{access.GoodQuery{Limit: 2, Skip: 4}, ""},
			{access.GoodQuery{Limit: 2, Skip: 1, After: after("user-alice", "a")}, "be"},
			{access.GoodQuery{Limit: 9, UserID: "user-bob"}, "be"},
			{access.GoodQuery{Limit: 9, UserID: "user-bob", Skip: 1}, "e"},
			{access.GoodQuery{Limit: 9, UserID: "user-alice", After: after("user-alice", "a")}, "f"},
			{access.GoodQuery{Limit: 9, UserID: "user-none"}, ""},
		} {
			s.same(page(c.query), c.want)
		}
		for userID, want := range map[string]int{"": 4, "user-alice": 2, "user-bob": 2, "user-none": 0} {
			count, err := tx.CountGood(s.ctx, userID, start.Add(time.Minute))
			s.ok(err)
			s.same(count, want)
		}
	})
}
