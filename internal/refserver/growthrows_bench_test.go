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

// filler is what an engine does differently when a store is filled.
type filler struct {
	quickly   []string // statements that let a long transaction be quick
	indexes   string   // a query for the names and statements of the indexes of a table that can be made anew
	signature string   // an expression for that of the i-th copy of a token
}

// fillerOf returns that of a store. SQLite keeps the pages of the transaction in memory.
func fillerOf(database store.Database) filler {
	if _, isPostgres := database.(*postgres.Store); isPostgres {
		return filler{
			quickly:   []string{`SET LOCAL statement_timeout = 0`, `SET LOCAL maintenance_work_mem = '256MB'`},
			indexes:   `SELECT indexname::text, indexdef FROM pg_indexes WHERE schemaname = current_schema() AND tablename = ? AND indexdef NOT LIKE 'CREATE UNIQUE%'`,
			signature: `md5(t.user_id || i::text) || md5(i::text || t.user_id)`,
		}
	}
	return filler{
		quickly:   []string{`PRAGMA cache_size = -2000000`},
		indexes:   `SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL`,
		signature: `lower(hex(randomblob(32)))`,
	}
}

// multiplyRows makes copies of one row of each table that grows. They are what the service
// wrote, so they are as it writes them. The indexes are made after the rows, which takes a
// fraction of the time.
func multiplyRows(b *testing.B, server *Server, size int) {
	b.Helper()
	db, can := server.store.Database.(interface {
		WriteTables(ctx context.Context, f func(store.Tables) error) error
	})
	if !can {
		b.Fatalf("%T cannot write its tables", server.store.Database)
	}
	fill := fillerOf(server.store.Database)
	err := db.WriteTables(b.Context(), func(target store.Tables) error {
		if err := executeAll(b.Context(), target, fill.quickly); err != nil {
			return err
		}
		tables, err := target.Tables(b.Context())
		if err != nil {
			return err
		}
		for _, t := range tables {
			if err := fill.table(b.Context(), target, t, size); err != nil {
				return fmt.Errorf("%s: %w", t.Name, err)
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}

// table makes the copies of a table, if it is one that grows.
func (f filler) table(ctx context.Context, target store.Tables, t store.Table, size int) error {
	var statements []string
	for _, c := range copies() {
		if c.table != t.Name {
			continue
		}
		count := min(max(size, c.least), c.most)
		for from := 0; from < count; from += copiedAtOnce {
			statements = append(statements, strings.ReplaceAll(c.statement(t, from, min(count, from+copiedAtOnce)), "SIGNATURE", f.signature))
		}
	}
	if statements == nil {
		return nil
	}
	drop, create, err := f.indexStatements(ctx, target, t.Name)
	if err != nil {
		return err
	}
	return executeAll(ctx, target, slices.Concat(drop, statements, create))
}

// indexStatements returns what removes the indexes of a table, and what makes them again.
func (f filler) indexStatements(ctx context.Context, target store.Tables, table string) (drop, create []string, err error) {
	rows, err := target.Query(ctx, f.indexes, table)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var name, statement string
		if err := rows.Scan(&name, &statement); err != nil {
			return nil, nil, err
		}
		drop, create = append(drop, `DROP INDEX `+name), append(create, statement)
	}
	return drop, create, rows.Err()
}

func executeAll(ctx context.Context, target store.Tables, statements []string) error {
	for _, statement := range statements {
		if _, err := target.Exec(ctx, statement); err != nil {
			return fmt.Errorf("%.100s: %w", statement, err)
		}
	}
	return nil
}

// rowCopies is which row of a table is copied, and what differs in the i-th copy.
type rowCopies struct {
	table, where string
	least, most  int // copies
	changed      map[string]string
}

// auditPage is how many rows of the audit log a page reads: each store has as many.
const auditPage = 500

func copies() []rowCopies {
	largest := slices.Max(growthSizes())
	token := map[string]string{"signature": "SIGNATURE", "label": `'grown ' || i`, "expires": "t.expires + 1000 * i"}
	return []rowCopies{
		{"audit", `no = (SELECT min(no) FROM audit)`, auditPage, largest, map[string]string{"no": "1000 + i"}},
		{"users", `id = 'user-alice'`, 0, growthMost, map[string]string{"id": `'user-g' || substr('' || (10000000 + i), 2)`, "handle": `'g' || i`}},
		{"tokens", signedAs(malloryToken), 0, largest, token},
		{"tokens", signedAs(carolToken), 100, 100, token},
		{"projects", `name = 'Exome'`, 0, growthMost, map[string]string{
			"no": "t.no + i", "id": `'project-' || (1000000000000000 + i) || '00000000'`, "name": `'Exome ' || i`,
		}},
		{"permissions", `grantee = 'user-mallory' AND t.project_no = (SELECT no FROM projects WHERE name = 'Exome')`, 0, growthMost, map[string]string{"project_no": "t.project_no + i"}},
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
	for _, c := range copies() {
		if err := testpostgres.Execute(url, "VACUUM ANALYZE "+c.table); err != nil {
			b.Fatal(err)
		}
	}
	if err := testpostgres.Execute(url, "ANALYZE"); err != nil {
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
