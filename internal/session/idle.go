package session

import (
	"context"
	"time"

	"github.com/dxauth/dxauth/internal/credstore"
	"github.com/dxauth/dxauth/internal/machine"
)

// DefaultIdle is the idle limit of a session if the server does not state one.
const DefaultIdle = 15 * time.Minute

// moment is a time on both clocks: that of the wall, which can be set, and that since
// the machine's start, which can't.
type moment struct {
	wall   time.Time
	uptime machine.Uptime
}

func (a *AccountIndex) moment() moment {
	return moment{wall: a.now().UTC(), uptime: a.uptime()}
}

// after returns how much later a moment is, on the clock that says more.
func (m moment) after(account Account) time.Duration {
	passed := m.wall.Sub(account.LastUsed)
	if byUptime, known := m.uptime.After(account.LastUptime); known {
		passed = max(passed, byUptime)
	}
	return passed
}

func (m moment) add(d time.Duration) moment {
	return moment{wall: m.wall.Add(d), uptime: machine.Uptime{Boot: m.uptime.Boot, Since: m.uptime.Since + d}}
}

// use notes a use of the account.
func (a *Account) use(at moment) { a.LastUsed, a.LastUptime = at.wall, at.uptime }

// EndReason returns why the account's session has ended, as far as this machine
// knows: "idle", "expired", or "" if it has not ended. An API token has no idle limit.
func (a *AccountIndex) EndReason(account Account) string { return a.endReason(account, a.moment()) }

func (a *AccountIndex) endReason(account Account, at moment) string {
	limit := a.IdleLimit(account)
	switch {
	case !account.Expires.IsZero() && !at.wall.Before(account.Expires):
		return "expired"
	case account.Kind == Interactive && limit > 0 && at.after(account) >= limit:
		return "idle"
	default:
		return ""
	}
}

// Used returns the account with a use noted now. The index does not change.
func (a *AccountIndex) Used(account Account) Account {
	account.use(a.moment())
	return account
}

// Touch records a use of the account with its credential, unless the recorded one is
// newer than a thirtieth of the idle limit. It then also renews what ends the stored
// credential with nothing running: the limit of its item, or of the key of a sealed
// one. An item that an older program stored is sealed, if it should be.
func (a *AccountIndex) Touch(ctx context.Context, account Account, credential Credential) error {
	now := a.moment()
	isStale := a.isStale(account, now)
	if isStale {
		if err := a.limit(ctx, account, now); err != nil {
			return err
		}
	}
	if !isStale && account.Signature != "" && !a.canSealNow(account) {
		return nil
	}
	return a.update(ctx, func(index *index) error {
		i, found := index.find(account.Name())
		if !found {
			return nil
		}
		noted := &index.Accounts[i]
		if a.isStale(*noted, now) {
			noted.use(now)
		}
		if noted.Signature == "" && noted.Created.Equal(account.Created) {
			noted.Signature = credential.Signature()
		}
		if isStale && noted.Sealed != nil && a.seal != nil {
			a.renewStored(ctx, noted, now)
			return nil
		}
		return a.sealStored(ctx, noted)
	})
}

// limit makes a store that can do so end what it holds when the session ends at the
// server.
func (a *AccountIndex) limit(ctx context.Context, account Account, now moment) error {
	left := a.left(account, now)
	if left <= 0 || account.Sealed != nil {
		return nil
	}
	store, err := a.open(account.Store)
	if err != nil {
		return err
	}
	if timed, ok := store.(credstore.Timed); ok {
		return timed.Limit(ctx, account.key(), left)
	}
	return nil
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
func (a *AccountIndex) left(account Account, now moment) time.Duration {
	left := a.IdleLimit(account)
	if untilEnd := account.Expires.Sub(now.wall); !account.Expires.IsZero() && (left == 0 || untilEnd < left) {
		left = untilEnd
	}
	return left
}

// isStale reports whether a use at that time should be recorded.
func (a *AccountIndex) isStale(account Account, now moment) bool {
	limit := a.IdleLimit(account)
	return limit > 0 && (now.after(account) >= limit/30 || now.uptime.Boot != account.LastUptime.Boot)
}
