// Package budget bounds what one request may cost, however many rows there are.
//
// It promises that a search or a list which spends its [Budget] as it goes stops
// after a bounded number of steps, bytes and milliseconds, and that at most a few
// requests use the processor for long at the same time: [Slots]. What a budget does
// not reach is for the next page, so whoever spends one must get at least one row
// further with every request.
package budget

import (
	"context"
	"math"
	"runtime"
	"time"
)

// The size of a budget.
const (
	MaxSteps = 50_000  // of looking at a row, or at a condition of it
	MaxBytes = 1 << 20 // of texts in the rows of a page
	MaxTime  = 250 * time.Millisecond
)

// Budget is what a request may still cost. It is for one goroutine.
type Budget struct {
	steps, bytes int
	deadline     time.Time
}

// New returns a full budget, whose time begins now.
func New() *Budget {
	return &Budget{steps: MaxSteps, bytes: MaxBytes, deadline: time.Now().Add(MaxTime)}
}

// The size of a budget for a list without a cursor.
const (
	MaxMatchingSteps = 1_000_000
	MaxMatchingTime  = time.Second
)

// Matching returns a full budget for a request that compares every row or is refused,
// because the platform's list has no cursor.
func Matching() *Budget {
	return &Budget{steps: MaxMatchingSteps, bytes: math.MaxInt, deadline: time.Now().Add(MaxMatchingTime)}
}

// Spend takes steps and bytes out of the budget.
func (b *Budget) Spend(steps, bytes int) {
	b.steps -= steps
	b.bytes -= bytes
}

// Extend gives the budget back the time of something that does not count.
func (b *Budget) Extend(by time.Duration) { b.deadline = b.deadline.Add(by) }

// Bytes returns how many bytes are left, at least one.
func (b *Budget) Bytes() int { return max(1, b.bytes) }

// Spent reports whether steps, bytes or time are used up.
func (b *Budget) Spent() bool {
	return b.steps <= 0 || b.bytes <= 0 || !time.Now().Before(b.deadline)
}

// Slots bound how many requests do work at the same time that needs the processor
// for long. One processor, if there are two, stays free for short requests.
type Slots struct{ taken chan struct{} }

// NewSlots returns slots for all processors but one.
func NewSlots() Slots {
	return Slots{make(chan struct{}, max(1, runtime.GOMAXPROCS(0)-1))}
}

// Use waits for a slot, first come, first served, and runs f in it. The wait does not
// count for the budget. Use returns the error of ctx if that ends before.
func (s Slots) Use(ctx context.Context, b *Budget, f func()) error {
	waiting := time.Now()
	select {
	case s.taken <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-s.taken }()
	b.Extend(time.Since(waiting))
	f()
	return nil
}
