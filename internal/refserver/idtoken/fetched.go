package idtoken

import (
	"context"
	"time"
)

// How long what was fetched is used.
const (
	maxAge       = time.Hour       // after which it is fetched again, and is of no use if that fails
	refetchAfter = time.Minute     // after which it is fetched again for somebody who needs newer
	retryAfter   = 5 * time.Second // after a failure; until then the failure is returned again
)

// fetched is something that an issuer publishes. One call fetches it, others wait for it.
type fetched[T any] struct {
	fetch func(context.Context) (T, error)
	now   func() time.Time
	turn  chan struct{} // has an element while somebody uses the rest

	value T
	at    time.Time // when value was fetched; zero: never
	err   error     // of the last attempt
	tried time.Time // when the last attempt ended
}

func newFetched[T any](fetch func(context.Context) (T, error), now func() time.Time) *fetched[T] {
	return &fetched[T]{fetch: fetch, now: now, turn: make(chan struct{}, 1)}
}

// get returns the value, and fetches it if it is missing or too old.
func (f *fetched[T]) get(ctx context.Context) (T, error) { return f.youngerThan(ctx, maxAge) }

// newer is get for somebody to whom the value that get returned is too old.
func (f *fetched[T]) newer(ctx context.Context) (T, error) { return f.youngerThan(ctx, refetchAfter) }

func (f *fetched[T]) youngerThan(ctx context.Context, age time.Duration) (none T, err error) {
	select {
	case f.turn <- struct{}{}:
	case <-ctx.Done():
		return none, ctx.Err()
	}
	defer func() { <-f.turn }()
	now := f.now()
	switch {
	case isWithin(now, f.at, age):
		return f.value, nil
	case f.err != nil && isWithin(now, f.tried, retryAfter):
		return none, f.err
	}
	// Others wait for the result, so it does not end with the request that began it. The
	// client bounds its time.
	value, err := f.fetch(context.WithoutCancel(ctx))
	f.err, f.tried = err, f.now()
	if err != nil {
		return none, err
	}
	f.value, f.at = value, f.tried
	return value, nil
}

// isWithin reports whether less than a duration has passed since then. A time that is
// ahead was read from a clock that has been set back, and counts as long ago.
func isWithin(now, then time.Time, d time.Duration) bool {
	passed := now.Sub(then)
	return !then.IsZero() && passed >= 0 && passed < d
}
