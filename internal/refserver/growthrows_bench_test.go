package refserver

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/store"
	"github.com/dxauth/dxauth/internal/refserver/store/postgres"
	"github.com/dxauth/dxauth/internal/testpostgres"
	"github.com/dxauth/dxauth/pkg/secret"
)

// copiedAtOnce is how many rows a statement makes.
const copiedAtOnce = 10_000

// multiplyRows makes copies of one row of each table that grows. They are what the service
// wrote, so they are as it writes them.
func multiplyRows(b *testing.B, server *Server, size int) {
	b.Helper()
	db, can := server.store.Database.(interface {
		WriteTables(ctx context.Context, f func(store.Tables) error) error
	})
	if !can {
		b.Fatalf("%T cannot write its tables", server.store.Database)
	}
	signature, noLimit := `lower(hex(randomblob(32)))`, `SELECT 1`
	if _, isPostgres := server.store.Database.(*postgres.Store); isPostgres {
		noLimit = `SET LOCAL statement_timeout = 0`
		signature = `md5(t.user_id || i::text) || md5(i::text || t.user_id)`
	}
	err := db.WriteTables(b.Context(), func(target store.Tables) error {
		if _, err := target.Exec(b.Context(), noLimit); err != nil {
			return err
		}
		tables, err := target.Tables(b.Context())
		if err != nil {
			return err
		}
		for _, t := range tables {
			for _, c := range copies() {
				if c.table != t.Name {
					continue
				}
				for from := 0; from < min(size, c.most); from += copiedAtOnce {
					statement := strings.ReplaceAll(c.statement(t, from, min(size, c.most, from+copiedAtOnce)), "SIGNATURE", signature)
					if _, err := target.Exec(b.Context(), statement); err != nil {
						return fmt.Errorf("%s: %w", t.Name, err)
					}
				}
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}

// rowCopies is which row of a table is copied, and what differs in the i-th copy.
type rowCopies struct {
	table, where string
	most         int // copies
	changed      map[string]string
}

func copies() []rowCopies {
	largest := slices.Max(growthSizes())
	token := map[string]string{"signature": "SIGNATURE", "label": `'grown ' || i`, "expires": "t.expires + 1000 * i"}
	return []rowCopies{
		{"audit", `no = (SELECT min(no) FROM audit)`, largest, map[string]string{"no": "1000 + i"}},
		{"users", `id = 'user-alice'`, growthMost, map[string]string{"id": `'user-g' || substr('' || (10000000 + i), 2)`, "handle": `'g' || i`}},
		{"tokens", signedAs(malloryToken), largest, token},
		{"tokens", signedAs(carolToken), 100, token},
		{"projects", `name = 'Exome'`, growthMost, map[string]string{
			"no": "t.no + i", "id": `'project-' || (1000000000000000 + i) || '00000000'`, "name": `'Exome ' || i`,
		}},
		{"permissions", `grantee = 'user-mallory' AND t.project_no = (SELECT no FROM projects WHERE name = 'Exome')`, growthMost, map[string]string{"project_no": "t.project_no + i"}},
	}
}

func signedAs(token string) string {
	return "signature = '" + access.Signature(secret.New(token)) + "'"
}

// statement returns the statement that makes some of the copies. Both engines understand it.
func (c rowCopies) statement(t store.Table, from, to int) string {
	var names, values []string
	for _, column := range t.Columns {
		value, isChanged := c.changed[column.Name]
		if !isChanged {
			value = "t." + column.Name
		}
		names, values = append(names, column.Name), append(values, value)
	}
	return fmt.Sprintf(`WITH RECURSIVE n (i) AS (SELECT %d UNION ALL SELECT i + 1 FROM n WHERE i < %d) INSERT INTO %s (%s) SELECT %s FROM n, %[3]s AS t WHERE t.%[6]s`,
		from+1, to, t.Name, strings.Join(names, ", "), strings.Join(values, ", "), c.where)
}

// firstExpiry returns when the token that was copied ends, in milliseconds.
func firstExpiry(b *testing.B, server *Server) (expiry int64) {
	b.Helper()
	db := server.store.Database.(interface {
		ReadTables(ctx context.Context, f func(store.Tables) error) error
	})
	err := db.ReadTables(b.Context(), func(t store.Tables) (err error) {
		expiry, err = store.Number(b.Context(), t, `SELECT min(expires) FROM tokens WHERE user_id = 'user-mallory'`)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return expiry
}

// databaseSize returns the bytes of a database, in which PostgreSQL counts its rows first, as
// it does by itself after a while.
func databaseSize(b *testing.B, address postgres.Address) int64 {
	b.Helper()
	url := "postgres:///" + address.Config().Database + "?host=" + address.Config().Host + fmt.Sprintf("&port=%d&user=%s", address.Config().Port, address.Config().User)
	if err := testpostgres.Execute(url, "VACUUM ANALYZE"); err != nil {
		b.Fatal(err)
	}
	var size int64
	if _, err := fmt.Sscan(testpostgres.Value(b, url, `SELECT pg_database_size(current_database())::text`), &size); err != nil {
		b.Fatal(err)
	}
	return size
}

func fileSize(b *testing.B, path string) int64 {
	b.Helper()
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	return info.Size()
}

// residentMemory returns the bytes that this process has from the system, 0 if that does not say.
func residentMemory(b *testing.B) (bytes int) {
	b.Helper()
	status, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(status)) {
		if text, found := strings.CutPrefix(line, "VmRSS:"); found {
			if _, err := fmt.Sscan(text, &bytes); err != nil {
				b.Fatal(err)
			}
		}
	}
	return bytes << 10
}
