// Package suite has what the tests of all stores share, for the packages beside it that
// test the tables of one subject.
//
// It promises that a failed transaction of a test fails the test, and that a value which
// came back changed is shown beside the one that was stored.
//
// It knows a store only as transaction.DB. Each store gets its tests from package
// storetest, which knows the packages of all subjects.
package suite

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// Suite is a test with its store.
type Suite struct {
	*testing.T
	DB  transaction.DB
	Ctx context.Context
}

// Write runs f in a transaction that is committed.
func (s *Suite) Write(f func(transaction.Tx)) {
	s.Helper()
	s.OK(s.DB.Write(s.Ctx, func(tx transaction.Tx) error { f(tx); return nil }))
}

// Read runs f in a read-only transaction.
func (s *Suite) Read(f func(transaction.Tx)) {
	s.Helper()
	s.OK(s.DB.Read(s.Ctx, func(tx transaction.Tx) error { f(tx); return nil }))
}

// OK checks that there is no error.
func (s *Suite) OK(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// Fails checks that err is want.
func (s *Suite) Fails(err, want error) {
	s.Helper()
	if !errors.Is(err, want) {
		s.Fatalf("got %v, want %v", err, want)
	}
}

// Same checks that a value came back unchanged.
func (s *Suite) Same(got, want any) {
	s.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		s.Fatalf("(-want +got):\n%s", diff)
	}
}

// Start returns a time that has a zone and more digits than a store keeps.
func Start() time.Time {
	return time.Date(2026, 11, 21, 10, 0, 0, 123_456_789, time.FixedZone("CET", 3600))
}

// Kept returns what comes back for Start.
func Kept() time.Time { return time.Date(2026, 11, 21, 9, 0, 0, 123_000_000, time.UTC) }

// AddUsers adds users with an ID and defaults.
func (s *Suite) AddUsers(ids ...string) {
	s.Helper()
	s.Write(func(tx transaction.Tx) {
		for _, id := range ids {
			s.OK(tx.InsertUser(s.Ctx, identity.User{ID: id, Handle: id, Created: Start()}))
		}
	})
}

// Winners returns how many of several that spend something at once succeed.
func (s *Suite) Winners(spenders int, spend func(transaction.Tx) (bool, error)) int64 {
	var won atomic.Int64
	var all sync.WaitGroup
	for range spenders {
		all.Go(func() {
			var spent bool
			err := s.DB.Write(s.Ctx, func(tx transaction.Tx) (err error) {
				spent, err = spend(tx)
				return err
			})
			if err != nil {
				s.Error(err)
			}
			if spent {
				won.Add(1)
			}
		})
	}
	all.Wait()
	return won.Load()
}
