package users

import (
	"time"

	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/store/storetest/suite"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// An identity belongs to one user, by issuer and subject.
func testLinkedIdentities(s *suite.Suite) {
	s.AddUsers("user-alice", "user-bob")
	first := identity.LinkedIdentity{Issuer: "https://a.example", Subject: "1", UserID: "user-alice", Email: "alice@example.org", Linked: start}
	others := []identity.LinkedIdentity{
		{Issuer: "https://a.example", Subject: "01", UserID: "user-alice", Linked: start},
		{Issuer: "https://b.example", Subject: "1", UserID: "user-alice", Linked: start},
		{Issuer: "https://A.example", Subject: "1", UserID: "user-bob", Linked: start},
	}
	s.Write(func(tx transaction.Tx) {
		for _, linked := range append(others, first) {
			added, err := tx.InsertLinkedIdentity(s.Ctx, linked)
			s.OK(err)
			s.Same(added, true)
		}
	})
	s.Write(func(tx transaction.Tx) {
		again := first
		again.UserID = "user-bob"
		added, err := tx.InsertLinkedIdentity(s.Ctx, again)
		s.OK(err)
		s.Same(added, false)
	})
	s.Write(func(tx transaction.Tx) {
		s.OK(tx.UseLinkedIdentity(s.Ctx, "https://a.example", "1", start.Add(time.Hour)))
	})
	first.Linked, first.Used = kept, kept.Add(time.Hour)
	s.Read(func(tx transaction.Tx) {
		found, known, err := tx.LinkedIdentity(s.Ctx, "https://a.example", "1")
		s.OK(err)
		s.Same(known, true)
		s.Same(found, first)
		_, known, err = tx.LinkedIdentity(s.Ctx, "https://a.example", "2")
		s.OK(err)
		s.Same(known, false)
		list, err := tx.LinkedIdentities(s.Ctx, "user-alice")
		s.OK(err)
		s.Same(len(list), 3)
		s.Same(list[0].Subject+list[1].Subject+list[2].Issuer, "011https://b.example")
	})
	s.Write(func(tx transaction.Tx) {
		for _, want := range []bool{true, false} {
			dropped, err := tx.DropLinkedIdentity(s.Ctx, "https://a.example", "1")
			s.OK(err)
			s.Same(dropped, want)
		}
	})
}

// A sign-in at a provider is stored once and spent once, and a spent one stays until it
// expires.
func testProviderSignIns(s *suite.Suite) {
	stored := identity.ProviderSignIn{
		Hash: "hash", Provider: "lab", Made: start, Expires: start.Add(time.Minute),
		User: identity.ProviderUser{Issuer: "https://a.example", Subject: "1", Email: "alice@example.org", EmailVerified: true, First: "Алиса"},
	}
	insert := func(tx transaction.Tx, want bool) {
		added, err := tx.InsertProviderSignIn(s.Ctx, stored)
		s.OK(err)
		s.Same(added, want)
	}
	s.Write(func(tx transaction.Tx) { insert(tx, true) })
	s.Write(func(tx transaction.Tx) { insert(tx, false) })
	s.Read(func(tx transaction.Tx) {
		found, known, err := tx.ProviderSignIn(s.Ctx, "hash")
		s.OK(err)
		s.Same(known, true)
		want := stored
		want.Made, want.Expires = kept, kept.Add(time.Minute)
		s.Same(found, want)
	})
	s.Write(func(tx transaction.Tx) {
		for _, want := range []bool{true, false} {
			spent, err := tx.SpendProviderSignIn(s.Ctx, "hash")
			s.OK(err)
			s.Same(spent, want)
		}
	})
	s.Write(func(tx transaction.Tx) {
		_, known, err := tx.ProviderSignIn(s.Ctx, "hash")
		s.OK(err)
		s.Same(known, false)
		insert(tx, false)
		s.OK(tx.SweepProviderSignIns(s.Ctx, start.Add(time.Minute-time.Millisecond), 10))
		insert(tx, false)
		s.OK(tx.SweepProviderSignIns(s.Ctx, start.Add(time.Minute), 10))
		insert(tx, true)
	})
}
