// Package clock says which stored times can be believed after the clock of the
// server was wrong.
//
// A stored past time can lie ahead of the clock only if the clock was ahead when it
// was stored, or is behind now. Within [Slack] that is a correction as time services
// make it. Beyond, the two cannot be told apart, and what has the time is not valid.
// What would be lost for good waits until a [Steady] clock says so.
package clock

import (
	"sync"
	"time"
)

// Slack is how far ahead of the clock a stored past time may lie.
const Slack = time.Hour

// Ahead reports whether a stored past time lies further ahead of now than Slack.
func Ahead(stored, now time.Time) bool { return stored.After(now.Add(Slack)) }

// Span is the time in which something is valid.
type Span struct{ Made, Ends time.Time }

// Contains reports whether a span has begun, give or take Slack, and has not ended.
func (s Span) Contains(now time.Time) bool { return !Ahead(s.Made, now) && now.Before(s.Ends) }

// steadyAfter is how long a clock must run without a step to be believed.
const steadyAfter = 12 * time.Hour

// CatchUp is how long ago something may have ended that is believed to have ended
// even if the clock is not steady.
const CatchUp = 24*time.Hour + Slack

// Steady finds out whether a clock runs without steps. The zero value is ready.
type Steady struct {
	mutex       sync.Mutex
	since, last time.Time
}

// Observe takes a look at the clock, and reports whether it ran for half a day without
// a step. Call it more often than once per Slack: a longer pause counts as a step.
func (s *Steady) Observe(now time.Time) bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if step := now.Sub(s.last); step < 0 || step > Slack {
		s.since = now
	}
	s.last = now
	return now.Sub(s.since) >= steadyAfter
}
