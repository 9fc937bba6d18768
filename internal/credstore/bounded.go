package credstore

import (
	"context"
	"errors"
	"time"
)

var (
	// errNoAnswer means that a call took longer than its limit.
	errNoAnswer = errors.New("no answer within the limit")
	// errBroken means that a call panicked. go-keyring panics when the bus goes
	// away while it waits for a prompt.
	errBroken = errors.New("the connection broke")
)

// bounded runs a call that has no limit of its own. It returns what the call
// returns, errNoAnswer after the limit, or the context's error. A call that did not
// end in time keeps its goroutine until it returns: nothing can stop it.
func bounded[T any](ctx context.Context, limit time.Duration, call func() (T, error)) (T, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, errNoAnswer)
	defer cancel()

	type answer struct {
		value T
		err   error
	}
	answers := make(chan answer, 1)
	go func() {
		value, err := guarded(call)
		answers <- answer{value, err}
	}()

	select {
	case a := <-answers:
		return a.value, a.err
	case <-ctx.Done():
		var none T
		return none, endOf(ctx)
	}
}

// endOf returns why a context has ended: errNoAnswer after a limit, else the context's
// error, by which callers recognize Ctrl-C, and not its cause, which is the signal.
func endOf(ctx context.Context) error {
	if cause := context.Cause(ctx); errors.Is(cause, errNoAnswer) {
		return cause
	}
	return ctx.Err()
}

// guarded turns a panic into errBroken. It drops the panic's value, which may contain
// a secret.
func guarded[T any](call func() (T, error)) (value T, err error) {
	defer func() {
		if recover() != nil {
			err = errBroken
		}
	}()
	return call()
}
