package twice_test

import (
	"errors"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/store/sqlite"
	"github.com/dxauth/dxauth/internal/refserver/store/twice"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

func openStore(t *testing.T) transaction.DB {
	t.Helper()
	db, err := sqlite.OpenMemory(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return twice.Writes(db)
}

// The second run sees no change of the first, and its own changes stay.
func TestFirstRunIsRolledBack(t *testing.T) {
	db := openStore(t)
	runs := 0
	insert := func(tx transaction.Tx) error {
		runs++
		return tx.InsertUser(t.Context(), identity.User{ID: "user-alice", Created: time.UnixMilli(1)})
	}
	if err := db.Write(t.Context(), insert); err != nil {
		t.Fatal(err)
	}
	if runs != 2 {
		t.Errorf("%d runs", runs)
	}
	err := db.Read(t.Context(), func(tx transaction.Tx) error {
		_, err := tx.UserByID(t.Context(), "user-alice")
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// The result of the first run is ignored, that of the second returned.
func TestSecondRunCounts(t *testing.T) {
	db := openStore(t)
	failures := []error{errors.New("first"), errors.New("second")}
	runs := 0
	err := db.Write(t.Context(), func(transaction.Tx) error {
		runs++
		return failures[runs-1]
	})
	if runs != 2 || !errors.Is(err, failures[1]) || errors.Is(err, failures[0]) {
		t.Errorf("got %v after %d runs", err, runs)
	}
}
