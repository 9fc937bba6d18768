package throttle

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestWaitGrowsUpToItsMaximum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rule := Rule{
			Free:   rapid.IntRange(1, 200).Draw(t, "free"),
			First:  time.Duration(rapid.Int64Range(1, int64(time.Hour)).Draw(t, "first")),
			Growth: rapid.IntRange(0, 5).Draw(t, "growth"),
		}
		rule.Max = rule.First + time.Duration(rapid.Int64Range(0, int64(24*time.Hour)).Draw(t, "more"))
		n := rapid.IntRange(1, 1000).Draw(t, "n")
		this, next := rule.Wait(n), rule.Wait(n+1)
		if this < 0 || next < this || next > rule.Max {
			t.Fatalf("failures %d and %d cost %v and %v with %+v", n, n+1, this, next, rule)
		}
	})
}

// counter counts the failures of one key.
type counter struct {
	*testing.T
	rule     Rule
	attempts Attempts
}

// takes calls Take and checks the wait.
func (c *counter) takes(at time.Time, want time.Duration) {
	c.Helper()
	taken, wait := c.rule.Take(c.attempts, at)
	if wait != want {
		c.Fatalf("after %d failures a wait of %v, want %v", c.attempts.Failures, wait, want)
	}
	if wait > 0 && taken != c.attempts {
		c.Fatalf("counted %+v after %+v, though it has to wait", taken, c.attempts)
	}
	c.attempts = taken
}

var morning = time.Date(2026, 11, 21, 9, 0, 0, 123_000_000, time.UTC)

// Each failure is counted as soon as the wait is over, and not a millisecond before.
func TestBackoff(t *testing.T) {
	for name, rule := range map[string]Rule{
		"doubling":  {Free: 5, First: time.Second, Growth: 1, Max: 15 * time.Minute},
		"eightfold": {Free: 3, First: 30 * time.Second, Growth: 3, Max: 15 * time.Minute},
		"constant":  {Free: 7, First: 24 * time.Hour, Max: 24 * time.Hour},
		"at once":   {Free: 1, First: time.Second, Growth: 2, Max: time.Hour},
		"small":     {Free: 1, First: time.Millisecond, Growth: 1, Max: 24 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			c := &counter{T: t, rule: rule}
			at := morning
			for n := 1; n <= 32; n++ {
				c.takes(at, 0)
				pause := rule.Wait(n)
				if pause == 0 {
					continue
				}
				c.takes(at, pause)
				c.takes(at.Add(pause-time.Millisecond), time.Millisecond)
				at = at.Add(pause)
			}
		})
	}
}

func TestRefund(t *testing.T) {
	c := &counter{T: t, rule: Rule{Free: 2, First: time.Minute, Growth: 1, Max: time.Hour}}
	c.takes(morning, 0)
	c.takes(morning, 0)
	c.takes(morning, time.Minute)
	c.attempts = c.rule.Refund(c.attempts)
	c.takes(morning, 0)
	c.takes(morning, time.Minute)
}

// The model of a bucket: each failure fills it by one interval, and it drains with
// time; a failure fits in while the level is within the bucket.
func TestBucket(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		rule := Rule{
			Free:     rapid.IntRange(1, 6).Draw(rt, "free"),
			Interval: time.Duration(rapid.IntRange(1, 100).Draw(rt, "interval")) * time.Second,
		}
		var attempts Attempts
		at, level := morning, time.Duration(0)
		for range rapid.IntRange(1, 15).Draw(rt, "tries") {
			pause := time.Duration(rapid.IntRange(0, 150_000).Draw(rt, "pause")) * time.Millisecond
			if rapid.Bool().Draw(rt, "at once") {
				pause = 0
			}
			at, level = at.Add(pause), max(0, level-pause)
			want := max(0, level-time.Duration(rule.Free-1)*rule.Interval)
			taken, wait := rule.Take(attempts, at)
			if wait != want {
				rt.Fatalf("a wait of %v, want %v", wait, want)
			}
			attempts = taken
			if want > 0 {
				continue
			}
			level += rule.Interval
			if rapid.IntRange(0, 3).Draw(rt, "right") == 0 {
				attempts = rule.Refund(attempts)
				level -= rule.Interval
			}
		}
	})
}

// S-21: after the clock was set back, by however much, one attempt is evaluated and
// the next wait is as long as it would be otherwise. The failures stay counted.
func TestWaitsAfterTheClockWasSetBack(t *testing.T) {
	for name, c := range map[string]struct {
		rule Rule
		then time.Duration // the wait after one more failure
	}{
		"backoff": {Rule{Free: 2, First: time.Minute, Growth: 1, Max: time.Hour}, 2 * time.Minute},
		"bucket":  {Rule{Free: 2, Interval: time.Minute}, time.Minute},
	} {
		for _, step := range []time.Duration{clockSkew + 1, 50 * time.Minute, 24 * time.Hour, 365 * 24 * time.Hour} {
			t.Run(name+" "+step.String(), func(t *testing.T) {
				key := &counter{T: t, rule: c.rule}
				ahead := morning.Add(step)
				key.takes(ahead, 0)
				key.takes(ahead, 0)
				key.takes(ahead, time.Minute)
				key.takes(morning, 0)
				key.takes(morning, c.then)
				key.takes(morning.Add(c.then-1), 1)
				key.takes(morning.Add(c.then), 0)
			})
		}
	}
}

// Requests at the same time may see slightly different clocks; none of them gets
// around a wait.
func TestWaitsOfRequestsAtTheSameTime(t *testing.T) {
	key := &counter{T: t, rule: Rule{Free: 1, First: time.Hour, Max: time.Hour}}
	key.takes(morning, 0)
	key.takes(morning.Add(-5*time.Second), time.Hour+5*time.Second)
	key.takes(morning.Add(-clockSkew), time.Hour+clockSkew)
}

// A bucket that is not full when the clock is set back keeps its level.
func TestLevelOfABucketAfterTheClockWasSetBack(t *testing.T) {
	key := &counter{T: t, rule: Rule{Free: 4, Interval: time.Minute}}
	key.takes(morning.Add(time.Hour), 0)
	key.takes(morning.Add(time.Hour), 0)
	key.takes(morning, 0)
	key.takes(morning, 0)
	key.takes(morning, time.Minute)
}

// The clock of another server of the store may be behind by a little: whoever has free
// attempts left does not wait for it, whatever was given back before.
func TestNoWaitBetweenServers(t *testing.T) {
	const behind = 700 * time.Millisecond
	for name, rule := range map[string]Rule{
		"backoff": {Free: 4, First: 30 * time.Second, Growth: 3, Max: 15 * time.Minute},
		"bucket":  {Free: 4, Interval: time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			key := &counter{T: t, rule: rule}
			key.takes(morning, 0)
			key.takes(morning.Add(-behind), 0)
			key.takes(morning, 0)
			key.attempts = rule.Refund(key.attempts)
			key.takes(morning.Add(-behind), 0)
			key.takes(morning, 0)
			if _, wait := rule.Take(key.attempts, morning.Add(-behind)); wait < 30*time.Second {
				t.Errorf("after the free attempts the wait is %v", wait)
			}
		})
	}
}
