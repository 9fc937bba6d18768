package refserver

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/dxauth/dxauth/internal/privatefile"
	"github.com/dxauth/dxauth/internal/refserver/store"
	"github.com/dxauth/dxauth/internal/refserver/store/postgres"
	"github.com/dxauth/dxauth/internal/refserver/store/sqlite"
	"github.com/dxauth/dxauth/internal/refserver/store/transfer"
)

// Export writes all rows of the store of a configuration into a new file of mode 0600,
// while servers keep writing. The file gets its name when it is complete and on the disk,
// as [privatefile.Build] does it. It does not contain the key.
func Export(ctx context.Context, c Config, path string) (err error) {
	db, err := openTables(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	err = privatefile.Build(path, func(draft *os.File) error { return transfer.Save(ctx, db, time.Now(), draft) })
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return nil
}

// Import fills the empty store of a configuration with the rows of an exported file,
// compares each, and returns when the file was made. If it fails, the store is as it was.
func Import(ctx context.Context, c Config, path string) (made time.Time, err error) {
	if err := privatefile.CheckMode(path); err != nil {
		return made, fmt.Errorf("import: %w", err)
	}
	file, err := os.Open(path)
	if err != nil {
		return made, fmt.Errorf("import: %w", err)
	}
	defer file.Close()
	_, missing := os.Stat(c.StoreFile)
	db, err := openTables(ctx, c)
	if err != nil {
		return made, err
	}
	made, err = transfer.Load(ctx, file, db)
	if err = errors.Join(err, db.Close()); err == nil {
		return made, nil
	}
	if c.StoreFile != "" && errors.Is(missing, fs.ErrNotExist) {
		err = errors.Join(err, removeStore(c.StoreFile))
	}
	return made, fmt.Errorf("import: %w", err)
}

// removeStore removes a file that was made for a store, and what the engine keeps beside it.
func removeStore(path string) error {
	return errors.Join(privatefile.Remove(path), privatefile.Remove(path+"-wal"), privatefile.Remove(path+"-shm"))
}

// copiable is a store whose rows can be copied.
type copiable interface {
	store.Database
	transfer.Writer
}

func openTables(ctx context.Context, c Config) (copiable, error) {
	if c.Postgres != nil {
		return postgres.Open(ctx, postgres.Config{Address: *c.Postgres})
	}
	return sqlite.OpenFile(ctx, c.StoreFile)
}
