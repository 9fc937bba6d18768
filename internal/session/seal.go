package session

import (
	"context"
	"errors"
	"fmt"

	"github.com/dxauth/dxauth/internal/credseal"
	"github.com/dxauth/dxauth/internal/credstore"
	"github.com/dxauth/dxauth/internal/machine"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Seal says that the item of an account is sealed, and where.
type Seal struct {
	Generation string `json:"generation"` // of the key
	machine.Place
}

// LockReason says why a sealed credential can't be opened.
type LockReason int

// The reasons. Only after the first one the session has ended.
const (
	KeyExpired   LockReason = iota // its time has passed
	KeyGone                        // it should be here
	Restarted                      // the machine was, since the sealing
	OtherPlace                     // it was sealed in another container of this machine
	OtherMachine                   // it was sealed on another machine
	NoKeys                         // this process can't use the kernel's keys
)

// SealedError means that a credential is sealed and can't be opened here and now.
type SealedError struct {
	Account string // USER@HOST
	Reason  LockReason
	Machine string // with OtherMachine, its name
	Err     error  // with NoKeys, why

	generation string
}

// Error returns the reason, without what to do.
func (e *SealedError) Error() string {
	switch e.Reason {
	case KeyExpired:
		return fmt.Sprintf("the session of %s has ended", e.Account)
	case Restarted:
		return fmt.Sprintf("the session of %s is locked since this machine was restarted", e.Account)
	case OtherPlace:
		return fmt.Sprintf("the session of %s was sealed in another container of this machine, and opens only there", e.Account)
	case OtherMachine:
		return fmt.Sprintf("the session of %s was sealed on the machine %s, and opens only there", e.Account, e.Machine)
	case NoKeys:
		return fmt.Sprintf("the session of %s is sealed and can't be opened here: %s", e.Account, e.Err)
	default:
		return fmt.Sprintf("the session of %s is locked: its key is not in the kernel's keyring any more", e.Account)
	}
}

func (e *SealedError) Unwrap() error { return e.Err }

func (a Account) owner() credseal.Owner {
	return credseal.Owner{Host: a.Host, User: a.User, Store: a.Store}
}

// ShouldBeSealed reports whether the stored credential of an account is to be sealed
// where that is possible: sessions with an idle limit in the system's keyring, and what
// was stored with the wish for it. The kernel's store ends its items itself.
func (a *AccountIndex) ShouldBeSealed(account Account) bool {
	if a.seal == nil || account.Store == credstore.KernelName {
		return false
	}
	isTimed := account.Kind == Interactive && a.IdleLimit(account) > 0
	return account.AlwaysSeal || account.Store == credstore.KeyringName && isTimed
}

// ErrNoSeals means that nothing can be sealed: the system has no keys that expire, or
// the stores of this program are files only.
var ErrNoSeals = errors.New("sealed credentials need the Linux kernel's keys")

// CheckSeal returns why nothing can be sealed here.
func (a *AccountIndex) CheckSeal() error {
	if a.seal == nil {
		return ErrNoSeals
	}
	return a.seal.Check()
}

// LookSealed returns nil if the sealed credential of an account could be opened here,
// and otherwise a *SealedError. It opens nothing and renews nothing.
func (a *AccountIndex) LookSealed(account Account) error {
	if account.Sealed == nil {
		return nil
	}
	err := ErrNoSeals
	if a.seal != nil {
		err = a.seal.Look(account.owner(), account.Sealed.Generation)
	}
	if err == nil {
		return nil
	}
	return a.sealedError(account, account.Sealed.Generation, err)
}

// writeItem writes the item of an account into its store, sealed if it should be and can be,
// and notes in the account whether it is.
func (a *AccountIndex) writeItem(ctx context.Context, store credstore.Store, account *Account, plain secret.Text) error {
	account.Sealed = nil
	item := plain
	if a.ShouldBeSealed(*account) {
		sealed, err := a.seal.Seal(account.owner(), plain, max(a.left(*account, a.moment()), 0))
		switch {
		case err == nil:
			account.Sealed = &Seal{Generation: sealed.Generation, Place: a.seal.Place}
			if item, err = sealed.Encode(); err != nil {
				return err
			}
		case account.AlwaysSeal:
			return err
		}
	}
	if err := store.Set(ctx, account.key(), item); err != nil {
		a.dropKey(*account)
		return err
	}
	return nil
}

// dropKey removes the key of a sealed account. A key that stays expires by itself, and
// the item that it opens is gone.
func (a *AccountIndex) dropKey(account Account) {
	if account.Sealed != nil && a.seal != nil {
		_ = a.seal.Drop(account.owner(), account.Sealed.Generation)
	}
}

// canSealNow reports whether an item that is not sealed should be, and can be.
func (a *AccountIndex) canSealNow(account Account) bool {
	return account.Sealed == nil && a.ShouldBeSealed(account) && a.seal.Check() == nil
}

// sealStored seals the stored item of an account, if it should be sealed and isn't. An
// item that is sealed although the index does not say so, because a program was killed
// in between, stays as it is.
func (a *AccountIndex) sealStored(ctx context.Context, account *Account) error {
	if !a.canSealNow(*account) {
		return nil
	}
	store, err := a.open(account.Store)
	if err != nil {
		return err
	}
	stored, err := store.Get(ctx, account.key())
	if errors.Is(err, credstore.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if sealed, err := credseal.Decode(stored); err == nil {
		a.adopt(account, sealed.Generation)
		return nil
	}
	if _, err := decodeCredential(stored); err != nil {
		return err
	}
	return a.writeItem(ctx, store, account, stored)
}

// adopt notes the generation of a stored item of which the index does not know, if its
// key is here.
func (a *AccountIndex) adopt(account *Account, generation string) {
	if a.seal.Look(account.owner(), generation) == nil {
		account.Sealed = &Seal{Generation: generation, Place: a.seal.Place}
	}
}

// renewStored renews the key of a sealed account. If the key is gone, a program may have
// been killed after it had replaced the item, and before it wrote the index: then the
// stored item says which key it is. Otherwise the session ends early, which is no
// reason to fail.
func (a *AccountIndex) renewStored(ctx context.Context, account *Account, now moment) {
	left := a.left(*account, now)
	if left <= 0 {
		return
	}
	err := a.seal.Renew(account.owner(), account.Sealed.Generation, left)
	if !errors.Is(err, credseal.ErrNoKey) {
		return
	}
	generation, err := a.storedGeneration(ctx, *account)
	if err != nil || generation == "" || generation == account.Sealed.Generation {
		return
	}
	a.adopt(account, generation)
	_ = a.seal.Renew(account.owner(), account.Sealed.Generation, left)
}

// unseal returns the credential in an item, which may be sealed.
func (a *AccountIndex) unseal(account Account, stored secret.Text) (Credential, error) {
	sealed, err := credseal.Decode(stored)
	if err != nil {
		credential, err := decodeCredential(stored)
		if err == nil && account.Sealed != nil {
			err = errNotSealed
		}
		return credential, err
	}
	if a.seal == nil {
		return Credential{}, a.sealedError(account, sealed.Generation, ErrNoSeals)
	}
	plain, err := a.seal.Open(account.owner(), sealed)
	switch {
	case err == nil:
		return decodeCredential(plain)
	case errors.Is(err, credseal.ErrChanged):
		return Credential{}, ErrForeign
	default:
		return Credential{}, a.sealedError(account, sealed.Generation, err)
	}
}

// sealedError returns the error for a credential that can't be opened.
func (a *AccountIndex) sealedError(account Account, generation string, err error) *SealedError {
	sealed := &SealedError{Account: account.Name(), generation: generation}
	switch {
	case errors.Is(err, credseal.ErrExpired):
		sealed.Reason = KeyExpired
	case !errors.Is(err, credseal.ErrNoKey):
		sealed.Reason, sealed.Err = NoKeys, err
	default:
		sealed.Reason, sealed.Machine = a.lockReason(account, generation)
	}
	return sealed
}

// lockReason compares where the item was sealed with where this process runs.
func (a *AccountIndex) lockReason(account Account, generation string) (reason LockReason, host string) {
	if account.Sealed == nil || account.Sealed.Generation != generation {
		return KeyGone, "" // the index does not say where it was sealed
	}
	there, here := account.Sealed.Place, a.seal.Place
	switch {
	case there.IsSame(here):
		return KeyGone, ""
	case there.Boot == here.Boot:
		return OtherPlace, ""
	case there.Host == here.Host:
		return Restarted, ""
	default:
		return OtherMachine, there.Host
	}
}
