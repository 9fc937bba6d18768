package sqlite

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// applicationID marks a SQLite file as a store of this program: "dxau".
const applicationID = 0x64786175

var (
	errForeign         = errors.New("not a store of dxauth: use another file")
	errForeignDatabase = errors.New("the database of another program: use another file")
)

// checkedAtStart is up to which size of a file, in bytes, a start reads all of its pages: the
// time that it takes grows with the file, 2.8 seconds for 125 MB on a busy machine.
// Of a larger file the engine still notices that it is cut off, and a backup reads it whole.
const checkedAtStart = 16 << 20

// inspect checks a file before anything in it or in its log changes, and refuses
// one that is damaged or of another program. It reads all pages of a file that has at most
// checked bytes.
func inspect(ctx context.Context, path string, checked int64) error {
	if err := inspectFile(ctx, path, checked); err != nil {
		return fmt.Errorf("open the store %s: %w", path, err)
	}
	return nil
}

func inspectFile(ctx context.Context, path string, checked int64) error {
	id, size, err := readHeader(path)
	switch {
	case err != nil:
		return err
	case size == 0: // possibly made just before a crash
		return nil
	case id != applicationID && id != 0:
		return errForeignDatabase
	}
	check := checkPages
	if size > checked {
		check = checkNothing
	}
	err = look(ctx, path, lookSettings, check)
	// A new store has at most one page until it has its mark.
	if isOurs := id == applicationID || size <= pageSize; isOurs && hasHotJournal(err) {
		return look(ctx, path, waitSettings, check)
	}
	if hasHotJournal(err) {
		return errForeignDatabase
	}
	return err
}

// pageSize is the page size of a new database, in bytes.
const pageSize = 4096

// readHeader reads the mark in the header of a SQLite file, and the file's size.
// Opening it for writing tells early whether it is writable, with a clearer
// error than the engine's.
func readHeader(path string) (id uint32, size int64, err error) {
	info, err := statRegular(path)
	if err != nil {
		return 0, 0, err
	}
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return 0, 0, err
	}
	defer file.Close()
	const headerSize, idOffset, magic = 100, 68, "SQLite format 3\x00"
	header := make([]byte, headerSize)
	_, err = io.ReadFull(file, header)
	switch {
	case errors.Is(err, io.EOF):
		return 0, 0, nil
	case errors.Is(err, io.ErrUnexpectedEOF), err == nil && string(header[:len(magic)]) != magic:
		return 0, 0, errForeign
	case err != nil:
		return 0, 0, err
	}
	return binary.BigEndian.Uint32(header[idOffset:]), info.Size(), nil
}

// Statements that say "ok" if they find no damage.
const (
	checkPages   = "PRAGMA quick_check(1)"
	checkNothing = "SELECT 'ok'"
)

// look opens a database with the given settings and checks it and its mark.
func look(ctx context.Context, path, settings, check string) error {
	db, err := openPool(dataSource(path, settings), 1)
	if err != nil {
		return err
	}
	defer db.Close()
	var result string
	if err := db.QueryRowContext(ctx, check).Scan(&result); err != nil {
		return explain(err)
	}
	if result != "ok" {
		return fmt.Errorf("damaged (%s): restore a backup", result)
	}
	var id, tables int
	if err := db.QueryRowContext(ctx, "PRAGMA application_id").Scan(&id); err != nil {
		return explain(err)
	}
	if err := db.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&tables); err != nil {
		return explain(err)
	}
	if id != applicationID && tables > 0 {
		return errForeignDatabase
	}
	return nil
}

// explain turns an error of the engine into what the operator of a server can
// do.
func explain(err error) error {
	switch code := codeOf(err) & 0xff; code {
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return fmt.Errorf("damaged (%w): restore a backup", err)
	case sqlite3.SQLITE_CANTOPEN:
		return fmt.Errorf("cannot be opened (%w): its folder must be writable, too", err)
	default:
		return classify(err)
	}
}

// hasHotJournal reports whether a look failed because an interrupted change has
// to be rolled back first, which needs a connection that writes.
func hasHotJournal(err error) bool { return codeOf(err) == sqlite3.SQLITE_READONLY_ROLLBACK }

// codeOf returns the engine's extended code of an error, or 0 for any other
// error.
func codeOf(err error) int {
	var failure *sqlite.Error
	if !errors.As(err, &failure) {
		return 0
	}
	return failure.Code()
}
