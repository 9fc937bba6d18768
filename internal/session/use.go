package session

import (
	"context"
	"crypto/sha256"
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
	err := a.update(ctx, func(*index) (err error) {
		if err := os.MkdirAll(a.usesDir(), 0o700); err != nil {
			return err
		}
		u.release, err = privatefile.Share(a.usePath(credential))
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
	err = u.accounts.update(ctx, func(index *index) error {
		u.release()
		abandoned = false
		if u.accounts.InUse(u.credential) {
			return nil
		}
		_ = os.Remove(u.accounts.usePath(u.credential)) // is no use any more, also when it stays
		stored, err := u.accounts.stores(ctx, index, u.account, u.credential)
		abandoned = err == nil && !stored
		return err
	})
	return abandoned, err
}

// InUse reports whether a running program uses the session.
func (a *AccountIndex) InUse(credential Credential) bool {
	return a.noDir == nil && privatefile.IsLocked(a.usePath(credential))
}

// stores reports whether the account has this credential.
func (a *AccountIndex) stores(ctx context.Context, index *index, account Account, credential Credential) (bool, error) {
	noted, found := index.account(account.Name())
	if !found {
		return false, nil
	}
	stored, err := a.credential(ctx, noted)
	if errors.Is(err, credstore.ErrNotFound) {
		return false, nil
	}
	return err == nil && stored.Token.Equal(credential.Token), err
}

func (a *AccountIndex) usesDir() string { return filepath.Join(a.dir, "uses") }

// usePath is the file that the users of a session lock. Its name gives nothing of
// the token away.
func (a *AccountIndex) usePath(credential Credential) string {
	sum := sha256.Sum256([]byte("use of a session\x00" + credential.Token.Reveal()))
	return filepath.Join(a.usesDir(), fmt.Sprintf("%x.lock", sum[:16]))
}
