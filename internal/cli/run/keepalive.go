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

// keepalive keeps a session in use while a command runs: the command's time is
// the session's, also when it computes for an hour.
type keepalive struct {
	*kit.Console
	client   *kit.Client
	in       kit.SignedIn
	interval time.Duration // 0: the credential does not end by being idle
}

// pingsPerLimit leaves two more tries where one request fails.
const pingsPerLimit = 3

func newKeepalive(console *kit.Console, client *kit.Client, in kit.SignedIn) *keepalive {
	k := &keepalive{Console: console, client: client, in: in}
	if in.Stored {
		k.interval = client.Accounts.IdleLimit(in.Account) / pingsPerLimit
	}
	return k
}

// begin uses the session for the first time, so that a command is not started
// with one that has ended. A server that can't be reached is left to the command.
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

// keep uses the session until stop is called.
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

// run ends when the session does: there is nothing to be kept any more. A try
// that fails otherwise is made up for by the next one.
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

// tick returns why the session has ended, or nil. A machine that slept must not
// bring back what was over meanwhile.
func (k *keepalive) tick(ctx context.Context) (end error) {
	account, err := k.client.Accounts.Find(session.Choice{Account: k.in.Account.Name(), Server: k.in.Account.Server})
	if err != nil {
		return nil // logged out here meanwhile: nothing is kept in use then
	}
	if account.LastUsed.Before(k.in.Account.LastUsed) {
		account.LastUsed = k.in.Account.LastUsed // not every use is noted
	}
	if reason := account.EndReason(k.Now(), k.client.Accounts.IdleLimit(account)); reason != "" {
		return k.client.LogOutExpired(ctx, k.in, reason)
	}
	if err := k.ping(ctx); errors.Is(err, platform.ErrSignedOut) {
		return k.client.Ended(ctx, k.in, err)
	}
	return nil
}

// pingTime bounds how long one use may take, in which the command can't start
// or end.
const pingTime = 5 * time.Second

// ping uses the session once, at the server and in what is noted here.
func (k *keepalive) ping(ctx context.Context) error {
	bounded, cancel := context.WithTimeout(ctx, min(pingTime, k.interval))
	defer cancel()
	if _, err := k.in.Whoami(bounded); err != nil {
		return err
	}
	if err := k.client.Accounts.Touch(ctx, k.in.Account); err != nil {
		return fmt.Errorf("note the use: %w", err)
	}
	k.in.Account.LastUsed = k.Now().UTC()
	return nil
}
