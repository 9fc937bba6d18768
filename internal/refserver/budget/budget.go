// Package budget bounds what one request may cost, however many rows there are.
//
// It promises that a search or a list which spends its [Budget] as it goes stops
// after a bounded number of steps, bytes and milliseconds, and that one processor, if
// there are two, stays free for short requests: those that search or list take turns at
// the others, a part of a page each ([Turns]). What a budget does not reach is for the
// next page, so whoever spends one must get at least one row further with every request.
package budget

import (
	"context"
	"math"
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

// Turn is [Turn]. The wait does not count for the budget.
func (b *Budget) Turn(ctx context.Context) error {
	waited, err := Turn(ctx)
	b.Extend(waited)
	return err
}

// Extend gives the budget back the time of something that does not count.
func (b *Budget) Extend(by time.Duration) { b.deadline = b.deadline.Add(by) }

// Bytes returns how many bytes are left, at least one.
func (b *Budget) Bytes() int { return max(1, b.bytes) }

// Spent reports whether steps, bytes or time are used up.
func (b *Budget) Spent() bool {
	return b.steps <= 0 || b.bytes <= 0 || !time.Now().Before(b.deadline)
}
