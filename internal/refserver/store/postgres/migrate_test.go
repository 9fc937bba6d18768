//go:build unix

package postgres_test

import (
	"context"
	"errors"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver/store/postgres"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/internal/testpostgres"
)

// S-58: servers that start at once on an empty database make its tables once. STARTS sets
// how many there are.
func TestStartsAtOnce(t *testing.T) {
	starts := 2
	if setting := os.Getenv("STARTS"); setting != "" {
		var err error
		if starts, err = strconv.Atoi(setting); err != nil {
			t.Fatal(err)
		}
	}
	database := testpostgres.Shared(t).NewDatabase(t)
	var all sync.WaitGroup
	for range starts {
		all.Go(func() {
			s, err := postgres.Open(context.Background(), postgres.Config{Address: addressOf(t, database), Connections: 2})
			if err != nil {
				t.Error(err)
				return
			}
			defer s.Close()
			if err := s.Write(t.Context(), func(tx transaction.Tx) error { _, err := tx.AnyUser(t.Context()); return err }); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if versions := testpostgres.Value(t, database, "SELECT COUNT(*) FROM schema_version"); versions != "1" {
		t.Errorf("%s versions", versions)
	}
}

// S-58: a database that this program does not know stays as it is.
func TestSchemasThatAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		statement string
		want      string
	}{
		"of a newer program":   {"UPDATE schema_version SET version = 99", "use a newer dxauth"},
		"of another program":   {"DROP TABLE schema_version", "tables of another program"},
		"of an older program":  {"UPDATE schema_version SET version = 0", ""},
		"without what it says": {"DELETE FROM schema_version", ""},
	} {
		t.Run(name, func(t *testing.T) {
			database := newDatabase(t)
			if err := testpostgres.Execute(database, c.statement); err != nil {
				t.Fatal(err)
			}
			const parts = "SELECT COUNT(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
			before := testpostgres.Value(t, database, parts)
			s, err := postgres.Open(t.Context(), postgres.Config{Address: addressOf(t, database)})
			if err == nil {
				s.Close()
				t.Fatal("opened")
			}
			if migrated := postgres.Migrate(t.Context(), addressOf(t, database)); migrated == nil {
				t.Error("migrated")
			}
			if !strings.Contains(err.Error(), c.want) || errors.Is(err, transaction.ErrUnavailable) {
				t.Errorf("got %v", err)
			}
			if after := testpostgres.Value(t, database, parts); after != before {
				t.Errorf("%s parts became %s", before, after)
			}
		})
	}
}

// A database that cannot keep every text is refused.
func TestAnotherEncoding(t *testing.T) {
	server := testpostgres.Shared(t)
	server.Exec(t, "CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
	t.Cleanup(func() { server.Exec(t, "DROP DATABASE latin WITH (FORCE)") })
	_, err := postgres.Open(t.Context(), postgres.Config{Address: addressOf(t, server.URL("latin"))})
	if err == nil || !strings.Contains(err.Error(), "UTF8") {
		t.Errorf("got %v", err)
	}
}
