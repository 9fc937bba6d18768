//go:build unix

package postgres_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dxauth/dxauth/internal/testpostgres"
)

// A pending end with a greater number is never visible before one with a smaller number:
// a token that saw the greater one would not end with the other.
func TestNumbersOfPendingEnds(t *testing.T) {
	const end = "INSERT INTO pending_ends (user_id, kind, ended, end_reason) VALUES ('user-alice', 'session', 1, 'revoked') RETURNING no"
	database := newDatabase(t)
	conn, err := pgx.Connect(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	first, err := conn.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var smaller int
	if err := first.QueryRow(t.Context(), end).Scan(&smaller); err != nil {
		t.Fatal(err)
	}
	second := make(chan error)
	go func() { second <- testpostgres.Execute(database, end) }()
	for waits := ""; waits != "true"; {
		select {
		case err := <-second:
			t.Fatalf("the second did not wait for the first: %v", err)
		case <-time.After(5 * time.Millisecond):
			waits = testpostgres.Value(t, database, `SELECT COUNT(*) > 0 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`)
		}
	}
	if err := first.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-second; err != nil {
		t.Fatal(err)
	}
	if order := testpostgres.Value(t, database, "SELECT COUNT(*) = 2 AND MIN(no) < MAX(no) FROM pending_ends"); order != "true" || smaller != 1 {
		t.Errorf("the first has number %d, in order: %s", smaller, order)
	}
}
