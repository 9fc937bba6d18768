// Package inprogress bounds the requests of an account that run at the same time.
//
// It promises that one account takes neither all processors nor all connections: a few
// of its requests run, up to a hundred wait for their turn, first come, first served and
// for a few seconds at most, and further ones are refused. Programs that send many at once
// get all their responses, a few at a time. Accounts do not wait for each other.
package inprogress

import (
	"context"
	"errors"
	"runtime"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/budget"
	"github.com/dxauth/dxauth/internal/refserver/keylock"
	"github.com/dxauth/dxauth/internal/refusal"
)

// ErrTooMany means that too many requests of an account wait already.
var ErrTooMany = &refusal.Error{
	Code: refusal.Unavailable, Reason: refusal.Busy, Message: "too many requests of the account are waiting",
}

// maxWaiting and maxWait bound the requests of an account that wait for their turn,
// and how long they wait. Those that run may be held up by a store that is away.
const (
	maxWaiting = 100
	maxWait    = 5 * time.Second
)

// Requests are the requests in progress of all accounts.
type Requests struct {
	byUser *keylock.Locks
	turns  budget.Turns
}

// New returns Requests of which none is in progress, with a number of turns.
func New(turns int) Requests {
	return Requests{
		byUser: keylock.New(keylock.Limits{Slots: max(2, runtime.GOMAXPROCS(0)/2), Waiting: maxWaiting, Wait: maxWait}),
		turns:  budget.NewTurns(turns),
	}
}

// Begin waits until a request of a user may run. It returns the context of the request,
// in which budget.Turn can take a turn, and the function that ends it. A request without a
// user does not wait. It returns ErrTooMany if too many of the user's requests wait or this
// one waits too long, and the error of ctx.
func (r Requests) Begin(ctx context.Context, userID string) (request context.Context, end func(), err error) {
	if userID == "" {
		return ctx, func() {}, nil
	}
	unlock, err := r.byUser.Lock(ctx, userID)
	if errors.Is(err, keylock.ErrFull) {
		return nil, nil, ErrTooMany
	}
	if err != nil {
		return nil, nil, err
	}
	request, endTurn := r.turns.Begin(ctx)
	return request, func() { endTurn(); unlock() }, nil
}
