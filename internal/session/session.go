// Package session remembers who is signed in on this machine: an index of
// accounts in a file, and for each a credential in the store that was chosen
// for it.
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
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/dxauth/dxauth/internal/credstore"
	"github.com/dxauth/dxauth/pkg/secret"
)

// ErrNotSignedIn means that there is no account for what was asked.
var ErrNotSignedIn = errors.New("you are not logged in")

// ErrForeign means that a store has something else in a credential's place.
var ErrForeign = errors.New("the credential store holds something that dxauth did not write")

// Kind tells a session made by a sign-in from an API token that was handed in.
type Kind string

// The kinds.
const (
	Interactive Kind = "session"
	Token       Kind = "token"
)

// Account is a user of a server, as far as this machine is signed in there.
type Account struct {
	Server      string    `json:"server"` // base URL
	Host        string    `json:"host"`   // of the server; with the user it names the account
	User        string    `json:"user"`   // user name
	UserID      string    `json:"userId"`
	AuthServer  string    `json:"authServer"` // base URL
	Type        string    `json:"type"`       // of the platform
	Kind        Kind      `json:"kind"`
	Store       string    `json:"store"` // name of the credential store
	Created     time.Time `json:"created,omitzero"`
	Expires     time.Time `json:"expires,omitzero"` // zero: the server did not say
	IdleSeconds int64     `json:"idleSeconds,omitempty"`
	LastUsed    time.Time `json:"lastUsed,omitzero"`
	Project     *Project  `json:"project,omitempty"`
}

// Project is what an account has selected.
type Project struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Folder string `json:"folder"`
}

// Name is USER@HOST, by which people and stores name the account.
func (a Account) Name() string { return a.key().String() }

func (a Account) key() credstore.Key { return credstore.Key{Host: a.Host, User: a.User} }

// Idle is the limit after which the server ends the session; 0: none, or the
// server did not say.
func (a Account) Idle() time.Duration { return time.Duration(a.IdleSeconds) * time.Second }

// IdleDeadline is when the session ends without further use; zero: it does not.
func (a Account) IdleDeadline() time.Time {
	if a.IdleSeconds <= 0 || a.LastUsed.IsZero() {
		return time.Time{}
	}
	return a.LastUsed.Add(a.Idle())
}

// Credential is what a server takes for an account.
type Credential struct {
	Token secret.Text
	Type  string // scheme of the Authorization header
}

// item is the form in which a store keeps a credential. It lives as long as it
// takes to encode or decode it.
type item struct {
	Token string `json:"token"`
	Type  string `json:"type"`
}

func (c Credential) encode() (secret.Text, error) {
	encoded, err := json.Marshal(item{Token: c.Token.Reveal(), Type: c.Type})
	return secret.New(string(encoded)), err
}

func decodeCredential(stored secret.Text) (Credential, error) {
	var it item
	if err := json.Unmarshal([]byte(stored.Reveal()), &it); err != nil || it.Token == "" {
		// The decoder's words are dropped, because they may quote the item.
		return Credential{}, ErrForeign
	}
	return Credential{Token: secret.New(it.Token), Type: it.Type}, nil
}

// Book is the index of accounts and the way to their credentials.
type Book struct {
	dir  string
	open func(name string) (credstore.Store, error)
	now  func() time.Time
}

// Config makes a Book.
type Config struct {
	Dir       string // where the index lies; made when it is missing
	OpenStore func(name string) (credstore.Store, error)
	Now       func() time.Time
}

// NewBook makes a Book.
func NewBook(c Config) *Book { return &Book{dir: c.Dir, open: c.OpenStore, now: c.Now} }

// Save stores a credential and notes its account as the current one. It answers
// the session of the same account that it replaced, if there was one. When the
// store refuses, nothing changes; when the account can't be noted, its
// credential does not stay in the store either.
func (b *Book) Save(ctx context.Context, account Account, credential Credential) (replaced *Credential, err error) {
	stored := false
	err = b.update(ctx, func(index *index) error {
		store, err := b.open(account.Store)
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
			replaced = b.replaced(ctx, previous, account, credential)
		}
		if err := store.Set(ctx, account.key(), encoded); err != nil {
			return err
		}
		stored = true
		if found && previous.Store != account.Store {
			_ = b.erase(ctx, previous) // a store that fails must not keep anybody from signing in
		}
		account.LastUsed = b.now().UTC()
		index.put(account)
		return nil
	})
	switch {
	case err == nil:
		return replaced, nil
	case stored: // nobody would find it again
		err = errors.Join(err, b.erase(context.WithoutCancel(ctx), account))
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
func (b *Book) replaced(ctx context.Context, previous, account Account, by Credential) *Credential {
	elsewhere := previous.Server != account.Server || previous.AuthServer != account.AuthServer
	if previous.Kind != Interactive || elsewhere {
		return nil
	}
	credential, err := b.credential(ctx, previous)
	if err != nil || credential.Token.Equal(by.Token) {
		return nil
	}
	return &credential
}

// Accounts lists what is signed in, and which of them is current; "" if none.
func (b *Book) Accounts() (accounts []Account, current string, err error) {
	index, err := b.read()
	return index.Accounts, index.Current, err
}

// LastUser is the user who signed in to a server last; "" if nobody did.
func (b *Book) LastUser(server string) (string, error) {
	index, err := b.read()
	return index.LastUsers[server], err
}

// Choice says which account is wanted.
type Choice struct {
	Account string // USER@HOST; empty: the current one
	Server  string // base URL; empty: any
}

// Find returns the account that is wanted, or ErrNotSignedIn.
func (b *Book) Find(choice Choice) (Account, error) {
	index, err := b.read()
	if err != nil {
		return Account{}, err
	}
	if choice.Account != "" {
		account, found := index.account(choice.Account)
		if !found || (choice.Server != "" && account.Server != choice.Server) {
			return Account{}, fmt.Errorf("%w as %s", ErrNotSignedIn, choice.Account)
		}
		return account, nil
	}
	if account, ok := index.choose(choice.Server); ok {
		return account, nil
	}
	if choice.Server != "" {
		return Account{}, fmt.Errorf("%w to %s", ErrNotSignedIn, choice.Server)
	}
	return Account{}, ErrNotSignedIn
}

// Credential fetches an account's credential from its store. It answers
// ErrNotSignedIn where the store has none, and ErrForeign.
func (b *Book) Credential(ctx context.Context, account Account) (Credential, error) {
	credential, err := b.credential(ctx, account)
	if errors.Is(err, credstore.ErrNotFound) {
		return Credential{}, fmt.Errorf("%w: the credential of %s is not in the %s store any more", ErrNotSignedIn, account.Name(), account.Store)
	}
	return credential, err
}

func (b *Book) credential(ctx context.Context, account Account) (Credential, error) {
	store, err := b.open(account.Store)
	if err != nil {
		return Credential{}, err
	}
	stored, err := store.Get(ctx, account.key())
	if err != nil {
		return Credential{}, err
	}
	return decodeCredential(stored)
}

func (b *Book) erase(ctx context.Context, account Account) error {
	store, err := b.open(account.Store)
	if err != nil {
		return err
	}
	return store.Delete(ctx, account.key())
}

// Forget erases an account's credential and then the account. An account that
// is not there is no error.
func (b *Book) Forget(ctx context.Context, account Account) error {
	return b.update(ctx, func(index *index) error { return b.forget(ctx, index, account) })
}

// ForgetIf is Forget, unless the account has another credential by now.
func (b *Book) ForgetIf(ctx context.Context, account Account, credential Credential) error {
	return b.update(ctx, func(index *index) error {
		if noted, found := index.account(account.Name()); found {
			account = noted
		}
		stored, err := b.credential(ctx, account)
		switch {
		case errors.Is(err, credstore.ErrNotFound):
		case err != nil:
			return err
		case !stored.Token.Equal(credential.Token):
			return nil
		}
		return b.forget(ctx, index, account)
	})
}

// forget looks in the store that is noted by now: another process may have
// signed in again, and chosen another one.
func (b *Book) forget(ctx context.Context, index *index, account Account) error {
	if noted, found := index.account(account.Name()); found {
		account = noted
	}
	if err := b.erase(ctx, account); err != nil {
		return fmt.Errorf("erase the credential of %s: %w", account.Name(), err)
	}
	index.remove(account.Name())
	return nil
}

// SelectProject notes the project of an account; nil for none.
func (b *Book) SelectProject(ctx context.Context, account Account, project *Project) error {
	return b.update(ctx, func(index *index) error {
		i, found := index.find(account.Name())
		if !found {
			return ErrNotSignedIn
		}
		index.Accounts[i].Project = project
		return nil
	})
}

// Touch notes a use, if the noted one is older than a thirtieth of the limit.
func (b *Book) Touch(ctx context.Context, account Account) error {
	now := b.now().UTC()
	if !account.isStale(now) {
		return nil
	}
	return b.update(ctx, func(index *index) error {
		if i, found := index.find(account.Name()); found && index.Accounts[i].isStale(now) {
			index.Accounts[i].LastUsed = now
		}
		return nil
	})
}

// isStale reports whether a use at that time is worth noting.
func (a Account) isStale(now time.Time) bool {
	return a.IdleSeconds > 0 && now.Sub(a.LastUsed) >= a.Idle()/30
}
