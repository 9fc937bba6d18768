//go:build unix

package postgres_test

import (
	"context"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver/store"
	"github.com/dxauth/dxauth/internal/refserver/store/postgres"
	"github.com/dxauth/dxauth/internal/refserver/store/storetest"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/internal/testpostgres"
)

// newDatabase returns the URL of a new database with the tables and no rows.
func newDatabase(t testing.TB) string {
	t.Helper()
	return testpostgres.Shared(t).CopyOf(t, "dxauth_tables", func(url string) error {
		return postgres.Migrate(context.Background(), addressOf(t, url))
	})
}

// open opens the database at a URL; it is closed when the test is over.
func open(t testing.TB, url string) *postgres.Store {
	t.Helper()
	opened, err := postgres.Open(t.Context(), postgres.Config{Address: addressOf(t, url)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := opened.Close(); err != nil {
			t.Error(err)
		}
	})
	return opened
}

// S-62: all stores pass the same suite.
func TestPostgresConforms(t *testing.T) {
	storetest.Run(t, func(t testing.TB) transaction.DB { return open(t, newDatabase(t)) })
}

// A merge join reads all of an index, if only for the order of the result.
func TestNoJoinIsAMerge(t *testing.T) {
	s := open(t, newDatabase(t))
	var plan []string
	err := s.ReadTables(t.Context(), func(tables store.Tables) error {
		rows, err := tables.Query(t.Context(), `EXPLAIN SELECT u.handle FROM tokens t JOIN users u ON u.id = t.user_id ORDER BY t.user_id`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var line string
			if err := rows.Scan(&line); err != nil {
				return err
			}
			plan = append(plan, line)
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	if text := strings.Join(plan, "\n"); text == "" || strings.Contains(text, "Merge Join") {
		t.Errorf("the plan is\n%s", text)
	}
}
