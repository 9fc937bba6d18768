package budget_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/budget"
)

// TestAShortListWaitsForOnePartOfEachOther: requests that read many parts are in progress
// when one begins that reads a single part. It waits for one part of each of the others,
// not for all parts.
func TestAShortListWaitsForOnePartOfEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const long, parts, part = 5, 100, 10 * time.Millisecond
		turns := budget.NewTurns(1)
		read := func(parts int) (took time.Duration) {
			begin := time.Now()
			ctx, end := turns.Begin(t.Context())
			defer end()
			for range parts {
				if _, err := budget.Turn(ctx); err != nil {
					t.Error(err)
				}
				time.Sleep(part)
			}
			return time.Since(begin)
		}
		var all sync.WaitGroup
		for range long {
			all.Go(func() { read(parts) })
		}
		time.Sleep(long * part)
		if took := read(1); took > (long+1)*part {
			t.Errorf("a list of one part took %v", took)
		}
		begin := time.Now()
		all.Wait()
		if took := time.Since(begin); took < (long*parts-2*long-1)*part {
			t.Errorf("the rest of the long lists took %v: several ran at the same time", took)
		}
	})
}

// TestAWaitDoesNotCount: a budget is not spent while its request waits for a turn.
func TestAWaitDoesNotCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := budget.NewTurns(1)
		other, end := turns.Begin(t.Context())
		if _, err := budget.Turn(other); err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(4*budget.MaxTime, end)
		ctx, endOwn := turns.Begin(t.Context())
		defer endOwn()
		b := budget.New()
		if err := b.Turn(ctx); err != nil || b.Spent() {
			t.Errorf("after the wait the budget is spent: %v, %v", b.Spent(), err)
		}
		time.Sleep(budget.MaxTime)
		if !b.Spent() {
			t.Error("the time after the wait does not count")
		}
	})
}

// TestAWaitEnds: with its context, or after some time.
func TestAWaitEnds(t *testing.T) {
	for _, c := range []struct {
		name   string
		within time.Duration // of the context
		want   error
	}{
		{"the client goes away", time.Second, context.DeadlineExceeded},
		{"the turn is not given back", time.Hour, budget.ErrBusy},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				turns := budget.NewTurns(1)
				other, end := turns.Begin(t.Context())
				if _, err := budget.Turn(other); err != nil {
					t.Fatal(err)
				}
				limited, cancel := context.WithTimeout(t.Context(), c.within)
				defer cancel()
				ctx, endWaiting := turns.Begin(limited)
				waited, err := budget.Turn(ctx)
				if !errors.Is(err, c.want) || waited > 10*time.Second {
					t.Errorf("after %v: %v, want %v", waited, err, c.want)
				}
				endWaiting() // holds nothing
				end()
				next, endNext := turns.Begin(t.Context())
				defer endNext()
				if waited, err := budget.Turn(next); err != nil || waited != 0 {
					t.Errorf("the next request waits for %v: %v", waited, err)
				}
			})
		})
	}
}

// TestPagesAreReadInTurns: two pages of several parts are read part by part in turns.
func TestPagesAreReadInTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := budget.NewTurns(1)
		var order []string
		var all sync.WaitGroup
		for _, name := range []string{"a", "b"} {
			all.Go(func() {
				ctx, end := turns.Begin(t.Context())
				defer end()
				rows, _, err := budget.Page(ctx, 0, 4, func(after, _ int) (budget.Part[int, int], error) {
					order = append(order, name) // in its turn
					time.Sleep(time.Millisecond)
					return budget.Part[int, int]{Rows: []int{after + 1}, Next: after + 1}, nil
				})
				if err != nil || !slices.Equal(rows, []int{1, 2, 3, 4}) {
					t.Errorf("read %v, %v", rows, err)
				}
			})
		}
		all.Wait()
		for i := 2; i < len(order); i++ {
			if order[i] == order[i-1] {
				t.Fatalf("the parts were read in the order %v", order)
			}
		}
	})
}

// TestATurnCanEndBeforeItsRequest: whoever reads a response slowly keeps nobody waiting.
func TestATurnCanEndBeforeItsRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := budget.NewTurns(1)
		slow, endSlow := turns.Begin(t.Context())
		if _, err := budget.Turn(slow); err != nil {
			t.Fatal(err)
		}
		budget.EndTurn(slow)
		other, endOther := turns.Begin(t.Context())
		if waited, err := budget.Turn(other); err != nil || waited != 0 {
			t.Errorf("another request waits for %v: %v", waited, err)
		}
		endSlow() // the turn is that of the other
		third, endThird := turns.Begin(t.Context())
		time.AfterFunc(time.Second, endOther)
		if waited, err := budget.Turn(third); err != nil || waited != time.Second {
			t.Errorf("a third request waits for %v: %v", waited, err)
		}
		endThird()
	})
}
