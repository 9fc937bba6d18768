package privatefile

import (
	"context"
	"os"
	"time"

	"github.com/gofrs/flock"
)

const lockRetry = 10 * time.Millisecond

// Lock excludes other goroutines and processes that lock the file at path, which
// is made with mode 0600 if it is missing and must not be a link. It waits as
// long as the context lasts and returns its error. The file stays: if it were
// removed, two processes could hold locks on two files.
func Lock(ctx context.Context, path string) (unlock func(), err error) {
	lock := flock.New(path, flock.SetFlag(os.O_CREATE|os.O_RDWR|noFollow), flock.SetPermissions(0o600))
	if _, err := lock.TryLockContext(ctx, lockRetry); err != nil {
		return nil, err
	}
	return func() { _ = lock.Unlock() }, nil // the lock ends with the process at the latest
}
