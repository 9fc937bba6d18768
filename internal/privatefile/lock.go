package privatefile

import (
	"context"
	"os"
	"time"

	"github.com/gofrs/flock"
)

const lockRetry = 10 * time.Millisecond

// Lock locks the file at path against other goroutines and processes. It creates a
// missing file with mode 0600 and refuses a link. It waits until the context ends
// and then returns its error. The file is never removed: otherwise two processes
// could hold locks on two files.
func Lock(ctx context.Context, path string) (unlock func(), err error) {
	lock := flock.New(path, flock.SetFlag(os.O_CREATE|os.O_RDWR|noFollow), flock.SetPermissions(0o600))
	if _, err := lock.TryLockContext(ctx, lockRetry); err != nil {
		return nil, err
	}
	return func() { _ = lock.Unlock() }, nil // the lock ends with the process in any case
}
