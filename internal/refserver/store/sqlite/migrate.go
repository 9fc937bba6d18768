package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"fmt"

	"github.com/dxauth/dxauth/internal/refserver/store"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// newSchema makes of an empty database what the first newVersion migrations make of it, in
// a quarter of the time. A test compares both; with UPDATE_SCHEMA=1 it writes the file.
//
//go:embed schema.sql
var newSchema string

const newVersion = 21

// migrate applies the migrations that the database lacks, in one transaction. It
// refuses a database of a newer program and does not change it.
func migrate(ctx context.Context, db *sql.DB) error {
	scripts, err := migrations()
	if err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return classify(err)
	}
	defer tx.Rollback() // no effect after Commit
	var version int
	if err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return classify(err)
	}
	if version == len(scripts) {
		return nil
	}
	if version > len(scripts) {
		return fmt.Errorf("the store has schema %d, but this program supports only %d: use a newer dxauth", version, len(scripts))
	}
	if version == 0 {
		if _, err := tx.ExecContext(ctx, newSchema); err != nil {
			return fmt.Errorf("make the tables of the store: %w", classify(err))
		}
		version = newVersion
	}
	for i := version; i < len(scripts); i++ {
		if _, err := tx.ExecContext(ctx, scripts[i]); err != nil {
			return fmt.Errorf("migrate the store to schema %d: %w", i+1, classify(err))
		}
	}
	// A pragma takes no parameters.
	marks := fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d", applicationID, len(scripts))
	if _, err := tx.ExecContext(ctx, marks); err != nil {
		return classify(err)
	}
	return classify(tx.Commit())
}

// migrations returns the scripts in the order of their names.
func migrations() ([]string, error) { return store.Scripts(migrationFiles) }
