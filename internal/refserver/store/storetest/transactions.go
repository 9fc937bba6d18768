package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/throttle"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// addSomethingEverywhere changes most tables.
func (s *suite) addSomethingEverywhere(tx transaction.Tx) {
	s.ok(tx.InsertUser(s.ctx, identity.User{ID: "user-x", Handle: "x", Created: start}))
	s.ok(tx.InsertToken(s.ctx, access.Token{Signature: "x", UserID: "user-x", Created: start, Expires: start, LastUsed: start}))
	s.ok(tx.InsertOrg(s.ctx, directory.Org{ID: "org-x", Created: start}))
	s.ok(tx.InsertProject(s.ctx, directory.Project{ID: "project-x", Created: start, Modified: start}))
	s.ok(tx.SetPermission(s.ctx, "project-x", "user-x", directory.View))
	s.ok(tx.InsertRoot(s.ctx, "project-x"))
	s.ok(tx.SetAttempts(s.ctx, "x", throttle.Attempts{Failures: 1, LastFailure: start, NotBefore: start}))
}

// nothingAnywhere checks that addSomethingEverywhere left no row.
func (s *suite) nothingAnywhere() {
	s.Helper()
	s.write(func(tx transaction.Tx) {
		any, err := tx.AnyUser(s.ctx)
		s.ok(err)
		s.same(any, false)
		_, err = tx.TokenBySignature(s.ctx, "x")
		s.fails(err, access.ErrUnknownToken)
		_, err = tx.OrgByID(s.ctx, "org-x")
		s.fails(err, directory.ErrNoOrg)
		_, err = tx.ProjectByID(s.ctx, "project-x")
		s.fails(err, directory.ErrNoProject)
		attempts, err := tx.Attempts(s.ctx, "x")
		s.ok(err)
		s.same(len(attempts), 0)
	})
}

func testRollback(s *suite) {
	failed := errors.New("halfway")
	err := s.db.Write(s.ctx, func(tx transaction.Tx) error {
		s.addSomethingEverywhere(tx)
		return failed
	})
	s.fails(err, failed)
	s.nothingAnywhere()
}

func testPanic(s *suite) {
	func() {
		defer func() { s.same(recover(), "halfway") }()
		_ = s.db.Write(s.ctx, func(tx transaction.Tx) error {
			s.addSomethingEverywhere(tx)
			panic("halfway")
		})
	}()
	s.nothingAnywhere()
}

// A conflict does not end a transaction: it continues, and its earlier and later
// changes count.
func testContinueAfterConflict(s *suite) {
	s.addUsers("user-alice", "user-bob")
	s.addProjects("project-a")
	token := access.Token{Signature: "a", Kind: access.Session, UserID: "user-alice", Created: start, Expires: start, LastUsed: start}
	s.write(func(tx transaction.Tx) {
		s.ok(tx.InsertOrg(s.ctx, directory.Org{ID: "org-a", Created: start}))
		s.ok(tx.InsertRoot(s.ctx, "project-a"))
		s.ok(tx.InsertToken(s.ctx, token))
		s.fails(tx.InsertToken(s.ctx, token), access.ErrValueTaken)
		s.fails(tx.InsertUser(s.ctx, identity.User{ID: "user-alice", Created: start}), identity.ErrUserExists)
		s.ok(tx.SetEmail(s.ctx, "user-alice", "Alice@example.org"))
		s.ok(tx.SetEmail(s.ctx, "user-alice", "alice@example.org"))
		s.fails(tx.SetEmail(s.ctx, "user-bob", "alice@Example.org"), identity.ErrUserExists)
		s.fails(tx.InsertUser(s.ctx, identity.User{ID: "user-carol", Email: "ALICE@example.org", Created: start}), identity.ErrUserExists)
		s.fails(tx.InsertOrg(s.ctx, directory.Org{ID: "org-a", Created: start}), directory.ErrOrgExists)
		s.fails(tx.InsertProject(s.ctx, directory.Project{ID: "project-a", Created: start, Modified: start}), directory.ErrIDTaken)
		s.fails(tx.InsertRoot(s.ctx, "project-a"), directory.ErrFolderThere)
		_, err := tx.InsertFolders(s.ctx, "project-a", "/after")
		s.ok(err)
	})
	s.read(func(tx transaction.Tx) {
		exists, err := tx.FolderExists(s.ctx, "project-a", "/after")
		s.ok(err)
		s.same(exists, true)
		_, err = tx.OrgByID(s.ctx, "org-a")
		s.ok(err)
		bob, err := tx.UserByID(s.ctx, "user-bob")
		s.ok(err)
		s.same(bob.Email, "")
	})
}

// What a writer has read has not changed when it writes.
func testWritersNeverInterleave(s *suite) {
	const writers, rounds = 8, 5
	s.addUsers("user-alice")
	s.write(func(tx transaction.Tx) {
		s.ok(tx.SetSecondFactor(s.ctx, "user-alice", identity.SecondFactor{SealedSeed: []byte("seed")}))
	})
	increment := func(tx transaction.Tx) error {
		factor, _, err := tx.SecondFactor(s.ctx, "user-alice")
		if err != nil {
			return err
		}
		factor.LastStep++
		return tx.SetSecondFactor(s.ctx, "user-alice", factor)
	}
	var all sync.WaitGroup
	for range writers {
		all.Go(func() {
			for range rounds {
				if err := s.db.Write(s.ctx, increment); err != nil {
					s.Error(err)
				}
			}
		})
	}
	all.Wait()
	s.read(func(tx transaction.Tx) {
		factor, _, err := tx.SecondFactor(s.ctx, "user-alice")
		s.ok(err)
		s.same(factor.LastStep, int64(writers*rounds))
	})
}

// A caller who gives up at any moment changes all or nothing, and affects no
// other caller.
func testCallersGiveUp(s *suite) {
	const callers = 60
	s.addUsers("user-alice")
	over, cancel := context.WithCancel(s.ctx)
	cancel()
	s.fails(s.db.Write(over, func(transaction.Tx) error { return nil }), context.Canceled)
	s.fails(s.db.Read(over, func(transaction.Tx) error { return nil }), context.Canceled)

	done := make([]bool, callers)
	var all sync.WaitGroup
	for i := range callers {
		all.Go(func() {
			brief, cancel := context.WithTimeout(s.ctx, time.Duration(i)*200*time.Microsecond)
			defer cancel()
			done[i] = s.db.Write(brief, func(tx transaction.Tx) error { return addPair(brief, tx, i) }) == nil
		})
	}
	all.Wait()
	s.read(func(tx transaction.Tx) {
		_, err := tx.UserByID(s.ctx, "user-alice")
		s.ok(err)
		for i := range callers {
			s.same(s.countPair(tx, i), map[bool]int{true: 2, false: 0}[done[i]])
		}
	})
}

func addPair(ctx context.Context, tx transaction.Tx, i int) error {
	for _, side := range []string{"left", "right"} {
		user := identity.User{ID: fmt.Sprintf("user-%s%d", side, i), Created: start}
		if err := tx.InsertUser(ctx, user); err != nil {
			return err
		}
	}
	return nil
}

func (s *suite) countPair(tx transaction.Tx, i int) (count int) {
	for _, side := range []string{"left", "right"} {
		exists, err := tx.EntityExists(s.ctx, fmt.Sprintf("user-%s%d", side, i))
		s.ok(err)
		if exists {
			count++
		}
	}
	return count
}
