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
