package sqlite

import (
	"context"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/store"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// query is a statement with its arguments.
type query struct {
	text string
	args []any
}

// recorder notes what runs on a connection.
type recorder struct {
	statements
	runs []query
}

func (r *recorder) Exec(ctx context.Context, statement string, args ...any) (int64, error) {
	r.runs = append(r.runs, query{statement, args})
	return r.statements.Exec(ctx, statement, args...)
}

func (r *recorder) ExecLater(ctx context.Context, statement string, args ...any) error {
	_, err := r.Exec(ctx, statement, args...)
	return err
}

func (r *recorder) Query(ctx context.Context, text string, args ...any) (store.Rows, error) {
	r.runs = append(r.runs, query{text, args})
	return r.statements.Query(ctx, text, args...)
}

// connOf returns the writer's connection. The caller closes it.
func connOf(t testing.TB, s *Store) connection {
	t.Helper()
	conn, err := acquireConn(t.Context(), s.writer)
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// runsOf returns the statements that a method runs.
func runsOf(t testing.TB, s *Store, method func(transaction.Tx) error) []query {
	t.Helper()
	conn := connOf(t, s)
	defer conn.Close()
	r := &recorder{statements: conn.statements}
	if err := method(store.NewTx(r)); err != nil {
		t.Fatal(err)
	}
	return r.runs
}

// scanOf returns the last query of a search.
func scanOf(t testing.TB, s *Store, search directory.Query) query {
	t.Helper()
	search.Window = max(search.Window, search.Limit*len(search.Grantees))
	runs := runsOf(t, s, func(tx transaction.Tx) error {
		_, err := tx.ScanProjects(t.Context(), search)
		return err
	})
	return runs[len(runs)-1]
}

// planOf returns SQLite's query plan for a statement.
func planOf(t testing.TB, s *Store, statement query) string {
	t.Helper()
	rows, err := s.reader.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+statement.text, statement.args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var steps []string
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			t.Fatal(err)
		}
		steps = append(steps, step)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(steps, "\n")
}
