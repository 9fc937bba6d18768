package keylock_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/keylock"
)

// Of the callers of one key, as many as there are slots hold it at once, as many as may
// wait get it later, and the others are refused. Another key is free.
func TestLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		locks := keylock.New(keylock.Limits{Slots: 2, Waiting: 3})
		var all sync.WaitGroup
		var held, most, refused atomic.Int32
		for range 9 {
			all.Go(func() {
				unlock, err := locks.Lock(t.Context(), "a")
				if errors.Is(err, keylock.ErrFull) {
					refused.Add(1)
					return
				}
				if err != nil {
					t.Error(err)
					return
				}
				most.Store(max(most.Load(), held.Add(1)))
				time.Sleep(time.Second)
				held.Add(-1)
				unlock()
			})
		}
		synctest.Wait()
		if held.Load() != 2 || refused.Load() != 4 {
			t.Errorf("%d hold the key, %d were refused", held.Load(), refused.Load())
		}
		unlock, err := locks.Lock(t.Context(), "b")
		if err != nil {
			t.Fatal(err)
		}
		unlock()
		all.Wait()
		if most.Load() != 2 {
			t.Errorf("%d held the key at once", most.Load())
		}
	})
}

// A caller waits until the key is free, its context ends or it waited too long. Whoever
// gave up takes no slot and no place.
func TestWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		locks := keylock.New(keylock.Limits{Slots: 1, Waiting: 1, Wait: time.Minute})
		unlock, err := locks.Lock(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		brief, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		for _, waits := range []struct {
			ctx  context.Context
			want error
			took time.Duration
		}{
			{brief, context.DeadlineExceeded, time.Second},
			{t.Context(), keylock.ErrFull, time.Minute},
		} {
			start := time.Now()
			if _, err := locks.Lock(waits.ctx, "a"); !errors.Is(err, waits.want) || time.Since(start) != waits.took {
				t.Errorf("%v after %v, want %v", err, time.Since(start), waits.want)
			}
		}
		unlock()
		again, err := locks.Lock(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		again()
	})
}
