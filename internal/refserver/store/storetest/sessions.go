package storetest

import (
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// addTokenOf adds a token that expires an hour after start.
func (s *suite) addTokenOf(user, signature string, kind access.Kind, parent string, created time.Time) {
	s.Helper()
	s.write(func(tx transaction.Tx) {
		s.ok(tx.InsertToken(s.ctx, access.Token{
			Signature: signature, Kind: kind, UserID: user, Parent: parent, Scope: access.FullScope(),
			Created: created, Expires: start.Add(time.Hour), LastUsed: created,
		}))
	})
}

func testEndSessions(s *suite) {
	s.addUsers("user-alice", "user-bob")
	for _, made := range []struct {
		user, signature string
		kind            access.Kind
		parent          string
	}{
		{"user-alice", "one", access.Session, ""},
		{"user-alice", "two", access.Session, ""},
		{"user-alice", "ended", access.Session, ""},
		{"user-alice", "of one", access.APIToken, "one"},
		{"user-alice", "below", access.APIToken, "of one"},
		{"user-alice", "of ended", access.APIToken, "ended"},
		{"user-alice", "separate", access.APIToken, ""},
		{"user-alice", "of separate", access.APIToken, "separate"},
		{"user-bob", "of bob", access.Session, ""},
	} {
		s.addTokenOf(made.user, made.signature, made.kind, made.parent, start)
	}
	s.write(func(tx transaction.Tx) {
		s.ok(tx.EndTokenTree(s.ctx, "ended", start, access.Idle))
		s.ok(tx.EndSessions(s.ctx, "user-none", "", start, access.Elsewhere))
		s.ok(tx.EndSessions(s.ctx, "user-alice", "", start.Add(time.Minute), access.Elsewhere))
	})
	s.read(func(tx transaction.Tx) {
		for signature, want := range map[string]access.Reason{
			"one": access.Elsewhere, "two": access.Elsewhere, "of one": access.Elsewhere, "below": access.Elsewhere,
			"ended": access.Idle, "of ended": access.Idle, "separate": "", "of separate": "", "of bob": "",
		} {
			token := s.token(tx, signature)
			if token.EndReason != want || token.Ended.IsZero() != (want == "") {
				s.Errorf("%s has ended %v: %q, want %q", signature, token.Ended, token.EndReason, want)
			}
		}
		s.same(s.token(tx, "ended").Ended, kept)
		s.same(s.token(tx, "one").Ended, kept.Add(time.Minute))
	})
}

// The sessions that were not used for the longest time end, never the given one, and what
// was made with them.
func testEndOldestSessions(s *suite) {
	s.addUsers("user-alice", "user-bob")
	for i, signature := range []string{"new", "a", "b", "c", "d"} {
		s.addTokenOf("user-alice", signature, access.Session, "", start.Add(time.Duration(i)*time.Minute))
		s.addTokenOf("user-bob", "bob's "+signature, access.Session, "", start)
	}
	s.addTokenOf("user-alice", "of a", access.APIToken, "a", start)
	s.addTokenOf("user-alice", "token", access.APIToken, "", start.Add(-time.Hour))
	ended := func(keep, count int, want ...string) {
		s.Helper()
		s.write(func(tx transaction.Tx) {
			s.ok(tx.EndOldestSessions(s.ctx, "user-alice", "new", keep, count, start, access.Elsewhere))
		})
		var got []string
		s.read(func(tx transaction.Tx) {
			for _, signature := range []string{"new", "a", "b", "c", "d", "of a", "token", "bob's a"} {
				if s.token(tx, signature).EndReason == access.Elsewhere {
					got = append(got, signature)
				}
			}
		})
		s.same(got, want)
	}
	ended(5, 9)
	ended(4, 9, "a", "of a")
	ended(2, 1, "a", "c", "of a") // one of the two after the first that stays
	ended(1, 9, "a", "b", "c", "d", "of a")
	ended(1, 9, "a", "b", "c", "d", "of a")
}

func testForgetEnded(s *suite) {
	s.addUsers("user-alice", "user-bob")
	all := []string{"a", "b", "c", "d"}
	for i, signature := range all {
		s.addTokenOf("user-alice", signature, access.APIToken, "", start)
		s.addTokenOf("user-bob", "bob's "+signature, access.APIToken, "", start)
		s.write(func(tx transaction.Tx) {
			for _, signature := range []string{signature, "bob's " + signature} {
				s.ok(tx.EndTokenTree(s.ctx, signature, start.Add(time.Duration(i)*time.Minute), access.Revoked))
			}
		})
	}
	s.addTokenOf("user-alice", "good", access.APIToken, "", start)
	left := func(keep, count int, want ...string) {
		s.Helper()
		s.write(func(tx transaction.Tx) { s.ok(tx.ForgetEnded(s.ctx, "user-alice", keep, count)) })
		var got []string
		s.read(func(tx transaction.Tx) {
			for _, signature := range append(all, "good", "bob's a") {
				if _, err := tx.TokenBySignature(s.ctx, signature); err == nil {
					got = append(got, signature)
				}
			}
		})
		s.same(got, want)
	}
	left(4, 9, "a", "b", "c", "d", "good", "bob's a")
	left(3, 9, "b", "c", "d", "good", "bob's a")
	left(1, 9, "d", "good", "bob's a")
}

func testCountTokens(s *suite) {
	s.addUsers("user-alice")
	for _, signature := range []string{"a", "b", "c", "ended"} {
		s.addTokenOf("user-alice", signature, access.APIToken, "", start)
	}
	s.addTokenOf("user-alice", "session", access.Session, "", start)
	s.write(func(tx transaction.Tx) { s.ok(tx.EndTokenTree(s.ctx, "ended", start, access.Revoked)) })
	s.read(func(tx transaction.Tx) {
		for _, c := range []struct{ after, atMost, want int }{{0, 9, 3}, {0, 2, 2}, {59, 9, 3}, {60, 9, 0}} {
			got, err := tx.CountTokens(s.ctx, "user-alice", start.Add(time.Duration(c.after)*time.Minute), c.atMost)
			s.ok(err)
			s.same(got, c.want)
		}
		got, err := tx.CountTokens(s.ctx, "user-none", start, 9)
		s.ok(err)
		s.same(got, 0)
	})
}

func testUpdateOrg(s *suite) {
	lab := directory.Org{ID: "org-lab", Handle: "Lab", Name: "The Lab", PHIEnabled: true, Created: start}
	ward := directory.Org{ID: "org-ward", Name: "Ward", AutoLogout: time.Hour, Created: start}
	s.write(func(tx transaction.Tx) {
		s.ok(tx.InsertOrg(s.ctx, lab))
		s.ok(tx.InsertOrg(s.ctx, ward))
		lab.Name, lab.AutoLogout = `New "Lab"`, time.Minute
		s.ok(tx.UpdateOrg(s.ctx, lab))
		s.ok(tx.UpdateOrg(s.ctx, directory.Org{ID: "org-none", Name: "None"}))
	})
	lab.Created, ward.Created = kept, kept
	s.read(func(tx transaction.Tx) {
		for _, want := range []directory.Org{lab, ward} {
			got, err := tx.OrgByID(s.ctx, want.ID)
			s.ok(err)
			s.same(got, want)
		}
		_, err := tx.OrgByID(s.ctx, "org-none")
		s.fails(err, directory.ErrNoOrg)
	})
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
