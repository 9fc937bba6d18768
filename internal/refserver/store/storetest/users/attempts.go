package users

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/store/storetest/suite"
	"github.com/dxauth/dxauth/internal/refserver/throttle"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// now is the time of these tests, rounded to the millisecond so that waits are
// exact.
var now = kept

func take(s *suite.Suite, tx transaction.Tx, key string, rule throttle.Rule, at time.Time) time.Duration {
	s.Helper()
	wait, err := tryTake(s, tx, key, rule, at)
	s.OK(err)
	return wait
}

// tryTake counts a failure as package identity does.
func tryTake(s *suite.Suite, tx transaction.Tx, key string, rule throttle.Rule, at time.Time) (time.Duration, error) {
	attempts, err := tx.Attempts(s.Ctx, key)
	if err != nil {
		return 0, err
	}
	taken, wait := rule.Take(attempts[key], at)
	if wait > 0 {
		return wait, nil
	}
	return 0, tx.SetAttempts(s.Ctx, key, taken)
}

func testAttempts(s *suite.Suite) {
	s.Write(func(tx transaction.Tx) {
		attempts := func(key string) throttle.Attempts {
			got, err := tx.Attempts(s.Ctx, key)
			s.OK(err)
			return got[key]
		}
		s.Same(attempts("a"), throttle.Attempts{})
		for failures := range 3 {
			s.OK(tx.SetAttempts(s.Ctx, "a", throttle.Attempts{
				Failures: failures, LastFailure: start.Add(time.Hour), NotBefore: start.Add(-time.Hour),
			}))
			s.Same(attempts("a"), throttle.Attempts{
				Failures: failures, LastFailure: kept.Add(time.Hour), NotBefore: kept.Add(-time.Hour),
			})
		}
		s.OK(tx.ForgetAttempts(s.Ctx, "a"))
		s.OK(tx.ForgetAttempts(s.Ctx, "unknown"))
		s.Same(attempts("a"), throttle.Attempts{})
	})
}

func testKeysAreSeparate(s *suite.Suite) {
	rule := throttle.Rule{Free: 1, First: time.Minute, Max: time.Minute}
	s.Write(func(tx transaction.Tx) {
		s.Same(take(s, tx, "a", rule, now), time.Duration(0))
		s.Same(take(s, tx, "a", rule, now), time.Minute)
		s.Same(take(s, tx, "A", rule, now), time.Duration(0))
		s.Same(take(s, tx, "b", rule, now), time.Duration(0))
	})
}

// S-09: concurrent attempts are counted one by one.
func testParallelAttempts(s *suite.Suite) {
	for name, c := range map[string]struct {
		rule throttle.Rule
		want int64
	}{
		"backoff": {throttle.Rule{Free: 5, First: time.Second, Growth: 1, Max: time.Minute}, 5},
		"bucket":  {throttle.Rule{Free: 7, Interval: time.Minute}, 7},
	} {
		var evaluated atomic.Int64
		var all sync.WaitGroup
		for range 30 {
			all.Go(func() {
				err := s.DB.Write(s.Ctx, func(tx transaction.Tx) error {
					wait, err := tryTake(s, tx, name, c.rule, now)
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
		s.Same(evaluated.Load(), c.want)
	}
}

var errWait = errors.New("has to wait")

// S-16: old entries are removed, then the oldest beyond the limit.
func testSweep(s *suite.Suite) {
	rule := throttle.Rule{Free: 1, First: 1000 * time.Hour, Max: 1000 * time.Hour}
	// left returns the keys that are still counted.
	left := func(tx transaction.Tx) (list []int) {
		for i := range 10 {
			if take(s, tx, fmt.Sprint(i), rule, now.Add(time.Hour)) > 0 {
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
		"nothing":       {now, 10, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}},
		"the old":       {now.Add(3 * time.Second), 10, []int{3, 4, 5, 6, 7, 8, 9}},
		"too many":      {now, 4, []int{6, 7, 8, 9}},
		"only old ones": {now.Add(8 * time.Second), 4, []int{8, 9}},
		"all but one":   {now, 0, []int{9}},
	} {
		s.Write(func(tx transaction.Tx) {
			for i := range 10 {
				s.OK(tx.ForgetAttempts(s.Ctx, fmt.Sprint(i)))
				take(s, tx, fmt.Sprint(i), rule, now.Add(time.Duration(i)*time.Second))
			}
			s.OK(tx.SweepAttempts(s.Ctx, c.before, c.keep, 9))
			if got := left(tx); fmt.Sprint(got) != fmt.Sprint(c.want) {
				s.Errorf("%s: left %v, want %v", name, got, c.want)
			}
		})
	}
}
