package sqlite

import (
	"bytes"
	"compress/gzip"
	"context"
	"database/sql"
	"embed"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/dxauth/dxauth/internal/refserver/store"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// newImage is a database in which only migrations ran, compressed with gzip. A test compares
// both; with UPDATE_IMAGE=1 it writes the file.
//
//go:embed new.db.gz
var newImage []byte

// migrate applies the migrations that the database lacks, in one transaction, after it
// filled an empty one. It refuses a database of a newer program and does not change it.
func migrate(ctx context.Context, db *sql.DB) error {
	scripts, err := migrations()
	if err != nil {
		return err
	}
	return migrateWith(ctx, db, scripts)
}

func migrateWith(ctx context.Context, db *sql.DB, scripts []string) error {
	if err := fillEmpty(ctx, db); err != nil {
		return fmt.Errorf("make the tables of the store: %w", err)
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return classify(err)
	}
	defer tx.Rollback() // no effect after Commit
	version, err := versionOf(ctx, tx)
	if err != nil {
		return err
	}
	if version == len(scripts) {
		return nil
	}
	if version > len(scripts) {
		return fmt.Errorf("the store has schema %d, but this program supports only %d: use a newer dxauth", version, len(scripts))
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

func versionOf(ctx context.Context, tx *sql.Tx) (version int, err error) {
	err = tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version)
	return version, classify(err)
}

// fillEmpty makes newImage of an empty database, in a transaction of its own: until that
// ends, the engine knows the first page as it was.
func fillEmpty(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return classify(err)
	}
	defer tx.Rollback() // no effect after Commit
	version, err := versionOf(ctx, tx)
	if err != nil || version > 0 {
		return err
	}
	if err := writePages(ctx, tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return classify(err)
	}
	_, err = db.ExecContext(ctx, "PRAGMA shrink_memory") // forgets the pages as they were
	return classify(err)
}

// writePages writes the pages of newImage into an empty database with a write-ahead log,
// which takes a tenth of the time that the migrations take. It refuses a database with
// tables, whose pages it would overwrite, and leaves one without a log to the migrations.
func writePages(ctx context.Context, tx *sql.Tx) error {
	var tables, pageBytes int
	var mode string
	const query = "SELECT (SELECT count(*) FROM sqlite_schema), page_size, journal_mode FROM pragma_page_size, pragma_journal_mode"
	if err := tx.QueryRowContext(ctx, query).Scan(&tables, &pageBytes, &mode); err != nil {
		return classify(err)
	}
	switch {
	case tables > 0:
		return errForeignDatabase
	case pageBytes != pageSize || mode != "wal":
		return nil
	}
	image, err := unpack(newImage)
	if err != nil {
		return err
	}
	withLog(image)
	_, err = tx.ExecContext(ctx, `WITH RECURSIVE pages (no) AS (SELECT 1 UNION ALL SELECT no + 1 FROM pages WHERE no < ?2)
		INSERT INTO sqlite_dbpage (pgno, data, schema) SELECT no, substr(?1, (no - 1) * ?3 + 1, ?3), 'main' FROM pages`,
		image, len(image)/pageSize, pageSize)
	return classify(err)
}

// withLog makes a database one with a write-ahead log: two places of its header say so.
func withLog(image []byte) {
	const writeVersion, readVersion, log = 18, 19, 2
	image[writeVersion], image[readVersion] = log, log
}

func unpack(packed []byte) ([]byte, error) {
	reader, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	content := make([]byte, binary.LittleEndian.Uint32(packed[len(packed)-4:])) // the format ends with the size
	_, err = io.ReadFull(reader, content)
	return content, err
}

// migrations returns the scripts in the order of their names.
func migrations() ([]string, error) { return store.Scripts(migrationFiles) }
