package sqlite

import (
	"context"
	"database/sql"

	"github.com/dxauth/dxauth/internal/refserver/store"
)

// statements runs the statements of package store on a connection.
type statements struct{ conn *sql.Conn }

// Exec implements store.Conn.
func (s statements) Exec(ctx context.Context, statement string, args ...any) (int64, error) {
	result, err := s.conn.ExecContext(ctx, statement, args...)
	if err != nil {
		return 0, classify(err)
	}
	return result.RowsAffected()
}

// Query implements store.Conn.
func (s statements) Query(ctx context.Context, query string, args ...any) (store.Rows, error) {
	found, err := s.conn.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, classify(err)
	}
	return rows{found}, nil
}

type rows struct{ *sql.Rows }

// Err implements store.Rows.
func (r rows) Err() error { return classify(r.Rows.Err()) }

// Close implements store.Rows.
func (r rows) Close() error { return classify(r.Rows.Close()) }
