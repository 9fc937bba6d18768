// Package session remembers who is signed in on this machine: an index of
// accounts in a file, and for each a credential in the store that was chosen
// for it. It also remembers which API tokens were made here, by ID and name.
//
// It promises that the index holds no secret; that it is written whole or not
// at all, by one process at a time, after reading again what another may have
// written; that a credential goes only to the server that it was made for; and
// that forgetting an account erases its credential first.
//
// Where the credential rests is the matter of package credstore; what it is
// good for, of package platform.
package session

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dxauth/dxauth/internal/credstore"
)

// ErrNotSignedIn means that there is no account for what was asked.
var ErrNotSignedIn = errors.New("you are not logged in")

// ErrForeign means that a store has something else in a credential's place.
var ErrForeign = errors.New("the credential store holds something that dxauth did not write")

// ErrNewer means that a newer program wrote a credential.
var ErrNewer = errors.New("the credential was written by a newer dxauth; use that one")

// ErrAmbiguous means that a name fits several accounts.
var ErrAmbiguous = errors.New("the account is not clear")

// AccountIndex is the index of accounts and the way to their credentials.
type AccountIndex struct {
	dir       string
	open      func(name string) (credstore.Store, error)
	now       func() time.Time
	ancestors func() []Process
	idle      time.Duration
}

// Config makes an AccountIndex.
type Config struct {
	Dir       string // where the index lies; made when it is missing
	OpenStore func(name string) (credstore.Store, error)
	Now       func() time.Time
	Ancestors func() []Process // nil: there are no shells to keep projects for
	Idle      time.Duration    // shortens the idle limits of the servers; 0: does not
}

// NewAccountIndex makes an AccountIndex.
func NewAccountIndex(c Config) *AccountIndex {
	if c.Ancestors == nil {
		c.Ancestors = func() []Process { return nil }
	}
	return &AccountIndex{dir: c.Dir, open: c.OpenStore, now: c.Now, ancestors: c.Ancestors, idle: c.Idle}
}

// Save stores a credential and notes its account as the current one. It answers
// the session of the same account that it replaced, if there was one. When the
// store refuses, nothing changes; when the account can't be noted, its
// credential does not stay in the store either.
func (a *AccountIndex) Save(ctx context.Context, account Account, credential Credential) (replaced *Credential, err error) {
	stored := false
	err = a.update(ctx, func(index *index) error {
		store, err := a.open(account.Store)
		if err != nil {
			return err
		}
		encoded, err := credential.encode()
		if err != nil {
			return err
		}
		previous, found := index.account(account.Name())
		if found {
			account.keepProject(previous)
			replaced = a.replaced(ctx, previous, account, credential)
		}
		if err := store.Set(ctx, account.key(), encoded); err != nil {
			return err
		}
		stored = true
		if found && previous.Store != account.Store {
			_ = a.erase(ctx, previous) // a store that fails must not keep anybody from signing in
		}
		account.LastUsed = a.now().UTC()
		if err := a.limit(ctx, account, account.LastUsed); err != nil {
			return err
		}
		index.put(account)
		return nil
	})
	switch {
	case err == nil:
		return replaced, nil
	case stored: // nobody would find it again
		err = errors.Join(err, a.erase(context.WithoutCancel(ctx), account))
	}
	return nil, err
}

// keepProject lets a new sign-in go on with the project of the one before.
func (a *Account) keepProject(previous Account) {
	if a.Project == nil {
		a.Project = previous.Project
	}
}

// replaced fetches the session that a new credential replaces; nil for none. An
// API token is not a session: it may be in use elsewhere. A session made at
// other servers must not go to these, so there is nothing to be done about it.
func (a *AccountIndex) replaced(ctx context.Context, previous, account Account, by Credential) *Credential {
	elsewhere := previous.Server != account.Server || previous.AuthServer != account.AuthServer
	if previous.Kind != Interactive || elsewhere {
		return nil
	}
	credential, err := a.credential(ctx, previous)
	if err != nil || credential.Token.Equal(by.Token) {
		return nil
	}
	return &credential
}

// Accounts lists what is signed in, and which of them is current; "" if none.
func (a *AccountIndex) Accounts() (accounts []Account, current string, err error) {
	index, err := a.read()
	return index.Accounts, index.Current, err
}

// LastUser is the user who signed in to a server last; "" if nobody did.
func (a *AccountIndex) LastUser(server string) (string, error) {
	index, err := a.read()
	return index.LastUsers[server], err
}

// LastStore is the store that a login to a server had last, also when that
// account is gone; "" if there was none.
func (a *AccountIndex) LastStore(server string) (string, error) {
	index, err := a.read()
	return index.LastStores[server], err
}

// Choice says which account is wanted.
type Choice struct {
	Account string // USER@HOST, or USER where that is clear; empty: the current one
	Server  string // base URL; empty: any
}

// Find returns the account that is wanted, with the project that this shell has
// selected for it, or ErrNotSignedIn.
func (a *AccountIndex) Find(choice Choice) (Account, error) {
	index, err := a.read()
	if err != nil {
		return Account{}, err
	}
	account, err := index.wanted(choice)
	if err != nil {
		return Account{}, err
	}
	if project, found := a.projectOfShell(account.Name()); found {
		account.Project = &project
	}
	return account, nil
}

// Switch makes an account the current one. It answers ErrNotSignedIn.
func (a *AccountIndex) Switch(ctx context.Context, name string) (Account, error) {
	var account Account
	err := a.update(ctx, func(index *index) (err error) {
		if account, err = index.wanted(Choice{Account: name}); err != nil {
			return err
		}
		index.Current = account.Name()
		return nil
	})
	return account, err
}

// Credential fetches an account's credential from its store. It answers
// ErrNotSignedIn where the store has none, ErrForeign and ErrNewer.
func (a *AccountIndex) Credential(ctx context.Context, account Account) (Credential, error) {
	credential, err := a.credential(ctx, account)
	if errors.Is(err, credstore.ErrNotFound) {
		return Credential{}, fmt.Errorf("%w: the credential of %s is not in the %s store any more", ErrNotSignedIn, account.Name(), account.Store)
	}
	return credential, err
}

func (a *AccountIndex) credential(ctx context.Context, account Account) (Credential, error) {
	store, err := a.open(account.Store)
	if err != nil {
		return Credential{}, err
	}
	stored, err := store.Get(ctx, account.key())
	if err != nil {
		return Credential{}, err
	}
	return decodeCredential(stored)
}

func (a *AccountIndex) erase(ctx context.Context, account Account) error {
	store, err := a.open(account.Store)
	if err != nil {
		return err
	}
	return store.Delete(ctx, account.key())
}

// Forget erases an account's credential and then the account. An account that
// is not there is no error.
func (a *AccountIndex) Forget(ctx context.Context, account Account) error {
	return a.update(ctx, func(index *index) error { return a.forget(ctx, index, account) })
}

// ForgetIf is Forget, unless the account has another credential by now; the zero
// Credential stands for none.
func (a *AccountIndex) ForgetIf(ctx context.Context, account Account, credential Credential) error {
	return a.update(ctx, func(index *index) error {
		if noted, found := index.account(account.Name()); found {
			account = noted
		}
		stored, err := a.credential(ctx, account)
		switch {
		case errors.Is(err, credstore.ErrNotFound):
		case err != nil:
			return err
		case !stored.Token.Equal(credential.Token):
			return nil
		}
		return a.forget(ctx, index, account)
	})
}

// forget looks in the store that is noted by now: another process may have
// signed in again, and chosen another one.
func (a *AccountIndex) forget(ctx context.Context, index *index, account Account) error {
	if noted, found := index.account(account.Name()); found {
		account = noted
	}
	if err := a.erase(ctx, account); err != nil {
		return fmt.Errorf("erase the credential of %s: %w", account.Name(), err)
	}
	index.remove(account.Name())
	_ = a.rememberInShell(account.Name(), nil) // what is left there is no secret
	return nil
}

// SelectProject notes the project of an account, for this shell and for those
// that are still to be started; nil for none.
func (a *AccountIndex) SelectProject(ctx context.Context, account Account, project *Project) error {
	return a.update(ctx, func(index *index) error {
		i, found := index.find(account.Name())
		if !found {
			return ErrNotSignedIn
		}
		index.Accounts[i].Project = project
		return a.rememberInShell(account.Name(), project)
	})
}
