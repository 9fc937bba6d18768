package session

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/dxauth/dxauth/internal/privatefile"
)

// index is the file accounts.json.
type index struct {
	Version    int                `json:"version"`
	Current    string             `json:"current,omitempty"`    // Account.Name
	LastUsers  map[string]string  `json:"lastUsers,omitempty"`  // server to user name
	LastStores map[string]string  `json:"lastStores,omitempty"` // server to name of the store
	Selected   map[string]Project `json:"selected,omitempty"`   // server to the project for credentials that are not stored
	Accounts   []Account          `json:"accounts"`
	Made       []MadeToken        `json:"made,omitempty"`
	Former     []formerSession    `json:"former,omitempty"`
}

// names lists the accounts as USER@HOST.
func (x *index) names() []string {
	var list []string
	for _, account := range x.Accounts {
		list = append(list, account.Name())
	}
	return list
}

func (x *index) find(name string) (int, bool) {
	i := slices.IndexFunc(x.Accounts, func(a Account) bool { return a.Name() == name })
	return i, i >= 0
}

func (x *index) account(name string) (Account, bool) {
	i, found := x.find(name)
	if !found {
		return Account{}, false
	}
	return x.Accounts[i], true
}

// put makes the account the current one.
func (x *index) put(account Account) {
	x.remove(account.Name())
	x.Accounts = append(x.Accounts, account)
	x.Current = account.Name()
	if x.LastUsers == nil {
		x.LastUsers = map[string]string{}
	}
	if x.LastStores == nil {
		x.LastStores = map[string]string{}
	}
	x.LastUsers[account.Server], x.LastStores[account.Server] = account.User, account.Store
}

// remove removes an account. If it was the current one, the account added last
// becomes current.
func (x *index) remove(name string) {
	x.Accounts = slices.DeleteFunc(x.Accounts, func(a Account) bool { return a.Name() == name })
	if x.Current != name {
		return
	}
	x.Current = ""
	if n := len(x.Accounts); n > 0 {
		x.Current = x.Accounts[n-1].Name()
	}
}

// wanted finds the account of a choice, by USER@HOST, or by USER if only one account
// has that name. An account with exactly that name comes before one whose name differs
// in case.
func (x *index) wanted(choice Choice) (Account, error) {
	if choice.Account == "" {
		if account, ok := x.choose(choice.Server); ok {
			return account, nil
		}
		if choice.Server != "" {
			return Account{}, fmt.Errorf("%w to %s", ErrNotSignedIn, choice.Server)
		}
		return Account{}, ErrNotSignedIn
	}
	matches := x.matching(choice, func(a Account) bool { return a.Name() == choice.Account || a.User == choice.Account })
	if len(matches) == 0 {
		matches = x.matching(choice, func(a Account) bool { return a.IsNamed(choice.Account) })
	}
	switch len(matches) {
	case 0:
		return Account{}, fmt.Errorf("%w as %s", ErrNotSignedIn, choice.Account)
	case 1:
		return matches[0], nil
	default:
		return Account{}, fmt.Errorf("%w: %s matches several accounts, give it as USER@HOST", ErrAmbiguous, choice.Account)
	}
}

// matching returns the accounts on the server of a choice that a name fits.
func (x *index) matching(choice Choice, fits func(Account) bool) []Account {
	var matches []Account
	for _, account := range x.Accounts {
		if (choice.Server == "" || account.Server == choice.Server) && fits(account) {
			matches = append(matches, account)
		}
	}
	return matches
}

// choose returns the current account if it is on the server, else the account there
// that was added last.
func (x *index) choose(server string) (Account, bool) {
	if account, found := x.account(x.Current); found && (server == "" || account.Server == server) {
		return account, true
	}
	for i := len(x.Accounts) - 1; i >= 0; i-- {
		if x.Accounts[i].Server == server {
			return x.Accounts[i], true
		}
	}
	return Account{}, false
}

// indexVersion is the format that this program writes. It reads older ones: 1 has no
// signatures and no sealed items.
const indexVersion = 2

func (a *AccountIndex) path() string { return filepath.Join(a.dir, "accounts.json") }

// read loads the index; a missing file is an empty one.
func (a *AccountIndex) read() (index, error) {
	if a.noDir != nil {
		return index{}, a.noDir
	}
	content, err := a.readTrusted()
	if errors.Is(err, fs.ErrNotExist) {
		return index{Version: indexVersion}, nil
	}
	if err != nil {
		return index{}, fmt.Errorf("read the accounts: %w", err)
	}
	var x index
	mention((*map[string]string)(nil), (*map[string]Project)(nil), (*[]Account)(nil), (*[]MadeToken)(nil), (*[]formerSession)(nil), (**Project)(nil), (**Seal)(nil))
	err = json.Unmarshal(content, &x)
	switch {
	case x.Version > indexVersion: // this may be why err is not nil
		return index{}, fmt.Errorf("read the accounts: %s was written by a newer dxauth; use that one", a.path())
	case err != nil:
		return index{}, fmt.Errorf("read the accounts: %s is damaged (%w); move it away and log in again", a.path(), err)
	}
	return x, nil
}

// mention puts types into the program. To decode a field, package json needs the pointer to
// its type. If the type has no name and the program nowhere mentions the pointer, package
// reflect looks through all types of the program for it, which takes a tenth of the time of
// a small command.
//
//go:noinline
func mention(...any) {}

// maxIndex bounds what is read of the index, in bytes.
const maxIndex = 16 << 20

// FolderError means that the state folder can't be used.
type FolderError struct{ Err error }

func (e *FolderError) Error() string { return e.Err.Error() }

// Unwrap returns the reason.
func (e *FolderError) Unwrap() error { return e.Err }

// readTrusted reads the file if no other user could have written it: the index
// decides where a credential is sent. The folder may be a link.
func (a *AccountIndex) readTrusted() ([]byte, error) {
	folder, err := os.Stat(a.dir)
	if err != nil {
		return nil, &FolderError{err}
	}
	if !folder.IsDir() { // Windows reports a file below it as missing
		return nil, &FolderError{fmt.Errorf("%s is not a folder", a.dir)}
	}
	if err := privatefile.Check(a.dir, folder, privatefile.Change); err != nil {
		return nil, &FolderError{err}
	}
	return privatefile.ReadTrusted(a.path(), maxIndex)
}

// lockWait bounds how long a process waits for another one that changes the index.
const lockWait = 10 * time.Second

// CheckWrite returns why no account could be added. It is for a command that asks for a
// password, which would be in vain.
func (a *AccountIndex) CheckWrite(ctx context.Context) error {
	unlock, err := a.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if err := privatefile.CheckWrite(a.dir); err != nil {
		return &FolderError{fmt.Errorf("write to the state folder: %w", err)}
	}
	return nil
}

// lock makes the folder and locks the index.
func (a *AccountIndex) lock(ctx context.Context) (unlock func(), err error) {
	if a.noDir != nil {
		return nil, a.noDir
	}
	if err := os.MkdirAll(a.dir, 0o700); err != nil {
		return nil, &FolderError{fmt.Errorf("make the state folder: %w", err)}
	}
	waiting, cancel := context.WithTimeout(ctx, lockWait)
	defer cancel()
	unlock, err = privatefile.Lock(waiting, filepath.Join(a.dir, "accounts.lock"))
	switch {
	case err == nil:
		return unlock, nil
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return nil, fmt.Errorf("cannot change %s: %w", a.path(), err)
	default:
		return nil, &FolderError{fmt.Errorf("lock %s: %w", a.path(), err)}
	}
}

// look reads the index under the lock, for what depends on it and does not change it.
func (a *AccountIndex) look(ctx context.Context, look func(*index) error) error {
	unlock, err := a.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	// A draft of a store's file may have a credential, one of a shell names a project. What
	// shells have selected is written under the lock only.
	err = errors.Join(privatefile.RemoveDrafts(a.path()), privatefile.RemoveOldDrafts(a.dir, a.now()), privatefile.RemoveAllDrafts(a.shellsDir()))
	if err != nil {
		return fmt.Errorf("write %s: %w", a.path(), err)
	}
	x, err := a.read()
	if err != nil {
		return err
	}
	return look(&x)
}

// update reads the index under the lock, changes it and writes it. It writes nothing
// if change fails or changes nothing.
func (a *AccountIndex) update(ctx context.Context, change func(*index) error) error {
	return a.look(ctx, func(x *index) error {
		before, err := x.encode()
		if err != nil {
			return err
		}
		accounts := x.names()
		if err := change(x); err != nil {
			return err
		}
		after, err := x.encode()
		if err != nil || bytes.Equal(before, after) {
			return err
		}
		x.Version = indexVersion
		if after, err = x.encode(); err != nil {
			return err
		}
		if err := replaceFile(a.path(), after); err != nil {
			return err
		}
		a.reportRemoved(accounts, x.names())
		return nil
	})
}

// reportRemoved calls the function that is to know when an account was removed.
func (a *AccountIndex) reportRemoved(before, after []string) {
	isGone := func(name string) bool { return !slices.Contains(after, name) }
	if a.removed != nil && slices.ContainsFunc(before, isGone) {
		a.removed(after)
	}
}

func (x *index) encode() ([]byte, error) {
	content, err := json.MarshalIndent(x, "", "  ")
	return append(content, '\n'), err
}

// replaceFile replaces a file; the error names it.
func replaceFile(path string, content []byte) error {
	if err := privatefile.Replace(path, content); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}
