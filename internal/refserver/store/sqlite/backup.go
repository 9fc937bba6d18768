package sqlite

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"time"

	"github.com/dxauth/dxauth/internal/privatefile"
	"github.com/dxauth/dxauth/internal/refserver/store"
)

// Backup copies the store in a file, whatever its schema, into a new file of
// mode 0600, while servers keep writing. The copy is a snapshot, marked as a copy. It gets its
// name when it is complete and on the disk, as [privatefile.Build] does it.
func Backup(ctx context.Context, source, destination string) error {
	source, err := filepath.Abs(source)
	if err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	if err := checkSource(ctx, source); err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	err = privatefile.Build(destination, func(draft *os.File) error { return copyInto(ctx, source, draft.Name()) })
	if err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	return nil
}

// checkSource refuses a file that is not a store, a damaged one of any size, and an empty one.
func checkSource(ctx context.Context, source string) error {
	info, err := os.Stat(source)
	if err == nil && info.Size() == 0 {
		return fmt.Errorf("%s is empty", source)
	}
	return inspect(ctx, source, math.MaxInt64)
}

func copyInto(ctx context.Context, source, draft string) error {
	db, err := openPool(dataSource(source, waitSettings), 1)
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err = db.ExecContext(ctx, "VACUUM INTO ?", draft); err != nil {
		return classify(err)
	}
	return markCopy(ctx, draft)
}

// markCopy marks the store in a file as a copy made now.
func markCopy(ctx context.Context, path string) error {
	db, err := openPool(dataSource(path, waitSettings), 1)
	if err != nil {
		return err
	}
	defer db.Close()
	conn, err := acquireConn(ctx, db)
	if err != nil {
		return err
	}
	defer conn.Close()
	return store.MarkCopy(ctx, conn, time.Now())
}
