// Package users tests the tables of package identity in every store: users, what they sign in
// with, and the attempts that are counted.
//
// It promises to call each method of identity.Tx with existing, missing and conflicting rows,
// to check that of many callers who spend the same thing at once one succeeds, and that
// values come back unchanged, times to the millisecond.
//
// It knows a store only as transaction.DB.
package users

import (
	"time"

	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/store/storetest/suite"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// Tests returns the tests by name.
func Tests() map[string]func(*suite.Suite) {
	return map[string]func(*suite.Suite){
		"users":              testUsers,
		"addresses":          testEmails,
		"verified addresses": testVerifiedEmail,
		"fields":             testUserFields,
		"pages":              testUsersInPages,
		"access codes":       testAccessCodes,
		"unread codes":       testUnreadCodes,
		"end of codes":       testDropCodes,
		"second factor":      testSecondFactor,
		"recovery codes":     testRecoveryCodes,
		"one winner":         testOneWinner,
		"enrollments":        testEnrollments,
		"tickets":            testTickets,
		"sweep":              testSweepOfEnrollments,
		"identities":         testLinkedIdentities,
		"sign-ins elsewhere": testProviderSignIns,
		"known sources":      testKnownSources,
		"sources ahead":      testSourcesAhead,
		"attempts":           testAttempts,
		"keys of attempts":   testKeysAreSeparate,
		"parallel attempts":  testParallelAttempts,
		"sweep of attempts":  testSweep,
	}
}

// start has a zone and more digits than a store keeps; kept is the value that comes back.
var start, kept = suite.Start(), suite.Kept()

const day = 24 * time.Hour

func testUsers(s *suite.Suite) {
	alice := identity.User{
		ID: "user-alice", Handle: "Alice", Email: "Alice@Example.org", First: "Älice", Middle: "P'leasance", Last: "Liddell",
		PasswordHash: "$argon2id$", SSO: true, Disabled: true, Superuser: true, Created: start,
	}
	anyUser := func() bool {
		var found bool
		s.Read(func(tx transaction.Tx) {
			var err error
			found, err = tx.AnyUser(s.Ctx)
			s.OK(err)
		})
		return found
	}
	s.Same(anyUser(), false)
	s.Write(func(tx transaction.Tx) { s.OK(tx.InsertUser(s.Ctx, alice)) })
	s.Same(anyUser(), true)

	stored := alice
	stored.Created = kept
	s.Write(func(tx transaction.Tx) {
		got, err := tx.UserByID(s.Ctx, "user-alice")
		s.OK(err)
		s.Same(got, stored)
		s.Fails(tx.InsertUser(s.Ctx, identity.User{ID: "user-alice", Created: start}), identity.ErrUserExists)
		for _, id := range []string{"", "Alice", "user-Alice", "user-bob", "user-alice' --"} {
			_, err = tx.UserByID(s.Ctx, id)
			s.Fails(err, identity.ErrNoUser)
		}
		for _, ids := range [][]string{nil, {"user-bob"}, {"user-bob", "user-alice", "user-alice"}} {
			found, err := tx.UsersByID(s.Ctx, ids)
			s.OK(err)
			want := map[string]identity.User{}
			if len(ids) > 1 {
				want["user-alice"] = stored
			}
			s.Same(found, want)
		}
		s.OK(tx.SetPasswordHash(s.Ctx, "user-alice", "another"))
		s.OK(tx.SetPasswordHash(s.Ctx, "user-bob", "of nobody"))
		changed := stored
		changed.PasswordHash = "another"
		got, err = tx.UserByID(s.Ctx, "user-alice")
		s.OK(err)
		s.Same(got, changed)
	})
}

func testEmails(s *suite.Suite) {
	insert := func(id, email string) error {
		return s.DB.Write(s.Ctx, func(tx transaction.Tx) error {
			return tx.InsertUser(s.Ctx, identity.User{ID: id, Email: email, Created: start})
		})
	}
	s.OK(insert("user-alice", "Alice@Example.org"))
	s.OK(insert("user-uma", "Ünal@Example.org"))
	s.OK(insert("user-none", ""))
	s.OK(insert("user-none2", ""))
	for _, taken := range []string{"Alice@Example.org", "alice@example.ORG"} {
		s.Fails(insert("user-other", taken), identity.ErrUserExists)
	}
	s.Read(func(tx transaction.Tx) {
		for email, want := range map[string]string{
			"Alice@Example.org": "user-alice",
			"aLICE@eXAMPLE.oRG": "user-alice",
			"Ünal@Example.org":  "user-uma",
		} {
			user, err := tx.UserByEmail(s.Ctx, email)
			s.OK(err)
			s.Same(user.ID, want)
		}
		for _, unknown := range []string{"", "alice", "alice@example.com", "%", "Alice@Example.org "} {
			_, err := tx.UserByEmail(s.Ctx, unknown)
			s.Fails(err, identity.ErrNoUser)
		}
	})

	change := func(id, email string) error {
		return s.DB.Write(s.Ctx, func(tx transaction.Tx) error { return tx.SetEmail(s.Ctx, id, email) })
	}
	s.Fails(change("user-uma", "ALICE@example.org"), identity.ErrUserExists)
	s.OK(change("user-alice", "ALICE@example.org"))
	s.OK(change("user-alice", "liddell@example.org"))
	s.OK(change("user-uma", "alice@example.org"))
	s.OK(change("user-none", ""))
	s.OK(change("user-nobody", "nobody@example.org"))
	s.Read(func(tx transaction.Tx) {
		user, err := tx.UserByEmail(s.Ctx, "alice@example.org")
		s.OK(err)
		s.Same(user.ID, "user-uma")
		_, err = tx.UserByEmail(s.Ctx, "nobody@example.org")
		s.Fails(err, identity.ErrNoUser)
	})
}

func testUserFields(s *suite.Suite) {
	alice := identity.User{
		ID: "user-alice", Handle: "Alice", Email: "a@example.org", First: "A", Middle: "B", Last: "C", PasswordHash: "hash",
		Locked: true, BillTo: "org-lab", SSHPublicKey: "ssh-rsa '", ProvisioningOrg: "org-lab", Created: start,
	}
	s.Write(func(tx transaction.Tx) {
		s.OK(tx.InsertUser(s.Ctx, alice))
		alice.Created = kept
		got, err := tx.UserByID(s.Ctx, "user-alice")
		s.OK(err)
		s.Same(got, alice)

		alice.First, alice.Middle, alice.Last, alice.BillTo, alice.SSHPublicKey = "1", "2", "3", "4", "5"
		alice.ProvisioningOrg, alice.Disabled, alice.Locked = "6", true, false
		changed := alice
		changed.PasswordHash, changed.Email, changed.Superuser = "not", "by", true // not changed by UpdateUser
		s.OK(tx.UpdateUser(s.Ctx, changed))
		got, err = tx.UserByID(s.Ctx, "user-alice")
		s.OK(err)
		s.Same(got, alice)
		s.OK(tx.UpdateUser(s.Ctx, identity.User{ID: "user-none"}))
	})
}

func testUsersInPages(s *suite.Suite) {
	s.AddUsers("user-b", "user-a", "user-c")
	ids := func(after string, count, skip int) []string {
		list := []string{}
		s.Read(func(tx transaction.Tx) {
			users, err := tx.Users(s.Ctx, identity.UserQuery{After: after, Limit: count, Skip: skip})
			s.OK(err)
			for _, user := range users {
				list = append(list, user.ID)
			}
			total, err := tx.CountUsers(s.Ctx)
			s.OK(err)
			s.Same(total, 3)
		})
		return list
	}
	s.Same(ids("", 2, 0), []string{"user-a", "user-b"})
	s.Same(ids("user-b", 2, 0), []string{"user-c"})
	s.Same(ids("user-c", 2, 0), []string{})
	s.Same(ids("", 2, 1), []string{"user-b", "user-c"})
	s.Same(ids("user-a", 2, 1), []string{"user-c"})
	s.Same(ids("", 2, 3), []string{})
}

// Only the present address of a user is verified, and another one is not.
func testVerifiedEmail(s *suite.Suite) {
	s.AddUsers("user-alice", "user-bob")
	s.Write(func(tx transaction.Tx) {
		s.OK(tx.SetEmail(s.Ctx, "user-alice", "alice@example.org"))
		for address, want := range map[string]bool{"old@example.org": false, "Alice@example.org": false, "": false} {
			verified, err := tx.VerifyEmail(s.Ctx, "user-alice", address)
			s.OK(err)
			s.Same(verified, want)
		}
		verified, err := tx.VerifyEmail(s.Ctx, "user-bob", "") // who has none
		s.OK(err)
		s.Same(verified, false)
		verified, err = tx.VerifyEmail(s.Ctx, "user-alice", "alice@example.org")
		s.OK(err)
		s.Same(verified, true)
	})
	after := func(address string, want bool) {
		s.Write(func(tx transaction.Tx) { s.OK(tx.SetEmail(s.Ctx, "user-alice", address)) })
		s.Read(func(tx transaction.Tx) {
			user, err := tx.UserByID(s.Ctx, "user-alice")
			s.OK(err)
			s.Same(user.EmailVerified, want)
		})
	}
	after("alice@example.org", true)
	after("eve@example.org", false)
	after("alice@example.org", false)
	s.Write(func(tx transaction.Tx) { s.OK(tx.SetSSO(s.Ctx, "user-alice", true)) })
	s.Read(func(tx transaction.Tx) {
		user, err := tx.UserByID(s.Ctx, "user-alice")
		s.OK(err)
		s.Same(user.SSO, true)
	})
}
