package privatefile

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"syscall"
	"time"

	"github.com/gofrs/flock"
)

const lockRetry = 10 * time.Millisecond

// Lock locks the file at path against other goroutines and processes. It creates a
// missing file with mode 0600 and refuses a link. It waits until the context ends
// and then returns an error that wraps the context's. The file is never removed: otherwise two processes
// could hold locks on two files.
//
// On a file system without locks, a folder beside the file is the lock.
func Lock(ctx context.Context, path string) (unlock func(), err error) {
	return locker{(*flock.Flock).TryLock}.lock(ctx, path)
}

// Share locks the file at path together with others that share it; see [Lock]. The
// file may be removed by a caller that makes sure that nobody is about to share it.
func Share(path string) (unlock func(), err error) {
	return locker{(*flock.Flock).TryRLock}.share(path)
}

// IsLocked reports whether a process, perhaps this one, has locked or shares the
// file at path. A missing file is not locked; in doubt, as with a link, it is.
func IsLocked(path string) bool { return locker{(*flock.Flock).TryLock}.isLocked(path) }

// locker locks files by a call of the system, which some file systems refuse.
type locker struct {
	try func(*flock.Flock) (bool, error)
}

// attempt calls try, and again while another process has the file open on Windows.
func (l locker) attempt(lock *flock.Flock) (locked bool, err error) {
	err = retry(func() (err error) {
		locked, err = l.tryOnce(lock)
		return err
	})
	return locked, err
}

// mostSignals bounds how often a signal may interrupt one call, as on network file systems.
const mostSignals = 100

func (l locker) tryOnce(lock *flock.Flock) (locked bool, err error) {
	for range mostSignals {
		locked, err = l.try(lock)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	return locked, err
}

func (l locker) lock(ctx context.Context, path string) (unlock func(), err error) {
	lock := newFlock(path, os.O_CREATE)
	unlock = func() { _ = lock.Unlock() } // the lock ends with the process in any case
	attempt := func() (bool, error) { return l.attempt(lock) }
	err = poll(ctx, attempt)
	switch {
	case err == nil:
		return unlock, nil
	case ctx.Err() != nil && errors.Is(err, ctx.Err()):
		return nil, &waitError{why: "another process has locked it", err: err}
	case !hasNoLocks(err):
		return nil, err
	}
	held := newHeldFolder(path)
	if err := poll(ctx, held.take); err != nil {
		return nil, held.explain(err)
	}
	return held.release, nil
}

// waitError is the end of a context during a wait for a lock.
type waitError struct {
	why string
	err error // of the context
}

func (e *waitError) Error() string { return e.why }
func (e *waitError) Unwrap() error { return e.err }

func (l locker) share(path string) (unlock func(), err error) {
	lock := newFlock(path, os.O_CREATE)
	shared, err := l.attempt(lock)
	switch {
	case hasNoLocks(err):
		held := newHeldFolder(path)
		return held.release, held.join()
	case err != nil:
		return nil, err
	case !shared:
		return nil, errors.New(path + " is locked")
	}
	return func() { _ = lock.Unlock() }, nil
}

func (l locker) isLocked(path string) bool {
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return false
	}
	lock := newFlock(path, 0)
	locked, err := l.tryOnce(lock)
	if locked {
		_ = lock.Unlock()
	}
	if hasNoLocks(err) {
		return newHeldFolder(path).isHeld()
	}
	return !locked && !errors.Is(err, fs.ErrNotExist)
}

func newFlock(path string, flags int) *flock.Flock {
	return flock.New(path, flock.SetFlag(flags|os.O_RDWR|noFollow), flock.SetPermissions(0o600))
}

// poll repeats an attempt until it succeeds or fails, or ctx ends.
func poll(ctx context.Context, attempt func() (bool, error)) error {
	for {
		done, err := attempt()
		if done || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(lockRetry):
		}
	}
}

// hasNoLocks reports whether an error of locking says that the file system, or the
// server that has it, offers no locks.
func hasNoLocks(err error) bool {
	return errors.Is(err, errors.ErrUnsupported) || errors.Is(err, syscall.ENOLCK)
}
