// Package session remembers who is signed in on this machine: an index of
// accounts in a file, and for each a credential in the store that was chosen
// for it. It also remembers which API tokens were made here, by ID and name.
//
// It promises that the index holds no secret; that writes are atomic, made by one
// process at a time, and based on what is on the disk at that moment; that a
// credential goes only to the server that it was made for; that removing an
// account erases its credential first; and that what should be sealed is stored
// sealed wherever the kernel takes keys, and never taken unsealed for it.
//
// Package credstore stores the credentials, package credseal seals them, and package
// platform uses them.
package session

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dxauth/dxauth/internal/credseal"
	"github.com/dxauth/dxauth/internal/credstore"
	"github.com/dxauth/dxauth/internal/machine"
)

// ErrNotSignedIn means that there is no account for a choice.
var ErrNotSignedIn = errors.New("you are not logged in")

// ErrForeign means that a store has something else in place of a credential.
var ErrForeign = errors.New("the credential store holds something that dxauth did not write")

// errNotSealed means that a store has something else in place of a sealed credential.
var errNotSealed = fmt.Errorf("%w: the credential is not sealed, as the login left it", ErrForeign)

// ErrNewer means that a newer version of the program wrote a credential.
var ErrNewer = errors.New("the credential was written by a newer dxauth; use that one")

// ErrAmbiguous means that a name matches several accounts.
var ErrAmbiguous = errors.New("the account is ambiguous")

// AccountIndex is the index of accounts, with access to their credentials.
type AccountIndex struct {
	dir       string
	noDir     error
	open      func(name string) (credstore.Store, error)
	now       func() time.Time
	uptime    func() machine.Uptime
	seal      *credseal.Sealer
	ancestors func() []Process
	idle      time.Duration
	removed   func(remaining []string)
}

// Config configures an AccountIndex.
type Config struct {
	Dir       string // the folder of the index; made if it is missing
	NoDir     error  // why there is no folder; nil: there is one
	OpenStore func(name string) (credstore.Store, error)
	Now       func() time.Time
	Uptime    func() machine.Uptime // nil: only the clock of the wall counts
	Seal      *credseal.Sealer      // nil: nothing is sealed, nor opened
	Ancestors func() []Process      // nil: projects are not kept per shell
	Idle      time.Duration         // shortens the idle limits of the servers; 0: no effect

	// Removed is called after an account was removed, with the names of those that are
	// left. Nil: nothing is.
	Removed func(remaining []string)
}

// NewAccountIndex returns an AccountIndex.
func NewAccountIndex(c Config) *AccountIndex {
	if c.Ancestors == nil {
		c.Ancestors = func() []Process { return nil }
	}
	if c.Uptime == nil {
		c.Uptime = func() machine.Uptime { return machine.Uptime{} }
	}
	return &AccountIndex{
		dir: c.Dir, noDir: c.NoDir, open: c.OpenStore, now: c.Now, uptime: c.Uptime, seal: c.Seal,
		ancestors: c.Ancestors, idle: c.Idle, removed: c.Removed,
	}
}

// Save stores a credential and records its account as the current one. It returns the
// sessions of the same user that are to be ended on the server: the one that it
// replaced, and those that ended here while they could not be read. If the store
// refuses, nothing changes; if the account can't be recorded, its credential is
// removed from the store.
func (a *AccountIndex) Save(ctx context.Context, account Account, credential Credential) (replaced []Replaced, err error) {
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
		if err := a.writeItem(ctx, store, &account, encoded); err != nil {
			return err
		}
		stored = true
		if found {
			a.clearPrevious(ctx, previous, account)
			index.noteFormer(previous, false, a.now())
		}
		now := a.moment()
		account.use(now)
		account.Signature = credential.Signature()
		if err := a.limit(ctx, account, now); err != nil {
			return err
		}
		for _, signature := range index.takeOpen(account) {
			replaced = append(replaced, Replaced{Signature: signature, InUse: a.InUse(signature)})
		}
		index.put(account)
		return nil
	})
	switch {
	case err == nil:
		return replaced, nil
	case stored: // no account refers to it
		err = errors.Join(err, a.erase(context.WithoutCancel(ctx), account))
	}
	return nil, err
}

// clearPrevious removes what is left of the credential that another one replaced. A
// failing old store must not prevent a sign-in.
func (a *AccountIndex) clearPrevious(ctx context.Context, previous, account Account) {
	if previous.Store != account.Store {
		_ = a.erase(ctx, previous)
		return
	}
	a.dropKey(previous)
}

// keepProject keeps the project of the previous sign-in.
func (a *Account) keepProject(previous Account) {
	if a.Project == nil {
		a.Project = previous.Project
	}
}

// Replaced is a session to end on the server after a new sign-in.
type Replaced struct {
	Credential        // zero: it can't be read any more
	Signature  string // of the credential
	InUse      bool   // a program that is running goes on with it
}

// replaced returns the session that a new credential replaces, or nil. It ignores an
// API token, which may be in use elsewhere, and a session from other servers, which
// must not be sent to these.
func (a *AccountIndex) replaced(ctx context.Context, previous, account Account, by Credential) []Replaced {
	elsewhere := previous.Server != account.Server || previous.AuthServer != account.AuthServer
	if previous.Kind != Interactive || elsewhere {
		return nil
	}
	credential, err := a.credential(ctx, previous)
	session := Replaced{Credential: credential, Signature: previous.Signature}
	switch {
	case err == nil:
		session.Signature = credential.Signature()
	case session.Signature == "":
		return nil // nothing names it
	}
	if session.Signature == by.Signature() {
		return nil
	}
	session.InUse = a.InUse(session.Signature)
	return []Replaced{session}
}

// Accounts lists the signed-in accounts, and returns the name of the current one; ""
// if there is none.
func (a *AccountIndex) Accounts() (accounts []Account, current string, err error) {
	index, err := a.read()
	return index.Accounts, index.Current, err
}

// LastUser returns the user who last signed in to a server, or "".
func (a *AccountIndex) LastUser(server string) (string, error) {
	index, err := a.read()
	return index.LastUsers[server], err
}

// LastStore returns the store of the last login to a server, even if that account is
// gone, or "".
func (a *AccountIndex) LastStore(server string) (string, error) {
	index, err := a.read()
	return index.LastStores[server], err
}

// Choice selects an account.
type Choice struct {
	Account string // USER@HOST, or USER if that is unique; empty: the current one
	Server  string // base URL; empty: any
}

// Find returns the selected account, with the project that this shell has selected
// for it. It returns ErrNotSignedIn if there is no such account.
func (a *AccountIndex) Find(choice Choice) (Account, error) {
	index, err := a.read()
	if err != nil {
		return Account{}, err
	}
	account, err := index.wanted(choice)
	if err != nil {
		return Account{}, err
	}
	a.setProjectOfShell(&account)
	return account, nil
}

// setProjectOfShell sets the project that this shell has selected for an account.
func (a *AccountIndex) setProjectOfShell(account *Account) {
	if project, found := a.projectOfShell(account.Name()); found {
		account.Project = &project
	}
}

// Switch makes an account the current one. It returns ErrNotSignedIn if there is no
// such account.
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

// Credential fetches an account's credential from its store. It returns ErrNotSignedIn
// if the store has none, ErrForeign or ErrNewer if it can't be read, and a *SealedError
// if it is sealed and can't be opened.
func (a *AccountIndex) Credential(ctx context.Context, account Account) (Credential, error) {
	credential, err := a.credential(ctx, account)
	if errors.Is(err, credstore.ErrNotFound) {
		return Credential{}, fmt.Errorf("%w: the credential of %s is no longer in the %s store", ErrNotSignedIn, account.Name(), account.Store)
	}
	return credential, err
}

// credential reads an item again if its key is gone, since a login may have replaced
// both in between.
func (a *AccountIndex) credential(ctx context.Context, account Account) (Credential, error) {
	store, err := a.open(account.Store)
	if err != nil {
		return Credential{}, err
	}
	for read := ""; ; {
		stored, err := store.Get(ctx, account.key())
		if err != nil {
			return Credential{}, err
		}
		credential, err := a.unseal(account, stored)
		sealed, isSealed := errors.AsType[*SealedError](err)
		if !isSealed || sealed.generation == read {
			return credential, err
		}
		read = sealed.generation
	}
}

func (a *AccountIndex) erase(ctx context.Context, account Account) error {
	store, err := a.open(account.Store)
	if err != nil {
		return err
	}
	err = store.Delete(ctx, account.key())
	a.dropKey(account)
	return err
}

// Forget erases an account's credential and then the account. An unknown account is
// not an error.
func (a *AccountIndex) Forget(ctx context.Context, account Account) error {
	return a.update(ctx, func(index *index) error { return a.forget(ctx, index, account) })
}

// ForgetIf is Forget, unless the account has a different credential by now.
func (a *AccountIndex) ForgetIf(ctx context.Context, account Account, credential Credential) error {
	return a.update(ctx, func(index *index) error {
		if noted, found := index.account(account.Name()); found {
			account = noted
		}
		isStored, err := a.isStored(ctx, account, credential)
		if err != nil || !isStored {
			return err
		}
		return a.forget(ctx, index, account)
	})
}

// isStored reports whether an account has a credential, or none. If the stored one is
// sealed and can't be opened, the index tells which it is.
func (a *AccountIndex) isStored(ctx context.Context, account Account, credential Credential) (bool, error) {
	stored, err := a.credential(ctx, account)
	_, isSealed := errors.AsType[*SealedError](err)
	switch {
	case errors.Is(err, credstore.ErrNotFound):
		return true, nil
	case isSealed:
		return account.Signature == credential.Signature(), nil
	default:
		return err == nil && stored.Token.Equal(credential.Token), err
	}
}

// forget uses the store that is recorded now: another process may have signed in
// again and chosen a different one.
func (a *AccountIndex) forget(ctx context.Context, index *index, account Account) error {
	if noted, found := index.account(account.Name()); found {
		account = noted
	}
	if err := a.erase(ctx, account); err != nil {
		return fmt.Errorf("erase the credential of %s: %w", account.Name(), err)
	}
	index.noteFormer(account, false, a.now())
	index.remove(account.Name())
	_ = a.rememberInShell(account.Name(), nil) // a leftover holds no secret
	return nil
}

// SelectProject records the project of an account, for this shell and for new ones;
// nil for none.
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

// SelectProjectAt records the project for credentials of a server that are not stored,
// such as those of variables, for this shell and for new ones.
func (a *AccountIndex) SelectProjectAt(ctx context.Context, server string, project Project) error {
	return a.update(ctx, func(index *index) error {
		if index.Selected == nil {
			index.Selected = map[string]Project{}
		}
		index.Selected[server] = project
		return a.rememberInShell(server, &project)
	})
}

// ProjectAt returns the project of SelectProjectAt, or nil. It also returns nil if the
// index can't be read, because a credential that is not stored works without one.
func (a *AccountIndex) ProjectAt(server string) *Project {
	if project, found := a.projectOfShell(server); found {
		return &project
	}
	index, err := a.read()
	if err != nil {
		return nil
	}
	if project, found := index.Selected[server]; found {
		return &project
	}
	return nil
}
