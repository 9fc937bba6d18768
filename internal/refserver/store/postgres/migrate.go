package postgres

import (
	"context"
	"embed"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/dxauth/dxauth/internal/refserver/store"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// migrationLock is the advisory lock of a program that checks or changes the schema.
const migrationLock = 0x64786175 // "dxau"

// ErrOldSchema is returned for a database that an older program made.
var ErrOldSchema = errors.New("its schema is older than this program: run \"dxauth serve migrate\"")

// Migrate makes the tables in an empty database and brings those of an older program up
// to date. Servers may go on meanwhile, those of the previous version too.
func Migrate(ctx context.Context, address Address) error {
	err := withSchema(ctx, address, func(tx pgx.Tx, version int, scripts []string) error {
		return apply(ctx, tx, version, scripts)
	})
	if err != nil {
		return fmt.Errorf("migrate the %v: %w", address, err)
	}
	return nil
}

// prepare makes the tables in an empty database, and refuses one with another schema.
func prepare(ctx context.Context, address Address) error {
	return withSchema(ctx, address, func(tx pgx.Tx, version int, scripts []string) error {
		if version > 0 && version < len(scripts) {
			return ErrOldSchema
		}
		return apply(ctx, tx, version, scripts)
	})
}

// withSchema runs f in a transaction with the version of the schema, 0 in an empty
// database, and all scripts, while no other program does that.
func withSchema(ctx context.Context, address Address, f func(tx pgx.Tx, version int, scripts []string) error) error {
	scripts, err := migrations()
	if err != nil {
		return err
	}
	conn, err := pgx.ConnectConfig(ctx, address.Config())
	if err != nil {
		return fmt.Errorf("%w: %w", transaction.ErrUnavailable, err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", migrationLock); err != nil {
			return classify(err)
		}
		version, err := check(ctx, tx, len(scripts))
		if err != nil {
			return err
		}
		return f(tx, version, scripts)
	})
}

// check returns the version of the schema. It refuses that of a newer program, the
// database of another program, and one that cannot keep every text.
func check(ctx context.Context, tx pgx.Tx, newest int) (version int, err error) {
	var encoding string
	var ours, tables int
	err = tx.QueryRow(ctx, `SELECT current_setting('server_encoding'),
		(SELECT COUNT(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename = 'schema_version'),
		(SELECT COUNT(*) FROM pg_tables WHERE schemaname = current_schema())`).Scan(&encoding, &ours, &tables)
	switch {
	case err != nil:
		return 0, classify(err)
	case encoding != "UTF8":
		return 0, fmt.Errorf("its encoding is %s: make a database with the encoding UTF8", encoding)
	case ours == 0 && tables > 0:
		return 0, errors.New("it has tables of another program: make an empty database")
	case ours == 0:
		return 0, nil
	}
	if err := tx.QueryRow(ctx, "SELECT version FROM schema_version").Scan(&version); err != nil {
		return 0, classify(err)
	}
	if version > newest {
		return 0, fmt.Errorf("its schema is %d, but this program supports only %d: use a newer dxauth", version, newest)
	}
	return version, nil
}

// apply runs the scripts that a database lacks.
func apply(ctx context.Context, tx pgx.Tx, version int, scripts []string) error {
	for i := version; i < len(scripts); i++ {
		if _, err := tx.Exec(ctx, scripts[i]); err != nil {
			return fmt.Errorf("migrate to schema %d: %w", i+1, classify(err))
		}
	}
	switch {
	case version == len(scripts):
		return nil
	case version == 0:
		_, err := tx.Exec(ctx, "INSERT INTO schema_version VALUES ($1)", len(scripts))
		return classify(err)
	default:
		_, err := tx.Exec(ctx, "UPDATE schema_version SET version = $1", len(scripts))
		return classify(err)
	}
}

// migrations returns the scripts in the order of their names.
func migrations() ([]string, error) { return store.Scripts(migrationFiles) }
