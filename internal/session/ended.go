package session

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/dxauth/dxauth/internal/credseal"
	"github.com/dxauth/dxauth/internal/credstore"
)

// endedSession is a session that ended here while its token could not be read. The next
// login of the same user ends it on the server, by its signature.
type endedSession struct {
	Server     string    `json:"server"`
	AuthServer string    `json:"authServer"`
	User       string    `json:"user"`
	Signature  string    `json:"signature"`
	Expires    time.Time `json:"expires,omitzero"` // zero: the server did not say
}

// mostEnded bounds how many ended sessions are noted; older ones are dropped.
const mostEnded = 100

// noteEnded notes a session that may go on at the server.
func (x *index) noteEnded(account Account, now time.Time) {
	hasExpired := !account.Expires.IsZero() && !now.Before(account.Expires)
	if account.Kind != Interactive || account.Signature == "" || hasExpired {
		return
	}
	x.Ended = slices.DeleteFunc(x.Ended, func(e endedSession) bool {
		return !e.Expires.IsZero() && !now.Before(e.Expires)
	})
	x.Ended = append(x.Ended, endedSession{
		Server: account.Server, AuthServer: account.AuthServer, User: account.User, Signature: account.Signature, Expires: account.Expires,
	})
	x.Ended = x.Ended[max(len(x.Ended)-mostEnded, 0):]
}

// takeEnded removes and returns the signatures of the ended sessions of an account's
// user at its servers.
func (x *index) takeEnded(account Account) (signatures []string) {
	x.Ended = slices.DeleteFunc(x.Ended, func(e endedSession) bool {
		isTheirs := e.Server == account.Server && e.AuthServer == account.AuthServer && e.User == account.User
		if isTheirs {
			signatures = append(signatures, e.Signature)
		}
		return isTheirs
	})
	return signatures
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
	if reason == "" && isSealed && sealed.Why == KeyExpired {
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
		index.noteEnded(noted, a.now())
		return a.forget(ctx, index, noted)
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
