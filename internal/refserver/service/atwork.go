package service

import (
	"context"
	"errors"
	"runtime"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/keylock"
	"github.com/dxauth/dxauth/internal/refusal"
)

// ErrTooManyRequests means that too many requests of an account wait already.
var ErrTooManyRequests = &refusal.Error{
	Code: refusal.Unavailable, Reason: refusal.Busy, Message: "too many requests of the account are waiting",
}

// maxWaiting and maxWait bound the requests of an account that wait for their turn,
// and how long they wait. Those that run may be held up by a store that is away.
const (
	maxWaiting = 100
	maxWait    = 5 * time.Second
)

// newAtWork bounds the requests of an account that run at the same time, so that one
// account takes neither all processors nor all connections. Programs that send many
// at once get all their responses, a few at a time.
func newAtWork() *keylock.Locks {
	return keylock.New(keylock.Limits{Slots: max(2, runtime.GOMAXPROCS(0)/2), Waiting: maxWaiting, Wait: maxWait})
}

// Begin waits until a request of the caller may run, and returns the function that
// ends it. A request without a caller does not wait. It returns ErrTooManyRequests if
// too many of the account's requests wait or this one waits too long, and the error of
// ctx.
func (s *Service) Begin(ctx context.Context, caller Caller) (end func(), err error) {
	if caller.User.ID == "" {
		return func() {}, nil
	}
	end, err = s.atWork.Lock(ctx, caller.User.ID)
	if errors.Is(err, keylock.ErrFull) {
		return nil, ErrTooManyRequests
	}
	return end, err
}
