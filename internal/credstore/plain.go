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
	plainFileName = "credentials.json"

	// lockPatience is how long a writer waits for another one. A write takes
	// milliseconds.
	lockPatience = 5 * time.Second
	lockRetry    = 5 * time.Millisecond
)

// plainFile keeps items unencrypted in one file of a directory: 0600 in 0700,
// owned by this user, no symbolic links. A file that is anything else, or not
// what this package writes, is refused and left as it is.
//
// Readers need no lock, because a write replaces the whole file at once.
type plainFile struct {
	dir      string
	patience time.Duration
}

func newPlainFile(dir string) *plainFile { return &plainFile{dir: dir, patience: lockPatience} }

func (*plainFile) Name() string { return PlaintextName }

func (p *plainFile) path() string { return filepath.Join(p.dir, plainFileName) }

// stagingPath is where a new version is written. One name is enough, because
// writers hold the lock; what a killed one left there is removed by the next.
func (p *plainFile) stagingPath() string { return p.path() + ".new" }

// Probe reads the file, and makes nothing.
func (p *plainFile) Probe(context.Context) Probe {
	if _, err := p.load(); err != nil {
		var refused *UnavailableError
		if errors.As(err, &refused) {
			return refused.Reasons[0]
		}
		return plainProbe(Declined, err.Error())
	}
	return plainProbe(Ready, p.path()+" is unencrypted")
}

func (p *plainFile) Get(ctx context.Context, key Key) (secret.Text, error) {
	if err := errors.Join(ctx.Err(), key.check()); err != nil {
		return secret.Text{}, err
	}
	items, err := p.load()
	if err != nil {
		return secret.Text{}, err
	}
	value, ok := items[key.String()]
	if !ok {
		return secret.Text{}, fmt.Errorf("reading %s from %s: %w", key, p.path(), ErrNotFound)
	}
	return value, nil
}

func (p *plainFile) Set(ctx context.Context, key Key, value secret.Text) error {
	if err := key.check(); err != nil {
		return err
	}
	if value.Len() > MaxItem {
		return ErrTooBig
	}
	if err := os.MkdirAll(p.dir, 0o700); err != nil {
		return fmt.Errorf("making the directory of the plain credential file: %w", err)
	}
	if err := p.change(ctx, func(items plainItems) { items[key.String()] = value }); err != nil {
		return err
	}
	return confirmKept(ctx, p, key, value)
}

func (p *plainFile) Delete(ctx context.Context, key Key) error {
	if err := key.check(); err != nil {
		return err
	}
	if _, err := os.Lstat(p.dir); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err := p.change(ctx, func(items plainItems) { delete(items, key.String()) }); err != nil {
		return err
	}
	return confirmDeleted(ctx, p, key)
}

// change reads, changes and replaces the file under the lock.
func (p *plainFile) change(ctx context.Context, edit func(plainItems)) error {
	if err := p.checkDir(); err != nil {
		return err
	}
	unlock, err := p.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()

	items, err := p.load()
	if err != nil {
		return err
	}
	edit(items)
	return p.save(items)
}

// lock excludes other writers, goroutines and processes alike. The lock file
// stays: removing it would let two writers hold locks on two files.
func (p *plainFile) lock(ctx context.Context) (unlock func(), err error) {
	limited, cancel := context.WithTimeout(ctx, p.patience)
	defer cancel()
	lock := flock.New(p.path()+".lock", flock.SetFlag(os.O_CREATE|os.O_RDWR|noFollow), flock.SetPermissions(0o600))
	_, err = lock.TryLockContext(limited, lockRetry)
	switch {
	case err == nil:
		return func() { _ = lock.Unlock() }, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, context.DeadlineExceeded):
		return nil, unavailable(plainProbe(Unresponsive, "another program holds the lock "+lock.Path()))
	default:
		return nil, fmt.Errorf("locking the plain credential file: %w", err)
	}
}

// load reads the items; a file that doesn't exist has none.
func (p *plainFile) load() (plainItems, error) {
	err := p.checkDir()
	if errors.Is(err, fs.ErrNotExist) {
		return plainItems{}, nil
	}
	if err != nil {
		return nil, err
	}
	content, err := readPrivate(p.path())
	if errors.Is(err, fs.ErrNotExist) {
		return plainItems{}, nil
	}
	if err != nil {
		return nil, err
	}
	items, err := decodePlain(content)
	if err != nil {
		return nil, refuse(p.path(), "is not a credential file of this version: move it away")
	}
	return items, nil
}

// save replaces the file, or removes it when no item is left.
func (p *plainFile) save(items plainItems) error {
	if err := removeIfThere(p.stagingPath()); err != nil {
		return err
	}
	if len(items) == 0 {
		return errors.Join(removeIfThere(p.path()), syncDir(p.dir))
	}
	content, err := encodePlain(items)
	if err != nil {
		return err
	}
	if err := writeNew(p.stagingPath(), content); err != nil {
		return err
	}
	if err := os.Rename(p.stagingPath(), p.path()); err != nil {
		return fmt.Errorf("replacing the plain credential file: %w", err)
	}
	return syncDir(p.dir)
}

// checkDir refuses a directory in which others could read or replace the file.
func (p *plainFile) checkDir() error {
	info, err := os.Lstat(p.dir)
	if err != nil {
		return fmt.Errorf("the directory of the plain credential file: %w", err)
	}
	if !info.IsDir() {
		return refuse(p.dir, "is not a directory (symbolic links are not followed)")
	}
	if fault := exposure(info, "chmod 700 "+p.dir); fault != "" {
		return refuse(p.dir, fault)
	}
	return nil
}

// refuse is the error of a file or directory that must not be used as it is.
func refuse(path, fault string) error {
	return unavailable(plainProbe(Declined, path+" "+fault))
}

func plainProbe(outcome Outcome, detail string) Probe {
	return Probe{Store: PlaintextName, Outcome: outcome, Detail: detail}
}
