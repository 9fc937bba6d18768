package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/store"
	"github.com/dxauth/dxauth/internal/refserver/store/storetest"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// openMemory opens a store that is closed when the test is over.
func openMemory(t testing.TB) *Store {
	t.Helper()
	opened, err := OpenMemory(t.Context())
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

// S-62: both stores pass the same suite.
func TestMemoryConforms(t *testing.T) {
	storetest.Run(t, func(t testing.TB) transaction.DB { return openMemory(t) })
}

// A caller may give up while it waits for a connection. From then on its
// transaction is not interrupted.
func TestStartedTransactionIsNotInterrupted(t *testing.T) {
	s := openMemory(t)
	ctx, cancel := context.WithCancel(t.Context())
	err := s.Write(ctx, func(tx transaction.Tx) error {
		defer cancel()
		return tx.InsertOrg(ctx, directory.Org{ID: "org-lab", Created: now})
	})
	if n := count(t, s, "orgs"); err != nil || n != 1 {
		t.Errorf("got %v and %d orgs", err, n)
	}
}

// However a transaction ends, the next one can begin.
func TestEndOfATransaction(t *testing.T) {
	s := openMemory(t)
	ctx := t.Context()
	write := func(end func(statements) error) (err error) {
		defer func() {
			if fault := recover(); fault != nil {
				err = fmt.Errorf("panic: %v", fault)
			}
		}()
		return run(ctx, s.writer, "BEGIN IMMEDIATE", func(conn statements) error {
			if err := store.NewTx(conn).InsertOrg(ctx, directory.Org{ID: "org-lab", Created: now}); err != nil {
				return err
			}
			return end(conn)
		})
	}
	exec := func(conn statements, statement string) error {
		_, err := conn.Exec(ctx, statement)
		return err
	}
	failed := errors.New("failed")
	for name, end := range map[string]func(statements) error{
		"an error":                 func(statements) error { return failed },
		"a panic":                  func(statements) error { panic("fault") },
		"a rollback by the engine": func(conn statements) error { return errors.Join(exec(conn, "ROLLBACK"), failed) },
		"a commit that fails":      func(conn statements) error { return exec(conn, "ROLLBACK") },
		"a panic while rows are read": func(conn statements) error {
			rows, err := conn.Query(ctx, "SELECT 1")
			if err != nil {
				return err
			}
			defer rows.Close()
			panic("fault")
		},
		"a broken rule found at the end": func(conn statements) error {
			return errors.Join(exec(conn, "PRAGMA defer_foreign_keys = 1"),
				exec(conn, "INSERT INTO known_sources VALUES ('user-none', '', 0)"))
		},
	} {
		if err := write(end); err == nil {
			t.Errorf("%s: committed", name)
		}
		if n := count(t, s, "orgs"); n != 0 {
			t.Errorf("after %s: %d orgs", name, n)
		}
	}
	if err := write(func(statements) error { return nil }); err != nil || count(t, s, "orgs") != 1 {
		t.Errorf("the next one: %v", err)
	}
}

// The data of a store in memory belongs to its only connection, which must
// survive an interrupted statement.
func TestInterruptedStatementKeepsData(t *testing.T) {
	s := openMemory(t)
	if err := s.Write(t.Context(), func(tx transaction.Tx) error {
		return tx.InsertOrg(t.Context(), directory.Org{ID: "org-lab", Created: now})
	}); err != nil {
		t.Fatal(err)
	}
	const endless = `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n`
	for range 5 {
		brief, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
		err := run(t.Context(), s.writer, "BEGIN IMMEDIATE", func(conn statements) error {
			_, err := conn.engine.QueryContext(brief, endless, nil)
			return err
		})
		cancel()
		if err == nil {
			t.Fatal("counted to the end")
		}
		if n := count(t, s, "orgs"); n != 1 {
			t.Fatalf("%d orgs are left after %v", n, err)
		}
	}
}

// A second connection would open another, empty store, and the data would seem
// to be deleted.
func TestMemoryStoreIsNotReplacedByAnEmptyOne(t *testing.T) {
	s := openMemory(t)
	conn, err := s.writer.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.Raw(func(any) error { return driver.ErrBadConn }); !errors.Is(err, driver.ErrBadConn) {
		t.Fatal(err)
	}
	if err := s.Read(t.Context(), func(transaction.Tx) error { return nil }); !errors.Is(err, errGone) {
		t.Errorf("got %v", err)
	}
}

// A store in memory starts from an image, a file from the migrations.
func TestMemoryAndFileHaveTheSameSchema(t *testing.T) {
	inMemory, inFile := partsOf(t, openMemory(t)), partsOf(t, openFile(t, filepath.Join(t.TempDir(), "platform.db")))
	if len(inFile) == 0 || !slices.Equal(inMemory, inFile) {
		t.Errorf("got %q in memory and %q in a file", inMemory, inFile)
	}
}

// partsOf lists the parts of a schema, and the marks of its version.
func partsOf(t testing.TB, s *Store) []string {
	t.Helper()
	rows, err := s.writer.QueryContext(t.Context(), `SELECT COALESCE(sql, name) FROM sqlite_schema
		UNION ALL SELECT application_id FROM pragma_application_id
		UNION ALL SELECT user_version FROM pragma_user_version`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		var part string
		if err := rows.Scan(&part); err != nil {
			t.Fatal(err)
		}
		list = append(list, part)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

func TestMemoryStoresAreSeparate(t *testing.T) {
	one, two := openMemory(t), openMemory(t)
	if _, err := one.writer.ExecContext(t.Context(), "INSERT INTO attempts VALUES ('x', 1, 1, 1)"); err != nil {
		t.Fatal(err)
	}
	if n := count(t, two, "attempts"); n != 0 {
		t.Errorf("%d rows are in the other store", n)
	}
}

func count(t testing.TB, s *Store, table string) (n int) {
	t.Helper()
	if err := s.writer.QueryRowContext(t.Context(), "SELECT count(*) FROM "+table).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// S-54: settings of every connection.
func TestSettings(t *testing.T) {
	s := openMemory(t)
	for pragma, want := range map[string]string{
		"foreign_keys": "1",
		"synchronous":  "2", // FULL
		"busy_timeout": "5000",
	} {
		var got string
		if err := s.writer.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("%s is %s, want %s", pragma, got, want)
		}
	}
	if n := s.writer.Stats().MaxOpenConnections; n != 1 {
		t.Errorf("%d writers", n)
	}
}

// S-54: engines with the bug in the reset of the write-ahead log are refused.
func TestVersionLess(t *testing.T) {
	for version, old := range map[string]bool{
		"3.51.2": true, "3.51.3": false, "3.51.10": false, "3.52.0": false, "3.9.9": true, "4.0.0": false, "": true, "new": true,
	} {
		if got := versionLess(version, minEngine); got != old {
			t.Errorf("%q is too old: %v, want %v", version, got, old)
		}
	}
}

// S-58: the data of a newer program is not changed.
func TestNewerSchemaIsRefused(t *testing.T) {
	s := openMemory(t)
	if _, err := s.writer.ExecContext(t.Context(), "PRAGMA user_version = 99"); err != nil {
		t.Fatal(err)
	}
	err := migrate(t.Context(), s.writer)
	if err == nil || !strings.Contains(err.Error(), "schema 99") || !strings.Contains(err.Error(), "newer dxauth") {
		t.Errorf("got %v", err)
	}
	if version := schemaOf(t, s); version != 99 {
		t.Errorf("the schema is now %d", version)
	}
}

func TestMigratingTwiceChangesNothing(t *testing.T) {
	s := openMemory(t)
	version := schemaOf(t, s)
	if err := migrate(t.Context(), s.writer); err != nil {
		t.Fatal(err)
	}
	if again := schemaOf(t, s); again != version || version == 0 {
		t.Errorf("schema %d became %d", version, again)
	}
}

func schemaOf(t testing.TB, s *Store) (version int) {
	t.Helper()
	if err := s.writer.QueryRowContext(t.Context(), "PRAGMA user_version").Scan(&version); err != nil {
		t.Fatal(err)
	}
	return version
}

// S-58: a migration that fails halfway is rolled back.
func TestFailedMigrationIsRolledBack(t *testing.T) {
	s := openMemory(t)
	// With an older version number, the tables exist already.
	if _, err := s.writer.ExecContext(t.Context(), "DROP TABLE users; PRAGMA user_version = 0"); err != nil {
		t.Fatal(err)
	}
	if err := migrate(t.Context(), s.writer); err == nil {
		t.Fatal("no error")
	}
	if version := schemaOf(t, s); version != 0 {
		t.Errorf("the schema is %d", version)
	}
	var users int
	err := s.writer.QueryRowContext(t.Context(), "SELECT count(*) FROM sqlite_schema WHERE name = 'users'").Scan(&users)
	if err != nil || users != 0 {
		t.Errorf("the table of the first statement exists (%d, %v)", users, err)
	}
}
