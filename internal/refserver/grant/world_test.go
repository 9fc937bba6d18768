package grant_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/grant"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/store/twice"
	"github.com/dxauth/dxauth/internal/refserver/teststore"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

var start = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

// world is a store with the user alice.
type world struct {
	*testing.T
	db  transaction.DB
	ctx context.Context
}

func newWorld(t *testing.T) *world {
	t.Helper()
	t.Parallel()
	w := &world{T: t, db: twice.Writes(teststore.Open(t)), ctx: t.Context()}
	w.write(func(tx transaction.Tx) error {
		return tx.InsertUser(w.ctx, identity.User{ID: "user-alice", Handle: "alice", Created: start})
	})
	return w
}

// write runs a transaction that has to succeed.
func (w *world) write(f func(transaction.Tx) error) {
	w.Helper()
	if err := w.db.Write(w.ctx, f); err != nil {
		w.Fatal(err)
	}
}

// try runs a transaction that is committed, and returns the refusal of f.
func (w *world) try(f func(transaction.Tx) error) (refused error) {
	w.Helper()
	w.write(func(tx transaction.Tx) error {
		refused = f(tx)
		return nil
	})
	return refused
}

func (w *world) same(got, want error) {
	w.Helper()
	if !errors.Is(got, want) {
		w.Errorf("got %v, want %v", got, want)
	}
}

func challengeOf(verifier string) grant.Challenge {
	hash := sha256.Sum256([]byte(verifier))
	return grant.Challenge(base64.RawURLEncoding.EncodeToString(hash[:]))
}
