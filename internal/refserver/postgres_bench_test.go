//go:build unix

package refserver

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dxauth/dxauth/internal/refserver/teststore"
)

// BenchmarkWhoamiOnPostgres is BenchmarkWhoami with a store in PostgreSQL, over its Unix
// socket. The bare handler uses pgx's own pool, which prepares the statement, too.
func BenchmarkWhoamiOnPostgres(b *testing.B) {
	address := teststore.NewDatabase(b)
	db, err := teststore.OpenAddress(b.Context(), address)
	if err != nil {
		b.Fatal(err)
	}
	whoami := serveForBench(b, openForBench(b, Config{Database: db}).Handler())
	settings, err := pgxpool.ParseConfig("")
	if err != nil {
		b.Fatal(err)
	}
	settings.ConnConfig, settings.MaxConns = address.Config(), 8
	pool, err := pgxpool.NewWithConfig(b.Context(), settings)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(pool.Close)
	read := func(ctx context.Context, signature string, into ...any) error {
		return pool.QueryRow(ctx, `SELECT `+bareColumns+` FROM tokens WHERE signature = $1`, signature).Scan(into...)
	}
	compareWhoami(b, serveForBench(b, bareHandler(b, read)), whoami)
}
