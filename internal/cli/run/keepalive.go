package run

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/session"
)

// keepalive keeps a session from becoming idle while a command runs, even if the
// command sends no request for hours.
type keepalive struct {
	*kit.Console
	client   *kit.Client
	in       kit.SignedIn
	interval time.Duration // 0: the credential has no idle limit
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
func (k *keepalive) begin(ctx context.Context) error {
	if k.interval == 0 {
		return nil
	}
	err := k.ping(ctx)
	switch {
	case errors.Is(err, platform.ErrSignedOut):
		return k.client.Ended(ctx, k.in, err)
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		k.Warn("the session could not be checked: %s", err)
	}
	return nil
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
// at the next tick.
func (k *keepalive) run(ctx context.Context) {
	ticker := time.NewTicker(k.interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if end := k.tick(ctx); end != nil {
			k.Warn("%s; the command continues without it", end)
			return
		}
	}
}

// tick pings, and returns an error if the session has ended. It checks the limits
// first: a machine that wakes from sleep must not revive an ended session.
func (k *keepalive) tick(ctx context.Context) (end error) {
	account, err := k.client.Accounts.Find(session.Choice{Account: k.in.Account.Name(), Server: k.in.Account.Server})
	if err != nil {
		return nil // logged out here in the meantime
	}
	if account.LastUsed.Before(k.in.Account.LastUsed) {
		account.LastUsed = k.in.Account.LastUsed // the index does not record every use
	}
	if reason := account.EndReason(k.Now(), k.client.Accounts.IdleLimit(account)); reason != "" {
		return k.client.LogOutExpired(ctx, k.in, reason)
	}
	if err := k.ping(ctx); errors.Is(err, platform.ErrSignedOut) {
		return k.client.Ended(ctx, k.in, err)
	}
	return nil
}

// pingTime bounds one ping, because the command can't start or end during it.
const pingTime = 5 * time.Second

// ping uses the session once and records the use here.
func (k *keepalive) ping(ctx context.Context) error {
	bounded, cancel := context.WithTimeout(ctx, min(pingTime, k.interval))
	defer cancel()
	if _, err := k.in.Whoami(bounded); err != nil {
		return err
	}
	if err := k.client.Accounts.Touch(ctx, k.in.Account); err != nil {
		return fmt.Errorf("record the use: %w", err)
	}
	k.in.Account.LastUsed = k.Now().UTC()
	return nil
}
