// Package testclock has a clock for tests that stands still until a test advances it.
//
// It promises that any number of goroutines of the server and the test read the same
// time, and that only [Clock.Advance] changes it. So a test does not wait, and can
// check the moment just before a deadline.
package testclock

import (
	"sync"
	"time"
)

// Clock is a clock that only Advance moves. Make one with New.
type Clock struct {
	mutex sync.Mutex
	now   time.Time
}

// New returns a clock that shows now.
func New(now time.Time) *Clock { return &Clock{now: now} }

// Now returns the time of the clock.
func (c *Clock) Now() time.Time {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.now
}

// Advance moves the clock forward, or backward by a negative duration.
func (c *Clock) Advance(d time.Duration) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.now = c.now.Add(d)
}
