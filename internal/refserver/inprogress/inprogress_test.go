package inprogress_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/inprogress"
)

// TestRequestsOfAnAccountTakeTurns sends as many requests of each account at once as
// may wait. All of them run, few of an account at the same time, and no account waits
// for another.
func TestRequestsOfAnAccountTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := inprogress.New(1)
		const requests, accounts, each = 50, 3, 100 * time.Millisecond
		start := time.Now()
		var all sync.WaitGroup
		for n := range accounts {
			var running, most atomic.Int32
			for range requests {
				all.Go(func() {
					_, end, err := s.Begin(t.Context(), "user-"+string(rune('a'+n)))
					if err != nil {
						t.Error(err)
						return
					}
					defer end()
					most.Store(max(most.Load(), running.Add(1)))
					time.Sleep(each)
					running.Add(-1)
				})
			}
			defer func() {
				if took := time.Since(start); took > requests/2*each || time.Duration(most.Load())*took < requests*each {
					t.Errorf("%d requests took %v, up to %d at once", requests, took, most.Load())
				}
			}()
		}
		all.Wait()
	})
}

// TestRequestsDoNotWaitForLong: while the requests that run are held up, the others of
// the account are refused in time, and those of other accounts run.
func TestRequestsDoNotWaitForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := inprogress.New(1)
		for refused := false; !refused; {
			start := time.Now()
			_, _, err := s.Begin(t.Context(), "user-alice")
			refused = errors.Is(err, inprogress.ErrTooMany)
			if took := time.Since(start); err != nil && (!refused || took != 5*time.Second) {
				t.Fatalf("%v after %v", err, took)
			}
		}
		_, end, err := s.Begin(t.Context(), "user-bob")
		if err != nil {
			t.Fatal(err)
		}
		end()
	})
}
