package mails

import (
	"time"

	"github.com/dxauth/dxauth/internal/refserver/clock"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/store/storetest/suite"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// A sign-up is found by user and by code until it is dropped.
func testSignUps(s *suite.Suite) {
	s.AddUsers("user-alice", "user-bob")
	alice := identity.SignUp{UserID: "user-alice", CodeHash: "hash of alice", SealedCode: []byte{0, 1, 255}}
	bob := identity.SignUp{UserID: "user-bob", CodeHash: "hash of bob", SealedCode: []byte("b")}
	s.Write(func(tx transaction.Tx) {
		s.OK(tx.SetSignUp(s.Ctx, alice))
		s.OK(tx.SetSignUp(s.Ctx, bob))
	})
	waiting := func(tx transaction.Tx) int {
		count, err := tx.CountSignUps(s.Ctx)
		s.OK(err)
		return count
	}
	s.Read(func(tx transaction.Tx) {
		for _, want := range []identity.SignUp{alice, bob} {
			byUser, waits, err := tx.SignUp(s.Ctx, want.UserID)
			s.OK(err)
			s.Same(waits, true)
			s.Same(byUser, want)
			byCode, waits, err := tx.SignUpByCode(s.Ctx, want.CodeHash)
			s.OK(err)
			s.Same(waits, true)
			s.Same(byCode, want)
		}
		s.Same(waiting(tx), 2)
	})
	s.Write(func(tx transaction.Tx) {
		for _, want := range []bool{true, false} {
			dropped, err := tx.DropSignUp(s.Ctx, alice.UserID)
			s.OK(err)
			s.Same(dropped, want)
		}
		_, waits, err := tx.SignUp(s.Ctx, alice.UserID)
		s.OK(err)
		s.Same(waits, false)
		_, waits, err = tx.SignUpByCode(s.Ctx, alice.CodeHash)
		s.OK(err)
		s.Same(waits, false)
		s.Same(waiting(tx), 1)
	})
}

// A sign-up that has ended is swept, with its account unless that has something. One without
// an end stays.
func testSignUpsEnd(s *suite.Suite) {
	ids := []string{"user-member", "user-grantee", "user-payer", "user-linked", "user-late", "user-early", "user-moderated", "user-bob"}
	s.AddUsers(append(ids, "user-none")...)
	s.Write(func(tx transaction.Tx) {
		for _, id := range append(ids, "user-none") {
			valid := clock.Span{Made: start, Ends: start.Add(time.Hour)}
			switch id {
			case "user-late":
				valid.Ends = start.Add(2 * time.Hour)
			case "user-early":
				valid.Ends = start.Add(-time.Hour)
			case "user-moderated":
				valid = clock.Span{}
			}
			s.OK(tx.SetSignUp(s.Ctx, identity.SignUp{UserID: id, CodeHash: "hash of " + id, SealedCode: []byte{1}, Valid: valid}))
		}
		s.OK(tx.RenewSignUp(s.Ctx, "user-late", "another"))
		late, waits, err := tx.SignUpByCode(s.Ctx, "another")
		s.OK(err)
		s.Same(waits, true)
		s.Same(late.Valid.Ends.UnixMilli(), start.Add(2*time.Hour).UnixMilli())
		_, err = tx.DropSignUp(s.Ctx, "user-bob")
		s.OK(err)
		s.OK(tx.InsertOrg(s.Ctx, directory.Org{ID: "org-lab", Handle: "lab", Name: "Lab", Created: start}))
		s.OK(tx.SetMember(s.Ctx, "org-lab", directory.NewMembership("org-lab", "user-member", directory.Member)))
		added, err := tx.InsertLinkedIdentity(s.Ctx, identity.LinkedIdentity{Issuer: "https://id.example.org", Subject: "1", UserID: "user-linked"})
		s.OK(err)
		s.Same(added, true)
		s.OK(tx.InsertProject(s.Ctx, directory.Project{ID: "project-1", Name: "x", CreatedBy: "user-bob", BillTo: "user-payer", Created: start, Modified: start}))
		s.OK(tx.SetPermission(s.Ctx, "project-1", "user-grantee", directory.View))
	})
	s.Write(func(tx transaction.Tx) {
		s.OK(tx.SweepSignUps(s.Ctx, start, start.Add(time.Hour), 100))
		waiting, err := tx.CountSignUps(s.Ctx)
		s.OK(err)
		s.Same(waiting, 3) // the late one, the one that ended too early, and the moderated one
		for _, id := range ids {
			_, err := tx.UserByID(s.Ctx, id)
			s.OK(err)
		}
		_, err = tx.UserByID(s.Ctx, "user-none")
		s.Fails(err, identity.ErrNoUser)
		s.OK(tx.SweepSignUps(s.Ctx, time.Time{}, start.Add(3*time.Hour), 1))
		s.OK(tx.SweepSignUps(s.Ctx, time.Time{}, start.Add(3*time.Hour), 1))
		waiting, err = tx.CountSignUps(s.Ctx)
		s.OK(err)
		s.Same(waiting, 1)
	})
}
