package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/dxauth/dxauth/internal/privatefile"
	"github.com/dxauth/dxauth/internal/refserver/store"
)

// readers is how many connections read a file at once.
const readers = 4

// OpenFile opens the store in a file. It makes a missing file with mode 0600,
// and a missing folder with mode 0700. It refuses a file that other users can read
// or change, a damaged one or that of another program, and does not change it. Of a large
// file it does not read every page.
func OpenFile(ctx context.Context, path string) (*Store, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open the store: %w", err)
	}
	isNew, err := claim(path)
	if err != nil {
		return nil, fmt.Errorf("open the store: %w", err)
	}
	if err := checkModes(path); err != nil {
		return nil, fmt.Errorf("open the store: %w", err)
	}
	if !isNew {
		if err := inspect(ctx, path, checkedAtStart); err != nil {
			return nil, err
		}
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

// claim makes a missing file, and reports whether it did; it refuses what is not a file. The
// modes do not depend on the umask.
func claim(path string) (isNew bool, err error) {
	if err := makeFolder(filepath.Dir(path)); err != nil {
		return false, err
	}
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		err := makeFile(path)
		if !errors.Is(err, fs.ErrExist) {
			return true, err
		}
	}
	if _, err := statRegular(path); err != nil {
		return false, fmt.Errorf("%s: %w", path, err)
	}
	return false, nil
}

// makeFile makes the file of a new store, at once with all of its tables: the engine would take
// several times as long, and wait for the disk six times instead of twice. Where the disk is
// full or has no links, it makes an empty file, which the engine fills, or says why it cannot.
// It returns fs.ErrExist if another process made the file first.
func makeFile(path string) error {
	image, err := unpack(newImage)
	if err != nil {
		return err
	}
	withLog(image)
	if err := privatefile.Add(path, image); err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	file, err := privatefile.Create(path)
	if err != nil {
		return err
	}
	return file.Close()
}

func statRegular(path string) (fs.FileInfo, error) {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("not a regular file")
	}
	return info, err
}

// checkModes checks who can read the file and what SQLite keeps beside it.
func checkModes(path string) error {
	for _, name := range []string{path, path + "-wal", path + "-shm", path + "-journal"} {
		if err := privatefile.CheckMode(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func makeFolder(dir string) error {
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return os.Chmod(dir, 0o700) // #nosec G302 -- a folder
}

// Meta implements store.Database.
func (s *Store) Meta(ctx context.Context, name string) ([]byte, error) {
	conn, err := acquireConn(ctx, s.reader)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	return store.Meta(ctx, conn, name)
}

// AddMeta implements store.Database. The next Write syncs the log, in which it is before that.
func (s *Store) AddMeta(ctx context.Context, name string, value []byte) error {
	conn, err := acquireConn(ctx, s.writer)
	if err != nil {
		return err
	}
	defer conn.Close()
	return withoutSync(conn, func() error { return store.AddMeta(ctx, conn, name, value) })
}
