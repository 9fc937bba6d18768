package session

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/dxauth/dxauth/internal/credseal"
	"github.com/dxauth/dxauth/internal/credstore"
)

// formerSession is a session that ended or was replaced here. Its token may still be in
// the environment of a shell. If it could not be ended on the server, because its token
// could not be read or the server not be reached, the next login of the same user ends
// it there, by its signature.
type formerSession struct {
	Server     string    `json:"server"`
	AuthServer string    `json:"authServer"`
	User       string    `json:"user"`
	Signature  string    `json:"signature"`
	Expires    time.Time `json:"expires,omitzero"` // zero: the server did not say
	GoesOn     bool      `json:"goesOn,omitempty"` // on the server, as far as it is known
}

// mostFormer bounds how many former sessions are noted; older ones are dropped.
const mostFormer = 100

// noteFormer notes a session that ended or was replaced.
func (x *index) noteFormer(account Account, goesOn bool, now time.Time) {
	if account.Kind != Interactive || account.Signature == "" {
		return
	}
	x.Former = slices.DeleteFunc(x.Former, func(f formerSession) bool {
		return f.Signature == account.Signature || f.hasExpired(now)
	})
	former := formerSession{
		Server: account.Server, AuthServer: account.AuthServer, User: account.User, Signature: account.Signature, Expires: account.Expires, GoesOn: goesOn,
	}
	if former.hasExpired(now) {
		return
	}
	x.Former = append(x.Former, former)
	x.Former = x.Former[max(len(x.Former)-mostFormer, 0):]
}

func (f formerSession) hasExpired(now time.Time) bool {
	return !f.Expires.IsZero() && !now.Before(f.Expires)
}

func (f formerSession) isOf(account Account) bool {
	return f.Server == account.Server && f.AuthServer == account.AuthServer && f.User == account.User
}

// takeOpen returns the signatures of the former sessions of an account's user that go
// on at its servers. They count as ended from then on.
func (x *index) takeOpen(account Account) (signatures []string) {
	for i, former := range x.Former {
		if former.GoesOn && former.isOf(account) {
			signatures = append(signatures, former.Signature)
			x.Former[i].GoesOn = false
		}
	}
	return signatures
}

// recognize finds the account that has a credential with a signature, or had it in a
// former session.
func (x *index) recognize(signature string) (account Account, isCurrent, found bool) {
	for _, account := range x.Accounts {
		if account.Signature == signature {
			return account, true, true
		}
	}
	for _, former := range x.Former {
		if former.Signature != signature {
			continue
		}
		for _, account := range x.Accounts {
			if former.isOf(account) {
				return account, false, true
			}
		}
	}
	return Account{}, false, false
}

// Recognize finds the account whose stored credential is the given one, or was it in a
// former session. It finds none if the index can't be read, because a credential that
// is not stored works without one.
func (a *AccountIndex) Recognize(credential Credential) (account Account, isCurrent, found bool) {
	index, err := a.read()
	if err != nil {
		return Account{}, false, false
	}
	account, isCurrent, found = index.recognize(credential.Signature())
	if found {
		a.setProjectOfShell(&account)
	}
	return account, isCurrent, found
}

// NoteOpen notes that a session that ended here could not be ended on the server.
func (a *AccountIndex) NoteOpen(ctx context.Context, signature string) error {
	return a.update(ctx, func(index *index) error {
		for i := range index.Former {
			if index.Former[i].Signature == signature {
				index.Former[i].GoesOn = true
			}
		}
		return nil
	})
}

// keyTick is how much too early the kernel may drop a key, because it counts in whole
// seconds.
const keyTick = time.Second

// EndReasonUnread returns why a session has ended whose credential can't be read, as
// the error of [AccountIndex.Credential] says, or "" if it has not ended.
func (a *AccountIndex) EndReasonUnread(account Account, unread error) string {
	sealed, isSealed := errors.AsType[*SealedError](unread)
	if !isSealed && !errors.Is(unread, ErrNotSignedIn) {
		return ""
	}
	reason := a.endReason(account, a.moment().add(keyTick))
	if reason == "" && isSealed && sealed.Reason == KeyExpired {
		return "idle"
	}
	return reason
}

// ForgetUnread is Forget for an account whose credential can't be read, as the error
// of [AccountIndex.Credential] says, unless the account has another one by now. The
// next login ends the session on the server.
func (a *AccountIndex) ForgetUnread(ctx context.Context, account Account, unread error) error {
	sealed, isSealed := errors.AsType[*SealedError](unread)
	return a.update(ctx, func(index *index) error {
		noted, found := index.account(account.Name())
		if !found {
			return nil
		}
		generation, err := a.storedGeneration(ctx, noted)
		isMissing := errors.Is(err, credstore.ErrNotFound)
		if err != nil && !isMissing {
			return err
		}
		if !isMissing && (!isSealed || generation != sealed.generation) {
			return nil // stored since
		}
		if err := a.forget(ctx, index, noted); err != nil {
			return err
		}
		index.noteFormer(noted, true, a.now())
		return nil
	})
}

// storedGeneration returns the generation of a stored item, or "" if it is not sealed.
func (a *AccountIndex) storedGeneration(ctx context.Context, account Account) (string, error) {
	store, err := a.open(account.Store)
	if err != nil {
		return "", err
	}
	stored, err := store.Get(ctx, account.key())
	if err != nil {
		return "", err
	}
	sealed, err := credseal.Decode(stored)
	if err != nil {
		return "", nil // another form has no generation
	}
	return sealed.Generation, nil
}
