// Package teststore opens the store of a test: one in memory, in a file or in PostgreSQL,
// as the environment variable DXAUTH_TEST_STORE says.
//
// It promises that a test gets a store that is empty and its own, and that nothing of it is
// left when the test has ended. So the tests of a package that says teststore.Open run on
// every engine, and what they find out about one holds for the others.
package teststore

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver/store"
	"github.com/dxauth/dxauth/internal/refserver/store/postgres"
	"github.com/dxauth/dxauth/internal/refserver/store/sqlite"
	"github.com/dxauth/dxauth/internal/testpostgres"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Variable is the environment variable with the engine: memory, sqlite or postgres.
// Without it the stores of tests are in memory.
const Variable = "DXAUTH_TEST_STORE"

// Open opens a store that is closed when the test is over.
func Open(t testing.TB) store.Database {
	t.Helper()
	opened, err := open(t)
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

func open(t testing.TB) (store.Database, error) {
	t.Helper()
	switch engine := os.Getenv(Variable); engine {
	case "", "memory":
		return sqlite.OpenMemory(t.Context())
	case "sqlite":
		return sqlite.OpenFile(t.Context(), filepath.Join(t.TempDir(), "platform.db"))
	case "postgres":
		return openPostgres(t)
	default:
		return nil, fmt.Errorf("%s is %q, not memory, sqlite or postgres", Variable, engine)
	}
}

// unused are the stores whose databases no test uses at the moment, by the name of the
// database. To connect anew and to prepare each statement again would be the larger part
// of what most tests cost.
var unused sync.Map

// lent is a store that its user does not close.
type lent struct{ *postgres.Store }

// Close implements store.Database.
func (lent) Close() error { return nil }

// openPostgres opens the store in a new database, or returns the one that is open in a
// database that was emptied.
func openPostgres(t testing.TB) (store.Database, error) {
	t.Helper()
	address := NewDatabase(t)
	name := address.Config().Database
	opened, found := unused.LoadAndDelete(name)
	if !found {
		var err error
		if opened, err = openAddress(context.WithoutCancel(t.Context()), address); err != nil {
			return nil, err
		}
	}
	t.Cleanup(func() { unused.Store(name, opened) }) // then its database is emptied
	return lent{opened.(*postgres.Store)}, nil
}

// NewDatabase makes a database of PostgreSQL for a test, with the tables of a store and
// no rows.
func NewDatabase(t testing.TB) postgres.Address {
	t.Helper()
	url := testpostgres.Shared(t).CopyOf(t, "dxauth_tables", func(url string) error {
		address, err := postgres.ParseAddress(secret.New(url))
		if err != nil {
			return err
		}
		return postgres.Migrate(context.Background(), address)
	})
	address, err := postgres.ParseAddress(secret.New(url))
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// OpenAddress opens the store in a database. The caller closes it.
func OpenAddress(ctx context.Context, address postgres.Address) (store.Database, error) {
	return openAddress(ctx, address)
}

func openAddress(ctx context.Context, address postgres.Address) (*postgres.Store, error) {
	return postgres.Open(ctx, postgres.Config{Address: address, Connections: testConnections})
}

// testConnections is enough for what a test does at once, and few enough for the tests
// of several packages on one server.
const testConnections = 8
