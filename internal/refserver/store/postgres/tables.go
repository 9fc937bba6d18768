package postgres

import (
	"context"

	"github.com/dxauth/dxauth/internal/refserver/store"
)

// ReadTables runs f on a snapshot.
func (s *Store) ReadTables(ctx context.Context, f func(store.Tables) error) error {
	return s.run(ctx, snapshot(), func(c *conn) error { return f(allTables{c}) })
}

// WriteTables runs f alone, and commits what it did.
func (s *Store) WriteTables(ctx context.Context, f func(store.Tables) error) error {
	return s.run(ctx, alone(), func(c *conn) error {
		if err := f(allTables{c}); err != nil {
			return err
		}
		return c.commit(s.commitWait)
	})
}

type allTables struct{ *conn }

// Tables implements store.Tables.
func (t allTables) Tables(ctx context.Context) ([]store.Table, error) {
	rows, err := t.Query(ctx, `SELECT c.relname::text, a.attname::text,
			COALESCE(array_position(string_to_array(i.indkey::text, ' ')::int[], a.attnum::int), 0), a.atttypid = 'bool'::regtype
		FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
		LEFT JOIN pg_index AS i ON i.indrelid = c.oid AND i.indisprimary
		WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace AND c.relname NOT IN ('schema_version', 'turns')
		ORDER BY c.relname, a.attnum`)
	if err != nil {
		return nil, err
	}
	return store.CollectTables(rows)
}

// LastNumber implements store.Tables.
func (t allTables) LastNumber(ctx context.Context, table string) (int64, error) {
	return store.Number(ctx, t, `SELECT COALESCE(MAX(pg_sequence_last_value(s.oid)), 0) FROM pg_class AS s
		WHERE s.oid = (SELECT pg_get_serial_sequence(c.oid::regclass::text, 'no')::regclass FROM pg_class AS c
			JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'no' AND a.attidentity <> ''
			WHERE c.relname = ? AND c.relnamespace = current_schema()::regnamespace)`, table)
}

// SetLastNumber implements store.Tables.
func (t allTables) SetLastNumber(ctx context.Context, table string, number int64) error {
	rows, err := t.Query(ctx, `SELECT setval(pg_get_serial_sequence(c.oid::regclass::text, 'no')::regclass, ?::bigint) FROM pg_class AS c
		JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'no' AND a.attidentity <> ''
		WHERE c.relname = ? AND c.relnamespace = current_schema()::regnamespace`, number, table)
	if err != nil {
		return err
	}
	for rows.Next() {
	}
	return rows.Close()
}
