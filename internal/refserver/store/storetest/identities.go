package storetest

import (
	"time"

	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// An identity belongs to one user, by issuer and subject.
func testLinkedIdentities(s *suite) {
	s.addUsers("user-alice", "user-bob")
	first := identity.LinkedIdentity{Issuer: "https://a.example", Subject: "1", UserID: "user-alice", Email: "alice@example.org", Linked: start}
	others := []identity.LinkedIdentity{
		{Issuer: "https://a.example", Subject: "01", UserID: "user-alice", Linked: start},
		{Issuer: "https://b.example", Subject: "1", UserID: "user-alice", Linked: start},
		{Issuer: "https://A.example", Subject: "1", UserID: "user-bob", Linked: start},
	}
	s.write(func(tx transaction.Tx) {
		for _, linked := range append(others, first) {
			added, err := tx.InsertLinkedIdentity(s.ctx, linked)
			s.ok(err)
			s.same(added, true)
		}
	})
	s.write(func(tx transaction.Tx) {
		again := first
		again.UserID = "user-bob"
		added, err := tx.InsertLinkedIdentity(s.ctx, again)
		s.ok(err)
		s.same(added, false)
	})
	s.write(func(tx transaction.Tx) {
		s.ok(tx.UseLinkedIdentity(s.ctx, "https://a.example", "1", start.Add(time.Hour)))
	})
	first.Linked, first.Used = kept, kept.Add(time.Hour)
	s.read(func(tx transaction.Tx) {
		found, known, err := tx.LinkedIdentity(s.ctx, "https://a.example", "1")
		s.ok(err)
		s.same(known, true)
		s.same(found, first)
		_, known, err = tx.LinkedIdentity(s.ctx, "https://a.example", "2")
		s.ok(err)
		s.same(known, false)
		list, err := tx.LinkedIdentities(s.ctx, "user-alice")
		s.ok(err)
		s.same(len(list), 3)
		s.same(list[0].Subject+list[1].Subject+list[2].Issuer, "011https://b.example")
	})
	s.write(func(tx transaction.Tx) {
		for _, want := range []bool{true, false} {
			dropped, err := tx.DropLinkedIdentity(s.ctx, "https://a.example", "1")
			s.ok(err)
			s.same(dropped, want)
		}
	})
}

// A sign-in at a provider is stored once and spent once, and a spent one stays until it
// expires.
func testProviderSignIns(s *suite) {
	stored := identity.ProviderSignIn{
		Hash: "hash", Provider: "lab", Made: start, Expires: start.Add(time.Minute),
		User: identity.ProviderUser{Issuer: "https://a.example", Subject: "1", Email: "alice@example.org", EmailVerified: true, First: "Алиса"},
	}
	insert := func(tx transaction.Tx, want bool) {
		added, err := tx.InsertProviderSignIn(s.ctx, stored)
		s.ok(err)
		s.same(added, want)
	}
	s.write(func(tx transaction.Tx) { insert(tx, true) })
	s.write(func(tx transaction.Tx) { insert(tx, false) })
	s.read(func(tx transaction.Tx) {
		found, known, err := tx.ProviderSignIn(s.ctx, "hash")
		s.ok(err)
		s.same(known, true)
		want := stored
		want.Made, want.Expires = kept, kept.Add(time.Minute)
		s.same(found, want)
	})
	s.write(func(tx transaction.Tx) {
		for _, want := range []bool{true, false} {
			spent, err := tx.SpendProviderSignIn(s.ctx, "hash")
			s.ok(err)
			s.same(spent, want)
		}
	})
	s.write(func(tx transaction.Tx) {
		_, known, err := tx.ProviderSignIn(s.ctx, "hash")
		s.ok(err)
		s.same(known, false)
		insert(tx, false)
		s.ok(tx.SweepProviderSignIns(s.ctx, start.Add(time.Minute-time.Millisecond), 10))
		insert(tx, false)
		s.ok(tx.SweepProviderSignIns(s.ctx, start.Add(time.Minute), 10))
		insert(tx, true)
	})
}

// Only the present address of a user is verified, and another one is not.
func testVerifiedEmail(s *suite) {
	s.addUsers("user-alice", "user-bob")
	s.write(func(tx transaction.Tx) {
		s.ok(tx.SetEmail(s.ctx, "user-alice", "alice@example.org"))
		for address, want := range map[string]bool{"old@example.org": false, "Alice@example.org": false, "": false} {
			verified, err := tx.VerifyEmail(s.ctx, "user-alice", address)
			s.ok(err)
			s.same(verified, want)
		}
		verified, err := tx.VerifyEmail(s.ctx, "user-bob", "") // who has none
		s.ok(err)
		s.same(verified, false)
		verified, err = tx.VerifyEmail(s.ctx, "user-alice", "alice@example.org")
		s.ok(err)
		s.same(verified, true)
	})
	after := func(address string, want bool) {
		s.write(func(tx transaction.Tx) { s.ok(tx.SetEmail(s.ctx, "user-alice", address)) })
		s.read(func(tx transaction.Tx) {
			user, err := tx.UserByID(s.ctx, "user-alice")
			s.ok(err)
			s.same(user.EmailVerified, want)
		})
	}
	after("alice@example.org", true)
	after("eve@example.org", false)
	after("alice@example.org", false)
	s.write(func(tx transaction.Tx) { s.ok(tx.SetSSO(s.ctx, "user-alice", true)) })
	s.read(func(tx transaction.Tx) {
		user, err := tx.UserByID(s.ctx, "user-alice")
		s.ok(err)
		s.same(user.SSO, true)
	})
}
