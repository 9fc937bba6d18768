package credstore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"github.com/dxauth/dxauth/pkg/secret"
)

const (
	// lockPatience is how long a writer waits for another one. A write takes
	// milliseconds, or tenths of a second where a passphrase is stretched.
	lockPatience = 5 * time.Second
	lockRetry    = 5 * time.Millisecond
)

// fileStore keeps items in one file of a directory: 0600 in 0700, owned by this
// user, no symbolic links. A file that is anything else, or not what this
// package writes, is refused and left as it is.
//
// Readers need no lock, because a write replaces the whole file at once.
type fileStore struct {
	name     string // of the store
	dir      string
	file     string // its name in dir
	format   format
	patience time.Duration
}

// format is how items lie in a file.
type format interface {
	// prepare gets from a person what encode and decode need. It is called
	// before the lock is taken, which must not wait for an answer. fresh says
	// that there is no file yet.
	prepare(ctx context.Context, fresh bool) error
	encode(ctx context.Context, items items) ([]byte, error)
	// decode answers errMalformed or errWrongPassphrase where the content is
	// the matter.
	decode(ctx context.Context, content []byte) (items, error)
}

func newFileStore(name, dir, file string, format format) *fileStore {
	return &fileStore{name: name, dir: dir, file: file, format: format, patience: lockPatience}
}

func (f *fileStore) Name() string { return f.name }

func (f *fileStore) path() string { return filepath.Join(f.dir, f.file) }

// stagingPath is where a new version is written. One name is enough, because
// writers hold the lock; what a killed one left there is removed by the next.
func (f *fileStore) stagingPath() string { return f.path() + ".new" }

func (f *fileStore) Get(ctx context.Context, key Key) (secret.Text, error) {
	if err := errors.Join(ctx.Err(), key.check()); err != nil {
		return secret.Text{}, err
	}
	items, err := f.load(ctx)
	if err != nil {
		return secret.Text{}, err
	}
	value, ok := items[key.String()]
	if !ok {
		return secret.Text{}, fmt.Errorf("reading %s from %s: %w", key, f.path(), ErrNotFound)
	}
	return value, nil
}

func (f *fileStore) Set(ctx context.Context, key Key, value secret.Text) error {
	if err := key.check(); err != nil {
		return err
	}
	if value.Len() > MaxItem {
		return ErrTooBig
	}
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return fmt.Errorf("making the directory of the credential file: %w", err)
	}
	if err := f.format.prepare(ctx, !isThere(f.path())); err != nil {
		return err
	}
	if err := f.change(ctx, func(items items) { items[key.String()] = value }); err != nil {
		return err
	}
	return confirmKept(ctx, f, key, value)
}

func (f *fileStore) Delete(ctx context.Context, key Key) error {
	if err := key.check(); err != nil {
		return err
	}
	if !isThere(f.dir) {
		return nil
	}
	if isThere(f.path()) {
		if err := f.format.prepare(ctx, false); err != nil {
			return err
		}
	}
	if err := f.change(ctx, func(items items) { delete(items, key.String()) }); err != nil {
		return err
	}
	return confirmDeleted(ctx, f, key)
}

// change reads, changes and replaces the file under the lock.
func (f *fileStore) change(ctx context.Context, edit func(items)) error {
	if err := f.checkDir(); err != nil {
		return err
	}
	unlock, err := f.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()

	items, err := f.load(ctx)
	if err != nil {
		return err
	}
	edit(items)
	return f.save(ctx, items)
}

// lock excludes other writers, goroutines and processes alike. The lock file
// stays: removing it would let two writers hold locks on two files.
func (f *fileStore) lock(ctx context.Context) (unlock func(), err error) {
	limited, cancel := context.WithTimeout(ctx, f.patience)
	defer cancel()
	lock := flock.New(f.path()+".lock", flock.SetFlag(os.O_CREATE|os.O_RDWR|noFollow), flock.SetPermissions(0o600))
	_, err = lock.TryLockContext(limited, lockRetry)
	switch {
	case err == nil:
		return func() { _ = lock.Unlock() }, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, context.DeadlineExceeded):
		return nil, unavailable(f.probed(Unresponsive, "another program holds the lock "+lock.Path()))
	default:
		return nil, fmt.Errorf("locking the credential file: %w", err)
	}
}

// load reads the items; a file that doesn't exist has none.
func (f *fileStore) load(ctx context.Context) (items, error) {
	content, err := f.read()
	if errors.Is(err, fs.ErrNotExist) {
		return items{}, nil
	}
	if err != nil {
		return nil, err
	}
	found, err := f.format.decode(ctx, content)
	switch {
	case errors.Is(err, errMalformed):
		return nil, f.refuse(f.path(), "is damaged, or no credential file of this version: move it away")
	case errors.Is(err, errWrongPassphrase):
		return nil, newWrongPassphraseError(f.probed(Declined, f.path()+" is not opened by this passphrase"))
	}
	return found, err
}

// save replaces the file, or removes it when no item is left.
func (f *fileStore) save(ctx context.Context, items items) error {
	if err := removeIfThere(f.stagingPath()); err != nil {
		return err
	}
	if len(items) == 0 {
		return errors.Join(removeIfThere(f.path()), syncDir(f.dir))
	}
	content, err := f.format.encode(ctx, items)
	if err != nil {
		return err
	}
	if err := writeNew(f.stagingPath(), content); err != nil {
		return err
	}
	if err := os.Rename(f.stagingPath(), f.path()); err != nil {
		return fmt.Errorf("replacing the credential file: %w", err)
	}
	return syncDir(f.dir)
}

// refuse is the error of a file or directory that must not be used as it is.
func (f *fileStore) refuse(path, fault string) *UnavailableError {
	return unavailable(f.probed(Declined, path+" "+fault))
}

func (f *fileStore) probed(outcome Outcome, detail string) Probe {
	return Probe{Store: f.name, Outcome: outcome, Detail: detail}
}

// failed is the probe of a file that could not be read.
func (f *fileStore) failed(err error) Probe {
	var refused *UnavailableError
	if errors.As(err, &refused) {
		return refused.Reasons[0]
	}
	return f.probed(Declined, err.Error())
}

func isThere(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, fs.ErrNotExist)
}
