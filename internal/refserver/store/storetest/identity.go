package storetest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

func testUsers(s *suite) {
	alice := identity.User{
		ID: "user-alice", Handle: "Alice", Email: "Alice@Example.org", First: "Älice", Middle: "P'leasance", Last: "Liddell",
		PasswordHash: "$argon2id$", SSO: true, Disabled: true, Superuser: true, Created: start,
	}
	anyUser := func() bool {
		var found bool
		s.read(func(tx transaction.Tx) {
			var err error
			found, err = tx.AnyUser(s.ctx)
			s.ok(err)
		})
		return found
	}
	s.same(anyUser(), false)
	s.write(func(tx transaction.Tx) { s.ok(tx.InsertUser(s.ctx, alice)) })
	s.same(anyUser(), true)

	stored := alice
	stored.Created = kept
	s.write(func(tx transaction.Tx) {
		got, err := tx.UserByID(s.ctx, "user-alice")
		s.ok(err)
		s.same(got, stored)
		s.fails(tx.InsertUser(s.ctx, identity.User{ID: "user-alice", Created: start}), identity.ErrUserExists)
		for _, id := range []string{"", "Alice", "user-Alice", "user-bob", "user-alice' --"} {
			_, err = tx.UserByID(s.ctx, id)
			s.fails(err, identity.ErrNoUser)
		}
		for _, ids := range [][]string{nil, {"user-bob"}, {"user-bob", "user-alice", "user-alice"}} {
			found, err := tx.UsersByID(s.ctx, ids)
			s.ok(err)
			want := map[string]identity.User{}
			if len(ids) > 1 {
				want["user-alice"] = stored
			}
			s.same(found, want)
		}
		s.ok(tx.SetPasswordHash(s.ctx, "user-alice", "another"))
		s.ok(tx.SetPasswordHash(s.ctx, "user-bob", "of nobody"))
		changed := stored
		changed.PasswordHash = "another"
		got, err = tx.UserByID(s.ctx, "user-alice")
		s.ok(err)
		s.same(got, changed)
	})
}

func testEmails(s *suite) {
	insert := func(id, email string) error {
		return s.db.Write(s.ctx, func(tx transaction.Tx) error {
			return tx.InsertUser(s.ctx, identity.User{ID: id, Email: email, Created: start})
		})
	}
	s.ok(insert("user-alice", "Alice@Example.org"))
	s.ok(insert("user-uma", "Ünal@Example.org"))
	s.ok(insert("user-none", ""))
	s.ok(insert("user-none2", ""))
	for _, taken := range []string{"Alice@Example.org", "alice@example.ORG"} {
		s.fails(insert("user-other", taken), identity.ErrUserExists)
	}
	s.read(func(tx transaction.Tx) {
		for email, want := range map[string]string{
			"Alice@Example.org": "user-alice",
			"aLICE@eXAMPLE.oRG": "user-alice",
			"Ünal@Example.org":  "user-uma",
		} {
			user, err := tx.UserByEmail(s.ctx, email)
			s.ok(err)
			s.same(user.ID, want)
		}
		for _, unknown := range []string{"", "alice", "alice@example.com", "%", "Alice@Example.org "} {
			_, err := tx.UserByEmail(s.ctx, unknown)
			s.fails(err, identity.ErrNoUser)
		}
	})

	change := func(id, email string) error {
		return s.db.Write(s.ctx, func(tx transaction.Tx) error { return tx.SetEmail(s.ctx, id, email) })
	}
	s.fails(change("user-uma", "ALICE@example.org"), identity.ErrUserExists)
	s.ok(change("user-alice", "ALICE@example.org"))
	s.ok(change("user-alice", "liddell@example.org"))
	s.ok(change("user-uma", "alice@example.org"))
	s.ok(change("user-none", ""))
	s.ok(change("user-nobody", "nobody@example.org"))
	s.read(func(tx transaction.Tx) {
		user, err := tx.UserByEmail(s.ctx, "alice@example.org")
		s.ok(err)
		s.same(user.ID, "user-uma")
		_, err = tx.UserByEmail(s.ctx, "nobody@example.org")
		s.fails(err, identity.ErrNoUser)
	})
}

// horizon is beyond every step of the tests.
const horizon = 1 << 41

func testSecondFactor(s *suite) {
	s.addUsers("user-alice")
	s.write(func(tx transaction.Tx) {
		_, on, err := tx.SecondFactor(s.ctx, "user-alice")
		s.ok(err)
		s.same(on, false)
		spent, err := tx.SpendStep(s.ctx, "user-alice", 10, horizon)
		s.ok(err)
		s.same(spent, false)

		sealed := identity.SecondFactor{SealedSeed: []byte{0, 0xff, '\'', 0}, LastStep: 7}
		s.ok(tx.SetSecondFactor(s.ctx, "user-alice", sealed))
		got, on, err := tx.SecondFactor(s.ctx, "user-alice")
		s.ok(err)
		have, err := tx.HaveSecondFactor(s.ctx, []string{"user-alice", "user-bob", "user-alice"})
		s.ok(err)
		s.same(have, map[string]bool{"user-alice": true})
		s.same(on, true)
		s.same(got, sealed)

		for _, c := range []struct {
			step int64
			want bool
		}{{7, false}, {6, false}, {8, true}, {8, false}, {7, false}, {1 << 40, true}} {
			spent, err := tx.SpendStep(s.ctx, "user-alice", c.step, horizon)
			s.ok(err)
			s.same(spent, c.want)
		}
		// S-21: a used step beyond the horizon does not count, and the next step
		// after it does.
		for _, c := range []struct {
			step, horizon int64
			want          bool
		}{{9, 1 << 40, false}, {9, 1<<40 - 1, true}, {9, 1<<40 - 1, false}, {9, 9, false}, {8, 8, true}} {
			spent, err := tx.SpendStep(s.ctx, "user-alice", c.step, c.horizon)
			s.ok(err)
			s.same(spent, c.want)
		}

		replaced := identity.SecondFactor{SealedSeed: []byte("another"), Since: start}
		s.ok(tx.SetSecondFactor(s.ctx, "user-alice", replaced))
		got, _, err = tx.SecondFactor(s.ctx, "user-alice")
		s.ok(err)
		replaced.Since = kept
		s.same(got, replaced)

		for _, want := range []bool{true, false} {
			removed, err := tx.ClearSecondFactor(s.ctx, "user-alice")
			s.ok(err)
			s.same(removed, want)
		}
		_, on, err = tx.SecondFactor(s.ctx, "user-alice")
		s.ok(err)
		s.same(on, false)
	})
}

// S-26: a recovery code works once, and only for its owner.
func testRecoveryCodes(s *suite) {
	s.addUsers("user-alice", "user-bob")
	s.write(func(tx transaction.Tx) {
		s.ok(tx.SetRecoveryCodes(s.ctx, "user-alice", []string{"one", "two"}))
		s.ok(tx.SetRecoveryCodes(s.ctx, "user-bob", []string{"one"}))
		for _, c := range []struct {
			user, hash string
			want       bool
		}{
			{"user-alice", "three", false},
			{"user-carol", "one", false},
			{"user-alice", "one", true},
			{"user-alice", "one", false},
			{"user-bob", "two", false},
			{"user-bob", "one", true},
			{"user-alice", "two", true},
		} {
			spent, err := tx.SpendRecoveryCode(s.ctx, c.user, c.hash, start)
			s.ok(err)
			s.same(spent, c.want)
		}
		used := []identity.RecoveryCode{{Hash: "one", Used: kept}, {Hash: "two", Used: kept}}
		s.same(recoveryCodes(s, tx, "user-alice"), used)

		// New codes are unused; other users keep theirs.
		s.ok(tx.SetRecoveryCodes(s.ctx, "user-alice", []string{"one"}))
		s.same(recoveryCodes(s, tx, "user-alice"), []identity.RecoveryCode{{Hash: "one"}})
		s.ok(tx.SetRecoveryCodes(s.ctx, "user-alice", nil))
		s.same(len(recoveryCodes(s, tx, "user-alice")), 0)
		s.same(len(recoveryCodes(s, tx, "user-bob")), 1)
	})
}

// recoveryCodes returns the codes of a user, sorted by their hashes.
func recoveryCodes(s *suite, tx transaction.Tx, userID string) []identity.RecoveryCode {
	codes, err := tx.RecoveryCodes(s.ctx, userID)
	s.ok(err)
	slices.SortFunc(codes, func(a, b identity.RecoveryCode) int { return strings.Compare(a.Hash, b.Hash) })
	return codes
}

// S-19, S-26: of many concurrent callers who spend the same code, one succeeds.
func testOneWinner(s *suite) {
	const rounds, redeemers = 3, 12
	s.addUsers("user-alice")
	s.write(func(tx transaction.Tx) {
		s.ok(tx.SetSecondFactor(s.ctx, "user-alice", identity.SecondFactor{SealedSeed: []byte("seed")}))
		var codes []string
		for round := range rounds {
			codes = append(codes, fmt.Sprint(round))
		}
		s.ok(tx.SetRecoveryCodes(s.ctx, "user-alice", codes))
	})
	for round := range rounds {
		s.same(s.Winners(redeemers, func(tx transaction.Tx) (bool, error) {
			return tx.SpendStep(s.ctx, "user-alice", int64(round)+1, horizon)
		}), int64(1))
		s.same(s.Winners(redeemers, func(tx transaction.Tx) (bool, error) {
			return tx.SpendRecoveryCode(s.ctx, "user-alice", fmt.Sprint(round), start)
		}), int64(1))
	}
}

func testKnownSources(s *suite) {
	s.addUsers("user-alice", "user-bob")
	known := func(tx transaction.Tx, user, source string) bool {
		_, found, err := tx.KnownSource(s.ctx, user, source)
		s.ok(err)
		return found
	}
	s.write(func(tx transaction.Tx) {
		s.same(known(tx, "user-alice", "192.0.2.1"), false)
		s.same(known(tx, "user-nobody", "192.0.2.1"), false)
		s.ok(tx.RememberSource(s.ctx, "user-alice", "192.0.2.1", start))
		s.same(known(tx, "user-alice", "192.0.2.1"), true)
		s.same(known(tx, "user-bob", "192.0.2.1"), false)
		seen, _, err := tx.KnownSource(s.ctx, "user-alice", "192.0.2.1")
		s.ok(err)
		s.same(seen, kept)
	})
	// The last twenty networks are kept.
	s.write(func(tx transaction.Tx) {
		s.ok(tx.RememberSource(s.ctx, "user-bob", "192.0.2.1", start))
		for i := range 20 {
			s.ok(tx.RememberSource(s.ctx, "user-alice", fmt.Sprint("new ", i), start.Add(time.Duration(i+1)*time.Second)))
		}
		s.same(known(tx, "user-alice", "192.0.2.1"), false)
		s.same(known(tx, "user-alice", "new 0"), true)
		s.ok(tx.RememberSource(s.ctx, "user-alice", "new 0", start.Add(time.Hour)))
		s.ok(tx.RememberSource(s.ctx, "user-alice", "newest", start.Add(time.Hour)))
		s.same(known(tx, "user-alice", "new 0"), true)
		s.same(known(tx, "user-alice", "new 1"), false)
		s.same(known(tx, "user-bob", "192.0.2.1"), true)
	})
}
