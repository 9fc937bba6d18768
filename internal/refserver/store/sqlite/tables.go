package sqlite

import (
	"context"

	"github.com/dxauth/dxauth/internal/refserver/store"
)

// ReadTables runs f on a snapshot.
func (s *Store) ReadTables(ctx context.Context, f func(store.Tables) error) error {
	return run(ctx, s.reader, "BEGIN", func(conn statements) error { return f(allTables{conn}) })
}

// WriteTables runs f alone, and commits what it did.
func (s *Store) WriteTables(ctx context.Context, f func(store.Tables) error) error {
	return run(ctx, s.writer, "BEGIN IMMEDIATE", func(conn statements) error { return f(allTables{conn}) })
}

type allTables struct{ statements }

// Tables implements store.Tables.
func (t allTables) Tables(ctx context.Context) ([]store.Table, error) {
	rows, err := t.Query(ctx, `SELECT m.name, c.name, c.pk, FALSE FROM sqlite_schema AS m JOIN pragma_table_info(m.name) AS c
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY m.name, c.cid`)
	if err != nil {
		return nil, err
	}
	return store.CollectTables(rows)
}

// LastNumber implements store.Tables.
func (t allTables) LastNumber(ctx context.Context, table string) (int64, error) {
	return store.Number(ctx, t, `SELECT COALESCE(MAX(seq), 0) FROM sqlite_sequence WHERE name = ?`, table)
}

// SetLastNumber implements store.Tables. Only tables that never use a number again
// remember it.
func (t allTables) SetLastNumber(ctx context.Context, table string, number int64) error {
	_, err := t.Exec(ctx, `INSERT INTO sqlite_sequence (name, seq) SELECT m.name, 0 FROM sqlite_schema AS m
		WHERE m.name = ? AND m.sql LIKE '%AUTOINCREMENT%' AND m.name NOT IN (SELECT name FROM sqlite_sequence)`, table)
	if err != nil {
		return err
	}
	_, err = t.Exec(ctx, `UPDATE sqlite_sequence SET seq = ? WHERE name = ? AND seq < ?`, number, table, number)
	return err
}
