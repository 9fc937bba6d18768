package session

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/dxauth/dxauth/internal/credstore"
	"github.com/dxauth/dxauth/internal/privatefile"
)

// Use is a running program's use of a session, which goes on when the session is
// not stored any more. It ends with the process in any case.
type Use struct {
	accounts   *AccountIndex
	account    Account
	credential Credential
	release    func()
}

// BeginUse notes that this process hands the session on to a program. Whoever
// erases the credential then leaves the session on the server to [Use.End].
func (a *AccountIndex) BeginUse(ctx context.Context, account Account, credential Credential) (*Use, error) {
	u := &Use{accounts: a, account: account, credential: credential}
	err := a.look(ctx, func(*index) (err error) {
		if err := os.MkdirAll(a.usesDir(), 0o700); err != nil {
			return err
		}
		u.release, err = privatefile.Share(a.usePath(credential.Signature()))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("note the use of the session: %w", err)
	}
	return u, nil
}

// End ends the use, and reports whether the session is abandoned: no other
// program uses it, and it is not stored here any more.
func (u *Use) End(ctx context.Context) (abandoned bool, err error) {
	err = u.accounts.look(ctx, func(index *index) error {
		u.release()
		signature := u.credential.Signature()
		if u.accounts.InUse(signature) {
			return nil
		}
		_ = os.Remove(u.accounts.usePath(signature)) // is not a use any more, also when it stays
		stored, err := u.accounts.stores(ctx, index, u.account, u.credential)
		abandoned = err == nil && !stored
		return err
	})
	return abandoned, err
}

// InUse reports whether a running program uses the session with a signature.
func (a *AccountIndex) InUse(signature string) bool {
	return a.noDir == nil && privatefile.IsLocked(a.usePath(signature))
}

// stores reports whether the account has this credential.
func (a *AccountIndex) stores(ctx context.Context, index *index, account Account, credential Credential) (bool, error) {
	noted, found := index.account(account.Name())
	if !found {
		return false, nil
	}
	stored, err := a.credential(ctx, noted)
	sealed, isSealed := errors.AsType[*SealedError](err)
	switch {
	case errors.Is(err, credstore.ErrNotFound), isSealed && sealed.Reason == KeyExpired:
		return false, nil
	case isSealed:
		return noted.Signature == credential.Signature(), nil
	default:
		return err == nil && stored.Token.Equal(credential.Token), err
	}
}

func (a *AccountIndex) usesDir() string { return filepath.Join(a.dir, "uses") }

// usePath is the file that the users of a session lock.
func (a *AccountIndex) usePath(signature string) string {
	return filepath.Join(a.usesDir(), signature+".lock")
}
