package session

import (
	"context"
	"time"

	"github.com/dxauth/dxauth/internal/credstore"
)

// DefaultIdle is the idle limit of a session whose server states none.
const DefaultIdle = 15 * time.Minute

// Over says why the account's session has ended by what is known here, with
// limit as its idle limit: "idle", "expired", or "" while it goes on. An API
// token has no idle limit.
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

// Touch notes a use, if the noted one is older than a thirtieth of the limit,
// and has a store that ends items by itself wait anew.
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

// limit has a store that ends items by itself, like the kernel's keyring, end
// this one when the server would.
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

// IdleLimit is the server's idle limit for an account, or the shorter one of
// this book; 0: none.
func (a *AccountIndex) IdleLimit(account Account) time.Duration {
	limit := account.Idle()
	if a.idle > 0 && a.idle < limit {
		return a.idle
	}
	return limit
}

// left is how long the account's credential is good from now on, if it is not
// used again; 0: for ever, or that is not known.
func (a *AccountIndex) left(account Account, now time.Time) time.Duration {
	left := a.IdleLimit(account)
	if !account.Expires.IsZero() && (left == 0 || account.Expires.Sub(now) < left) {
		left = account.Expires.Sub(now)
	}
	return left
}

// isStale reports whether a use at that time is worth noting.
func (a *AccountIndex) isStale(account Account, now time.Time) bool {
	limit := a.IdleLimit(account)
	return limit > 0 && now.Sub(account.LastUsed) >= limit/30
}
