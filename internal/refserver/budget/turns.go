package budget

import (
	"context"
	"time"

	"github.com/dxauth/dxauth/internal/refusal"
)

// ErrBusy is returned for a request that did not get a turn in time.
var ErrBusy = &refusal.Error{
	Code: refusal.Unavailable, Reason: refusal.Busy, Message: "too many requests that search or list are waiting",
}

// maxWait bounds the wait for a turn.
const maxWait = 10 * time.Second

// Turns are the turns of all requests.
type Turns struct{ taken chan struct{} }

// NewTurns returns a number of turns, at least one.
func NewTurns(count int) Turns { return Turns{make(chan struct{}, max(1, count))} }

// turn is that of a request, which is for one goroutine.
type turn struct {
	Turns
	isHeld bool
}

type turnKey struct{}

// Begin returns the context of a request, in which Turn can take a turn, and the function
// that ends it.
func (t Turns) Begin(ctx context.Context) (request context.Context, end func()) {
	own := &turn{Turns: t}
	return context.WithValue(ctx, turnKey{}, own), own.end
}

// Turn waits for the turn of a request that is about to read the next part of a list. The
// request keeps it until it asks for the next one, or ends: first come, first served, so
// others get theirs in between. Turn returns how long it waited, and ErrBusy if that is too
// long. Without a context of Begin there is nothing to wait for.
func Turn(ctx context.Context) (waited time.Duration, err error) {
	own, _ := ctx.Value(turnKey{}).(*turn)
	if own == nil {
		return 0, nil
	}
	own.end()
	select {
	case own.taken <- struct{}{}:
		own.isHeld = true
		return 0, nil
	default:
	}
	begin, tooLong := time.Now(), time.NewTimer(maxWait)
	defer tooLong.Stop()
	select {
	case own.taken <- struct{}{}:
		own.isHeld = true
	case <-ctx.Done():
		err = ctx.Err()
	case <-tooLong.C:
		err = ErrBusy
	}
	return time.Since(begin), err
}

// EndTurn gives back the turn of a request, if it holds one, before the request ends.
func EndTurn(ctx context.Context) {
	if own, _ := ctx.Value(turnKey{}).(*turn); own != nil {
		own.end()
	}
}

// end gives back a turn that is held. The first request that waits has it then.
func (t *turn) end() {
	if t.isHeld {
		<-t.taken
		t.isHeld = false
	}
}
