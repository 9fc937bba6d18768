package run

import (
	"context"
	"errors"
	"time"

	"github.com/dxauth/dxauth/internal/cli/connect"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/session"
)

// keepalive keeps a session from becoming idle on the server while a command runs,
// even if the command sends no request for hours. Here the session becomes idle as
// if nothing ran: only commands of the user count. Its credential is then erased
// from its store, and the session ends with the command.
type keepalive struct {
	*kit.Console
	client   *kit.Client
	in       kit.SignedIn  // with the last ping as its last use
	interval time.Duration // 0: the credential has no idle limit
	use      *session.Use  // nil: none was begun
	isClosed bool          // the stored credential was erased
}

// pingsPerLimit leaves two more tries if one request fails.
const pingsPerLimit = 3

func newKeepalive(console *kit.Console, client *kit.Client, in kit.SignedIn) *keepalive {
	k := &keepalive{Console: console, client: client, in: in}
	if in.Stored {
		k.interval = client.Accounts.IdleLimit(in.Account) / pingsPerLimit
	}
	return k
}

// begin uses the session once, so that no command starts with a session that has
// ended. If the server can't be reached, the command starts anyway.
func (k *keepalive) begin(ctx context.Context) (err error) {
	if k.interval == 0 {
		return nil
	}
	if k.use, err = k.client.Accounts.BeginUse(ctx, k.in.Account, k.in.Credential); err != nil {
		return err
	}
	err = k.ping(ctx)
	switch {
	case errors.Is(err, platform.ErrSignedOut):
		return k.client.Ended(ctx, k.in, err)
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		k.Warn("the session could not be checked: %s", err)
		return nil
	}
	if err := k.client.Accounts.Touch(ctx, k.in.Account, k.in.Credential); err != nil { // exec is a command of the user
		k.Warn("cannot record the use of the session: %s", err)
	}
	return nil
}

// end ends the use of the session, and the session if nothing else has it any
// more: the credential was erased, or replaced by a login.
func (k *keepalive) end(ctx context.Context) {
	if k.use == nil {
		return
	}
	ctx = context.WithoutCancel(ctx)
	abandoned, err := k.use.End(ctx)
	if err != nil {
		k.Warn("cannot find out whether the session is still stored: %s; the server ends it when it is idle", err)
		return
	}
	if !abandoned {
		return
	}
	if err := connect.SignOut(ctx, k.in, connect.RevokeTime); err != nil && !errors.Is(err, platform.ErrSignedOut) {
		k.Warn("the session could not be ended: %s; the server ends it when it is idle", err)
	}
}

// keep pings regularly until stop is called.
func (k *keepalive) keep(ctx context.Context) (stop func()) {
	if k.interval == 0 {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		k.run(ctx)
	}()
	return func() {
		cancel()
		<-done
	}
}

// run pings until ctx or the session ends. After any other failure it tries again
// at the next tick. The first wait ends before the idle limit, so it need not look when
// the stored credential is to be erased: most commands end before.
func (k *keepalive) run(ctx context.Context) {
	for wait := k.interval; ; wait = k.untilNext() {
		next := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			next.Stop()
			return
		case <-next.C:
		}
		if end := k.tick(ctx); end != nil {
			k.Warn("%s; the command continues without it", end)
			return
		}
	}
}

// stored returns the account as it is noted here, if it has this session still.
func (k *keepalive) stored() (account session.Account, found bool) {
	account, err := k.client.Accounts.Find(session.Choice{Account: k.in.Account.Name(), Server: k.in.Account.Server})
	return account, err == nil && account.Created.Equal(k.in.Account.Created)
}

// untilNext is the time until the next ping, or until the stored credential is to
// be erased, if that comes first.
func (k *keepalive) untilNext() time.Duration {
	account, found := k.stored()
	if !found || k.isClosed {
		return k.interval
	}
	left := k.client.Accounts.IdleDeadline(account).Sub(k.Now())
	return min(k.interval, max(left, 0))
}

// tick pings, and returns an error if the session has ended. It checks the limits
// first: a machine that wakes from sleep must not revive an ended session.
func (k *keepalive) tick(ctx context.Context) (end error) {
	if reason := k.client.Accounts.EndReason(k.in.Account); reason != "" {
		return k.client.LogOutExpired(ctx, k.in, reason)
	}
	k.closeIfIdle(ctx)
	if err := k.ping(ctx); errors.Is(err, platform.ErrSignedOut) {
		return k.client.Ended(ctx, k.in, err)
	}
	return nil
}

// closeIfIdle erases the stored credential once no command of the user has used it
// for the limit.
func (k *keepalive) closeIfIdle(ctx context.Context) {
	account, found := k.stored()
	if !found || k.isClosed || k.client.Accounts.EndReason(account) == "" {
		return
	}
	k.isClosed = true
	end := k.client.LogOutExpired(ctx, k.in, "idle")
	k.Warn("%s; the command keeps the session until it ends", end)
}

// pingTime bounds one ping, because the command can't start or end during it.
const pingTime = 5 * time.Second

// ping uses the session once, on the server only.
func (k *keepalive) ping(ctx context.Context) error {
	bounded, cancel := context.WithTimeout(ctx, min(pingTime, k.interval))
	defer cancel()
	if err := k.in.Ping(bounded); err != nil {
		return err
	}
	k.in.Account = k.client.Accounts.Used(k.in.Account)
	return nil
}
