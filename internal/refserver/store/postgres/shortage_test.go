//go:build unix

package postgres_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/store/postgres"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/internal/testpostgres"
)

// While a serializable transaction of any database goes on, PostgreSQL remembers all later
// ones of all databases. Where it has no room left, it refuses transactions that have
// nothing to do with any other, again and again. No write may fail for that. There is
// one writer, so each refusal is of this kind.
func TestALongTransactionElsewhere(t *testing.T) {
	const writes = 300
	for name, setting := range map[string]string{
		"transactions are summarized": "max_pred_locks_per_transaction = 1000",
		"no memory for their locks":   "max_pred_locks_per_transaction = 10",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := testpostgres.Start(t, "max_connections = 12", "max_worker_processes = 1", "autovacuum = off", setting)
			url := server.NewDatabase(t)
			if err := postgres.Migrate(t.Context(), addressOf(t, url)); err != nil {
				t.Fatal(err)
			}
			s, err := postgres.Open(t.Context(), postgres.Config{Address: addressOf(t, url), Connections: 2})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			at := time.UnixMilli(1_700_000_000_000)
			addUsers(t, s, 1, at)
			beginForLong(t, server.NewDatabase(t))

			runs := 0
			for n := range writes {
				err := s.Write(t.Context(), func(tx transaction.Tx) error {
					runs++
					return signInLike(t, tx, "user-0", n+1, at)
				})
				if err != nil {
					t.Fatalf("write %d of %d: %v", n, writes, err)
				}
			}
			if runs == writes {
				t.Error("PostgreSQL refused nothing, so this test shows nothing")
			}
		})
	}
}

// addUsers adds user-0 and so on, each with a session.
func addUsers(t testing.TB, s *postgres.Store, n int, at time.Time) {
	t.Helper()
	err := s.Write(t.Context(), func(tx transaction.Tx) error {
		for i := range n {
			id := fmt.Sprint("user-", i)
			if err := tx.InsertUser(t.Context(), identity.User{ID: id, Handle: id, Created: at}); err != nil {
				return err
			}
			if err := tx.InsertToken(t.Context(), tokenOf(id, 0, at)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// beginForLong begins a serializable transaction that lasts as long as the test.
func beginForLong(t *testing.T, url string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	if _, err := conn.Exec(t.Context(), "BEGIN ISOLATION LEVEL SERIALIZABLE; CREATE TABLE report ()"); err != nil {
		t.Fatal(err)
	}
}
