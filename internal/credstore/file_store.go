package credstore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/dxauth/dxauth/internal/privatefile"
	"github.com/dxauth/dxauth/pkg/secret"
)

// lockPatience is how long a writer waits for another one. A write takes
// milliseconds, or tenths of a second where a passphrase is stretched.
const lockPatience = 5 * time.Second

// maxFile bounds what is read, in bytes: about two thousand items.
const maxFile = 1 << 20

// fileStore keeps items in one file of a directory: 0600 in 0700, owned by this
// user, no symbolic links. Any other file, and any content that this package did not
// write, is refused and not changed.
//
// Readers need no lock, because a write replaces the whole file at once.
type fileStore struct {
	name     string // of the store
	dir      string
	file     string // its name in dir
	format   format
	patience time.Duration
}

// format is the encoding of items in a file.
type format interface {
	// prepare asks the user for what encode and decode need. It is called before
	// the lock is taken, so that no other process waits for the answer. fresh
	// says that there is no file yet.
	prepare(ctx context.Context, fresh bool) error
	encode(ctx context.Context, items items) ([]byte, error)
	// decode returns errMalformed, errNewer or errWrongPassphrase if the content can't
	// be read.
	decode(ctx context.Context, content []byte) (items, error)
}

func newFileStore(name, dir, file string, format format) *fileStore {
	return &fileStore{name: name, dir: dir, file: file, format: format, patience: lockPatience}
}

func (f *fileStore) Name() string { return f.name }

func (f *fileStore) path() string { return filepath.Join(f.dir, f.file) }

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

// lockPath is the file that writers lock.
func (f *fileStore) lockPath() string { return f.path() + ".lock" }

// lock excludes other writers.
func (f *fileStore) lock(ctx context.Context) (unlock func(), err error) {
	limited, cancel := context.WithTimeout(ctx, f.patience)
	defer cancel()
	unlock, err = privatefile.Lock(limited, f.lockPath())
	switch {
	case err == nil:
		return unlock, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, context.DeadlineExceeded):
		return nil, unavailable(f.probed(Unresponsive, "another program holds the lock "+f.lockPath()))
	default:
		return nil, fmt.Errorf("locking the credential file: %w", err)
	}
}

// read returns the content of the file, in a directory in which others can
// neither read nor replace it.
func (f *fileStore) read() ([]byte, error) {
	if err := f.checkDir(); err != nil {
		return nil, err
	}
	content, err := privatefile.Read(f.path(), maxFile)
	return content, f.declined("reading the credential file", err)
}

func (f *fileStore) checkDir() error {
	err := privatefile.CheckFolder(f.dir, privatefile.ReadOrChange)
	return f.declined("the directory of the credential file", err)
}

// declined turns an unsafe file into an error of the store, and wraps other errors.
func (f *fileStore) declined(doing string, err error) error {
	var unsafe *privatefile.UnsafeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &unsafe):
		return unavailable(f.probed(Declined, unsafe.Error()))
	default:
		return fmt.Errorf("%s: %w", doing, err)
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
	case errors.Is(err, errNewer):
		return nil, f.refuse("was written by a newer dxauth: use that one")
	case errors.Is(err, errMalformed):
		return nil, f.refuse("is damaged, or not a credential file of this version: move it away")
	case errors.Is(err, errWrongPassphrase):
		return nil, newWrongPassphraseError(f.probed(Declined, f.path()+" is not opened by this passphrase"))
	}
	return found, err
}

// save replaces the file, or removes it when no item is left.
func (f *fileStore) save(ctx context.Context, items items) error {
	if err := privatefile.RemoveDrafts(f.path()); err != nil {
		return fmt.Errorf("removing an old draft of the credential file: %w", err)
	}
	if len(items) == 0 {
		if err := privatefile.Remove(f.path()); err != nil {
			return fmt.Errorf("removing the credential file: %w", err)
		}
		return nil
	}
	content, err := f.format.encode(ctx, items)
	if err != nil {
		return err
	}
	if err := privatefile.Replace(f.path(), content); err != nil {
		return fmt.Errorf("writing the credential file: %w", err)
	}
	return nil
}

// refuse is the error of a file whose content must not be used.
func (f *fileStore) refuse(why string) *UnavailableError {
	return unavailable(f.probed(Declined, f.path()+" "+why))
}

func (f *fileStore) probed(outcome Outcome, detail string) Probe {
	return Probe{Store: f.name, Outcome: outcome, Detail: detail}
}

// failed returns the probe for a file that could not be read.
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
