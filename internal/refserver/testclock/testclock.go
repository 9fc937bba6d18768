// Package testclock is the time of tests: it stands still until a test moves it.
//
// It promises that a server under test and the test read the same time from any
// number of goroutines, and that nothing but [Clock.Advance] changes it. So a test of
// an hour takes no hour, and one of a deadline can look at the moment before.
package testclock

import (
	"sync"
	"time"
)

// Clock is a clock that only a test moves. Make one with New.
type Clock struct {
	mutex sync.Mutex
	now   time.Time
}

// New makes a clock that shows a time.
func New(now time.Time) *Clock { return &Clock{now: now} }

// Now returns the time that it shows.
func (c *Clock) Now() time.Time {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.now
}

// Advance moves it, a negative duration backwards.
func (c *Clock) Advance(d time.Duration) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.now = c.now.Add(d)
}
