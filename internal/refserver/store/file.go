package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// applicationID marks a SQLite file as a store of this program: "dxau".
const applicationID = 0x64786175

// readers is how many connections read a file at once.
const readers = 4

// OpenFile opens the store in a file, and makes it when it is missing: mode
// 0600, in a folder of mode 0700 where that is missing too. A file of another
// program, or a damaged one, is refused and left as it is.
func OpenFile(ctx context.Context, path string) (*Store, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open the store: %w", err)
	}
	if err := claim(path); err != nil {
		return nil, fmt.Errorf("open the store: %w", err)
	}
	if err := inspect(ctx, path); err != nil {
		return nil, fmt.Errorf("open the store %s: %w", path, err)
	}
	writer, err := openPool(dataSource(path, settings), 1)
	if err != nil {
		return nil, err
	}
	reader, err := openPool(dataSource(path, readSettings), readers)
	if err != nil {
		return nil, errors.Join(err, writer.Close())
	}
	s, err := (&Store{writer: writer, reader: reader}).prepare(ctx)
	if err != nil {
		return nil, fmt.Errorf("open the store %s: %w", path, err)
	}
	return s, nil
}

// OpenExisting opens the store in a file that has to be there.
func OpenExisting(ctx context.Context, path string) (*Store, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("open the store: %w", err)
	}
	return OpenFile(ctx, path)
}

// claim makes the file, or makes sure that it is one of ours.
func claim(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return checkOwner(path)
	}
	if err != nil {
		return err
	}
	return file.Close()
}

// checkOwner reads the header of a SQLite file. An empty file may be one that
// was made just before a crash.
func checkOwner(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	const headerSize, idOffset = 100, 68
	header := make([]byte, headerSize)
	n, err := io.ReadFull(file, header)
	switch {
	case n == 0 && errors.Is(err, io.EOF):
		return nil
	case errors.Is(err, io.ErrUnexpectedEOF), err == nil && string(header[:16]) != "SQLite format 3\x00":
		return fmt.Errorf("%s is not a store of dxauth: name another file", path)
	case err != nil:
		return err
	}
	if id := binary.BigEndian.Uint32(header[idOffset:]); id != applicationID && id != 0 {
		return fmt.Errorf("%s is the database of another program: name another file", path)
	}
	return nil
}

// inspect looks at a file before anything is changed in it, the mode of its
// journal included.
func inspect(ctx context.Context, path string) error {
	db, err := openPool(dataSource(path, lookSettings), 1)
	if err != nil {
		return err
	}
	defer db.Close()
	var verdict string
	if err := db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&verdict); err != nil {
		return classify(err)
	}
	if verdict != "ok" {
		return fmt.Errorf("it is damaged (%s): restore a backup", verdict)
	}
	var id, tables int
	if err := db.QueryRowContext(ctx, "PRAGMA application_id").Scan(&id); err != nil {
		return classify(err)
	}
	if err := db.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&tables); err != nil {
		return classify(err)
	}
	if id != applicationID && tables > 0 {
		return errors.New("it is the database of another program: name another file")
	}
	return nil
}

// Backup copies the store as it is at this moment into a new file, mode 0600,
// while others go on writing. The copy is complete or is not there.
func (s *Store) Backup(ctx context.Context, path string) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	defer file.Close()
	if _, err := s.writer.ExecContext(ctx, "VACUUM INTO ?", path); err != nil {
		return errors.Join(fmt.Errorf("back up: %w", classify(err)), os.Remove(path))
	}
	if err := file.Sync(); err != nil {
		return errors.Join(fmt.Errorf("back up: %w", err), os.Remove(path))
	}
	return nil
}

// Meta returns a value that belongs to the store as a whole; nil: none.
func (s *Store) Meta(ctx context.Context, name string) ([]byte, error) {
	var value []byte
	err := s.reader.QueryRowContext(ctx, "SELECT value FROM meta WHERE name = ?", name).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return value, classify(err)
}

// SetMeta keeps a value that belongs to the store as a whole.
func (s *Store) SetMeta(ctx context.Context, name string, value []byte) error {
	_, err := s.writer.ExecContext(ctx, `INSERT INTO meta (name, value) VALUES (?, ?)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
	return classify(err)
}
