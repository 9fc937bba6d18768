package privatefile

import (
	"context"
	"errors"
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
	err = retry(func() error {
		_, err := lock.TryLockContext(ctx, lockRetry)
		return err
	})
	if err != nil {
		return nil, err
	}
	return func() { _ = lock.Unlock() }, nil // the lock ends with the process in any case
}

// Share locks the file at path together with others that share it; see [Lock]. The
// file may be removed by a caller that makes sure that nobody is about to share it.
func Share(path string) (unlock func(), err error) {
	lock := flock.New(path, flock.SetFlag(os.O_CREATE|os.O_RDWR|noFollow), flock.SetPermissions(0o600))
	var locked bool
	err = retry(func() (err error) {
		locked, err = lock.TryRLock()
		return err
	})
	if err == nil && !locked {
		err = errors.New(path + " is locked")
	}
	if err != nil {
		return nil, err
	}
	return func() { _ = lock.Unlock() }, nil
}

// IsFree reports whether there is a file at path, not a link, that no process has locked
// or shares. In doubt it returns false.
func IsFree(path string) bool {
	if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() {
		return false
	}
	lock := flock.New(path, flock.SetFlag(os.O_RDWR|noFollow))
	locked, err := lock.TryLock()
	if err != nil || !locked {
		return false
	}
	return lock.Unlock() == nil
}

// IsLocked reports whether a process, perhaps this one, has locked or shares the
// file at path.
func IsLocked(path string) bool {
	if _, err := os.Lstat(path); err != nil {
		return false
	}
	lock := flock.New(path, flock.SetFlag(os.O_RDWR|noFollow))
	locked, err := lock.TryLock()
	if locked {
		_ = lock.Unlock()
	}
	return err == nil && !locked
}
