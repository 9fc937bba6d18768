// Package throttle says how long somebody who failed has to wait before the next attempt.
//
// It promises that no order of attempts, and no step of the clock, gets around a wait; and
// that nobody waits whose failures are within the rule, even if the clocks of several
// servers differ by less than a minute. It keeps nothing: what is counted, for whom and
// where, is decided by package identity and by others that have guesses to limit.
package throttle

import "time"

// A Rule says how long a key must wait after failures. The first Free attempts are
// evaluated at once; after failure n >= Free the wait is
// First << (Growth * (n - Free)), at most Max.
//
// If Interval is set, the rule is a leaky bucket instead: it allows Free failures
// at once and one more every Interval.
type Rule struct {
	Free     int
	First    time.Duration
	Growth   int
	Max      time.Duration
	Interval time.Duration
}

// clockSkew is how far the last failure may lie ahead of the clock. One further ahead
// was counted before the clock was set back. It exceeds the time that a request waits
// for others, so that no number of them at once gets around a wait.
const clockSkew = time.Minute

// Wait returns the wait after the n-th failure, counted from 1. It is not for
// buckets.
func (r Rule) Wait(n int) time.Duration {
	if n < r.Free {
		return 0
	}
	shift := r.Growth * (n - r.Free)
	if r.First > r.Max>>shift { // First<<shift could overflow
		return r.Max
	}
	return r.First << shift
}

// Attempts is the count of one key.
type Attempts struct {
	Failures    int
	LastFailure time.Time
	// NotBefore is when the next attempt is evaluated. For a bucket it is when one
	// more failure fits in, which may lie far in the past: each failure adds one
	// interval, and it is never further back than for an empty bucket.
	NotBefore time.Time
}

// Take counts one failure in advance and returns 0. If the key still has to wait,
// it counts nothing and returns how long. If the clock was set back since the last
// failure, nobody knows how much of the wait is left: one attempt is evaluated, and
// the next wait counts by the new clock.
func (r Rule) Take(attempts Attempts, now time.Time) (Attempts, time.Duration) {
	if wasSetBack := attempts.LastFailure.After(now.Add(clockSkew)); wasSetBack {
		attempts = attempts.movedBefore(now)
	}
	if attempts.NotBefore.After(now) {
		return attempts, attempts.NotBefore.Sub(now)
	}
	taken := Attempts{Failures: attempts.Failures + 1, LastFailure: now}
	if r.Interval == 0 {
		taken.NotBefore = notBefore(now, r.Wait(taken.Failures))
		return taken, 0
	}
	taken.NotBefore = now.Add(-time.Duration(r.Free-2) * r.Interval) // into an empty bucket
	if next := attempts.NotBefore.Add(r.Interval); next.After(taken.NotBefore) {
		taken.NotBefore = next
	}
	return taken, 0
}

// movedBefore moves the times of a key so that its last failure is now, and its wait
// over. The level of a bucket stays.
func (a Attempts) movedBefore(now time.Time) Attempts {
	a.NotBefore = a.NotBefore.Add(now.Sub(a.LastFailure))
	if a.NotBefore.After(now) {
		a.NotBefore = now
	}
	a.LastFailure = now
	return a
}

// Refund undoes one failure that Take counted.
func (r Rule) Refund(attempts Attempts) Attempts {
	attempts.Failures--
	if r.Interval > 0 {
		attempts.NotBefore = attempts.NotBefore.Add(-r.Interval)
	} else {
		attempts.NotBefore = notBefore(attempts.LastFailure, 0)
	}
	return attempts
}

// notBefore returns when a wait that begins at a time is over. No wait is over before: the
// clock of another server of the store may be behind.
func notBefore(begin time.Time, wait time.Duration) time.Time {
	if wait == 0 {
		return begin.Add(-clockSkew)
	}
	return begin.Add(wait)
}
