package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/session"
)

// vigil keeps a session in use while a child runs: the child's time is the
// session's, also when the child computes for an hour.
type vigil struct {
	*app
	in       signedIn
	interval time.Duration // 0: the credential does not end by being idle
}

// beatsPerLimit leaves two more tries where one request fails.
const beatsPerLimit = 3

func (a *app) newVigil(in signedIn) *vigil {
	v := &vigil{app: a, in: in}
	if in.stored {
		v.interval = a.idleLimit(in.account) / beatsPerLimit
	}
	return v
}

// begin uses the session for the first time, so that a child is not started
// with one that has ended. A server that can't be reached is left to the child.
func (v *vigil) begin(ctx context.Context) error {
	if v.interval == 0 {
		return nil
	}
	err := v.beat(ctx)
	switch {
	case errors.Is(err, platform.ErrSignedOut):
		return v.ended(ctx, v.in, err)
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		v.term.Warn("the session could not be checked: %s", err)
	}
	return nil
}

// keep uses the session until stop is called.
func (v *vigil) keep(ctx context.Context) (stop func()) {
	if v.interval == 0 {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		v.run(ctx)
	}()
	return func() {
		cancel()
		<-done
	}
}

// run ends when the session does: there is nothing to be kept any more. A try
// that fails otherwise is made up for by the next one.
func (v *vigil) run(ctx context.Context) {
	ticker := time.NewTicker(v.interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if end := v.tick(ctx); end != nil {
			v.term.Warn("%s; the command goes on without it", end)
			return
		}
	}
}

// tick answers why the session has ended, or nil. A machine that slept must not
// bring back what was over meanwhile.
func (v *vigil) tick(ctx context.Context) (end error) {
	account, err := v.book.Find(session.Choice{Account: v.in.account.Name(), Server: v.in.account.Server})
	if err != nil {
		return nil // logged out here meanwhile: nothing is kept in use then
	}
	if account.LastUsed.Before(v.in.account.LastUsed) {
		account.LastUsed = v.in.account.LastUsed // not every use is noted
	}
	if reason := account.Over(v.Now(), v.idleLimit(account)); reason != "" {
		return v.logOutOver(ctx, v.in, reason)
	}
	if err := v.beat(ctx); errors.Is(err, platform.ErrSignedOut) {
		return v.ended(ctx, v.in, err)
	}
	return nil
}

// beatTime bounds how long one use may take, in which the command can't start
// or end.
const beatTime = 5 * time.Second

// beat uses the session once, at the server and in what is noted here.
func (v *vigil) beat(ctx context.Context) error {
	bounded, cancel := context.WithTimeout(ctx, min(beatTime, v.interval))
	defer cancel()
	if _, err := v.in.Whoami(bounded); err != nil {
		return err
	}
	if err := v.book.Touch(ctx, v.in.account); err != nil {
		return fmt.Errorf("note the use: %w", err)
	}
	v.in.account.LastUsed = v.Now().UTC()
	return nil
}
