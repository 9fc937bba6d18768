package storetest

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"pgregory.net/rapid"

	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// now is the time of the tests of attempts, to the millisecond, so that waits
// are exact.
var now = kept

func (s *suite) take(tx transaction.Tx, key string, rule identity.Rule, at time.Time) time.Duration {
	s.Helper()
	wait, err := tx.TakeAttempt(s.ctx, key, rule, at)
	s.ok(err)
	return wait
}

// The store's arithmetic is that of Rule.Wait: each failure is taken at the
// first moment it can be, and a millisecond before that it is not.
func testBackoff(s *suite) {
	for name, rule := range map[string]identity.Rule{
		"doubling":  {Free: 5, First: time.Second, Growth: 1, Max: 15 * time.Minute},
		"eightfold": {Free: 3, First: 30 * time.Second, Growth: 3, Max: 15 * time.Minute},
		"constant":  {Free: 7, First: 24 * time.Hour, Max: 24 * time.Hour},
		"at once":   {Free: 1, First: time.Second, Growth: 2, Max: time.Hour},
		"small":     {Free: 1, First: time.Millisecond, Growth: 1, Max: 24 * time.Hour},
	} {
		s.write(func(tx transaction.Tx) {
			at := now
			for n := 1; n <= 32; n++ {
				s.same(s.take(tx, name, rule, at), time.Duration(0))
				pause := rule.Wait(n)
				if pause == 0 {
					continue
				}
				s.same(s.take(tx, name, rule, at), pause)
				s.same(s.take(tx, name, rule, at.Add(pause-time.Millisecond)), time.Millisecond)
				at = at.Add(pause)
			}
		})
	}
	s.write(func(tx transaction.Tx) {
		rule := identity.Rule{Free: 2, First: time.Minute, Growth: 1, Max: time.Hour}
		s.same(s.take(tx, "given back", rule, now), time.Duration(0))
		s.same(s.take(tx, "given back", rule, now), time.Duration(0))
		s.same(s.take(tx, "given back", rule, now), time.Minute)
		s.ok(tx.GiveBackAttempt(s.ctx, "given back", rule))
		s.same(s.take(tx, "given back", rule, now), time.Duration(0))
		s.same(s.take(tx, "given back", rule, now), time.Minute)
		s.ok(tx.ForgetAttempts(s.ctx, "given back"))
		s.same(s.take(tx, "given back", rule, now), time.Duration(0))
		s.same(s.take(tx, "given back", rule, now), time.Duration(0))
		s.same(s.take(tx, "given back", rule, now), time.Minute)
		s.ok(tx.GiveBackAttempt(s.ctx, "unknown", rule))
		s.ok(tx.ForgetAttempts(s.ctx, "unknown"))
	})
}

// A bucket is a debt that each failure raises by one interval and time pays
// off; a failure fits in while the debt stays within the bucket.
func testBucket(s *suite) {
	keys := 0
	rapid.Check(s.T, func(t *rapid.T) {
		keys++
		key := fmt.Sprint("bucket ", keys)
		rule := identity.Rule{
			Free:     rapid.IntRange(1, 6).Draw(t, "free"),
			Interval: time.Duration(rapid.IntRange(1, 100).Draw(t, "interval")) * time.Second,
		}
		at, debt := now, time.Duration(0)
		for range rapid.IntRange(1, 15).Draw(t, "tries") {
			pause := time.Duration(rapid.IntRange(0, 150_000).Draw(t, "pause")) * time.Millisecond
			if rapid.Bool().Draw(t, "at once") {
				pause = 0
			}
			at, debt = at.Add(pause), max(0, debt-pause)
			want := max(0, debt-time.Duration(rule.Free-1)*rule.Interval)
			var got time.Duration
			s.write(func(tx transaction.Tx) { got = s.take(tx, key, rule, at) })
			if got != want {
				t.Fatalf("a wait of %v, want %v", got, want)
			}
			if want > 0 {
				continue
			}
			debt += rule.Interval
			if rapid.IntRange(0, 3).Draw(t, "right") == 0 {
				s.write(func(tx transaction.Tx) { s.ok(tx.GiveBackAttempt(s.ctx, key, rule)) })
				debt -= rule.Interval
			}
		}
	})
}

// S-21: a wait from a time when the clock ran ahead ends when it is right again;
// the failures stay counted. A wait that a small correction makes longer does not.
func testWaitsOfAWrongClock(s *suite) {
	backoff := identity.Rule{Free: 2, First: time.Minute, Growth: 1, Max: time.Hour}
	bucket := identity.Rule{Free: 2, Interval: time.Minute}
	ahead := identity.ClockSlack + time.Second
	s.write(func(tx transaction.Tx) {
		for name, c := range map[string]struct {
			rule identity.Rule
			then time.Duration // the wait after one more failure
		}{
			"backoff": {backoff, 2 * time.Minute},
			"bucket":  {bucket, 0},
		} {
			for range 2 {
				s.same(s.take(tx, name, c.rule, now.Add(ahead)), time.Duration(0))
			}
			s.same(s.take(tx, name, c.rule, now.Add(ahead)), time.Minute)
			s.same(s.take(tx, name, c.rule, now.Add(2*time.Second)), identity.ClockSlack+time.Minute-time.Second)
			s.same(s.take(tx, name, c.rule, now), time.Duration(0))
			s.same(s.take(tx, name, c.rule, now), c.then)
		}
	})
}

func testKeysAreCountedApart(s *suite) {
	rule := identity.Rule{Free: 1, First: time.Minute, Max: time.Minute}
	s.write(func(tx transaction.Tx) {
		s.same(s.take(tx, "a", rule, now), time.Duration(0))
		s.same(s.take(tx, "a", rule, now), time.Minute)
		s.same(s.take(tx, "A", rule, now), time.Duration(0))
		s.same(s.take(tx, "b", rule, now), time.Duration(0))
	})
}

// S-09: many at once are counted one by one.
func testParallelAttempts(s *suite) {
	for name, c := range map[string]struct {
		rule identity.Rule
		want int64
	}{
		"backoff": {identity.Rule{Free: 5, First: time.Second, Growth: 1, Max: time.Minute}, 5},
		"bucket":  {identity.Rule{Free: 7, Interval: time.Minute}, 7},
	} {
		var evaluated atomic.Int64
		var all sync.WaitGroup
		for range 30 {
			all.Go(func() {
				err := s.db.Write(s.ctx, func(tx transaction.Tx) error {
					wait, err := tx.TakeAttempt(s.ctx, name, c.rule, now)
					if wait > 0 {
						return errWait
					}
					return err
				})
				if err == nil {
					evaluated.Add(1)
				} else if !errors.Is(err, errWait) {
					s.Error(err)
				}
			})
		}
		all.Wait()
		s.same(evaluated.Load(), c.want)
	}
}

var errWait = errors.New("has to wait")

// S-16: the old go, and of the rest the oldest beyond what is kept.
func testSweep(s *suite) {
	rule := identity.Rule{Free: 1, First: 1000 * time.Hour, Max: 1000 * time.Hour}
	// left returns which of the keys are still counted.
	left := func(tx transaction.Tx) (list []int) {
		for i := range 10 {
			if s.take(tx, fmt.Sprint(i), rule, now.Add(time.Hour)) > 0 {
				list = append(list, i)
			}
		}
		return list
	}
	for name, c := range map[string]struct {
		before time.Time
		keep   int
		want   []int
	}{
		"nothing":         {now, 10, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}},
		"the old":         {now.Add(3 * time.Second), 10, []int{3, 4, 5, 6, 7, 8, 9}},
		"too many":        {now, 4, []int{6, 7, 8, 9}},
		"the old suffice": {now.Add(8 * time.Second), 4, []int{8, 9}},
		"all":             {now, 0, nil},
	} {
		s.write(func(tx transaction.Tx) {
			for i := range 10 {
				s.ok(tx.ForgetAttempts(s.ctx, fmt.Sprint(i)))
				s.take(tx, fmt.Sprint(i), rule, now.Add(time.Duration(i)*time.Second))
			}
			s.ok(tx.SweepAttempts(s.ctx, c.before, c.keep))
			if got := left(tx); fmt.Sprint(got) != fmt.Sprint(c.want) {
				s.Errorf("%s: left are %v, want %v", name, got, c.want)
			}
		})
	}
}
