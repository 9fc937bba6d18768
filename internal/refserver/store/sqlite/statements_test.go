package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"testing"
)

// preparedBy returns the statements that the writer's connection keeps.
func preparedBy(t *testing.T, s *Store) (prepared map[string]statement) {
	t.Helper()
	conn, err := s.writer.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	err = conn.Raw(func(engine any) error {
		prepared = engine.(*preparingConn).prepared
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return prepared
}

func TestStatementsAreKept(t *testing.T) {
	s := openMemory(t)
	const query = "SELECT value FROM meta WHERE name = ?"
	ask := func(name string) (value string, err error) {
		return value, s.writer.QueryRowContext(t.Context(), query, name).Scan(&value)
	}
	if err := s.AddMeta(t.Context(), "name", []byte("value")); err != nil {
		t.Fatal(err)
	}
	if value, err := ask("name"); err != nil || value != "value" {
		t.Fatalf("got %q, %v", value, err)
	}
	first := preparedBy(t, s)[query]
	if first == nil {
		t.Fatal("not kept")
	}
	if _, err := ask("another"); err != sql.ErrNoRows {
		t.Errorf("earlier arguments are still bound: %v", err)
	}
	if preparedBy(t, s)[query] != first {
		t.Error("prepared again")
	}
}

// A statement whose rows are being read is not shared.
func TestSameStatementTwiceAtOnce(t *testing.T) {
	s := openMemory(t)
	tx, err := s.writer.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	const query = "SELECT column1 FROM (VALUES (1), (2))"
	var list []int
	outer, err := tx.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	for outer.Next() {
		inner, err := tx.QueryContext(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		for inner.Next() {
			var a, b int
			if err := outer.Scan(&a); err != nil {
				t.Fatal(err)
			}
			if err := inner.Scan(&b); err != nil {
				t.Fatal(err)
			}
			list = append(list, 10*a+b)
		}
		if err := inner.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if got := fmt.Sprint(list); got != "[11 12 21 22]" || outer.Err() != nil {
		t.Errorf("got %s, %v", got, outer.Err())
	}
}

func TestKeptStatementsAreBounded(t *testing.T) {
	s := openMemory(t)
	for i := range 2*maxPrepared + 10 {
		var got int
		if err := s.writer.QueryRowContext(t.Context(), fmt.Sprint("SELECT ", i)).Scan(&got); err != nil || got != i {
			t.Fatalf("got %d, %v", got, err)
		}
	}
	if n := len(preparedBy(t, s)); n > maxPrepared {
		t.Errorf("%d statements are kept", n)
	}
}

// A statement that failed or was interrupted is prepared again, and one whose
// schema changed follows the new schema.
func TestKeptStatementsAfterFailures(t *testing.T) {
	s := openMemory(t)
	exec := func(ctx context.Context, statement string) error {
		_, err := s.writer.ExecContext(ctx, statement)
		return err
	}
	const insert = "INSERT INTO meta (name, value) VALUES ('a', 'b')"
	if err := exec(t.Context(), insert); err != nil {
		t.Fatal(err)
	}
	if err := exec(t.Context(), insert); err == nil {
		t.Error("the name was inserted twice")
	}
	if err := exec(t.Context(), "DELETE FROM meta"); err != nil {
		t.Fatal(err)
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if err := exec(over, insert); err == nil {
		t.Error("ran although the caller had given up")
	}
	if err := exec(t.Context(), "ALTER TABLE meta ADD COLUMN third TEXT DEFAULT 'c'"); err != nil {
		t.Fatal(err)
	}
	if err := exec(t.Context(), insert); err != nil {
		t.Error(err)
	}
	for range 2 {
		if _, kept := preparedBy(t, s)["PRAGMA user_version"]; kept {
			t.Error("a pragma is kept")
		}
		schemaOf(t, s)
	}
}
