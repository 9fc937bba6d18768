package session

import (
	"context"
	"time"

	"github.com/dxauth/dxauth/internal/credstore"
)

// DefaultIdle is the idle limit of a session if the server does not state one.
const DefaultIdle = 15 * time.Minute

// EndReason returns why the account's session has ended, as far as this machine
// knows: "idle", "expired", or "" if it has not ended. limit is its idle limit; an API
// token has none.
func (a Account) EndReason(now time.Time, limit time.Duration) string {
	switch {
	case !a.Expires.IsZero() && !now.Before(a.Expires):
		return "expired"
	case a.Kind == Interactive && limit > 0 && now.Sub(a.LastUsed) >= limit:
		return "idle"
	default:
		return ""
	}
}

// Touch records a use, unless the recorded one is newer than a thirtieth of the idle
// limit. In a store whose items expire, it also renews the item's limit.
func (a *AccountIndex) Touch(ctx context.Context, account Account) error {
	now := a.now().UTC()
	if !a.isStale(account, now) {
		return nil
	}
	if err := a.limit(ctx, account, now); err != nil {
		return err
	}
	return a.update(ctx, func(index *index) error {
		if i, found := index.find(account.Name()); found && a.isStale(index.Accounts[i], now) {
			index.Accounts[i].LastUsed = now
		}
		return nil
	})
}

// limit makes a store whose items can expire, such as the kernel's keyring, remove
// this one when the session ends at the server.
func (a *AccountIndex) limit(ctx context.Context, account Account, now time.Time) error {
	store, err := a.open(account.Store)
	if err != nil {
		return err
	}
	timed, ok := store.(credstore.Timed)
	left := a.left(account, now)
	if !ok || left <= 0 {
		return nil
	}
	return timed.Limit(ctx, account.key(), left)
}

// IdleLimit returns the server's idle limit for an account, or the configured one if
// that is shorter; 0: none.
func (a *AccountIndex) IdleLimit(account Account) time.Duration {
	limit := account.Idle()
	if a.idle > 0 && a.idle < limit {
		return a.idle
	}
	return limit
}

// left returns how long the account's credential stays valid if it is not used again;
// 0: without limit, or not known.
func (a *AccountIndex) left(account Account, now time.Time) time.Duration {
	left := a.IdleLimit(account)
	if !account.Expires.IsZero() && (left == 0 || account.Expires.Sub(now) < left) {
		left = account.Expires.Sub(now)
	}
	return left
}

// isStale reports whether a use at that time should be recorded.
func (a *AccountIndex) isStale(account Account, now time.Time) bool {
	limit := a.IdleLimit(account)
	return limit > 0 && now.Sub(account.LastUsed) >= limit/30
}
