package service_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/service"
)

// TestRequestsOfAnAccountTakeTurns sends as many requests of each account at once as
// may wait. All of them run, few of an account at the same time, and no account waits
// for another.
func TestRequestsOfAnAccountTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := service.New(service.Config{Now: time.Now})
		const requests, accounts = 50, 3
		start := time.Now()
		var all sync.WaitGroup
		for n := range accounts {
			var running, most atomic.Int32
			for range requests {
				all.Go(func() {
					caller := service.Caller{User: identity.User{ID: "user-" + string(rune('a'+n))}}
					end, err := s.Begin(t.Context(), caller)
					if err != nil {
						t.Error(err)
						return
					}
					defer end()
					most.Store(max(most.Load(), running.Add(1)))
					time.Sleep(time.Second)
					running.Add(-1)
				})
			}
			defer func() {
				if took := time.Since(start); took > requests/2*time.Second || time.Duration(most.Load())*took < requests*time.Second {
					t.Errorf("%d requests took %v, up to %d at once", requests, took, most.Load())
				}
			}()
		}
		all.Wait()
	})
}
