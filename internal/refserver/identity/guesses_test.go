package identity_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// S-10, S-13: five guesses are free; then each one waits, twice as long each
// time, and is evaluated exactly when the refusal said, for a known user and
// for an unknown one.
func TestGuessesFromOnePlaceHaveToWait(t *testing.T) {
	for _, user := range []string{"alice", "nobody"} {
		t.Run(user, func(t *testing.T) {
			d := newDoor(t)
			for range 5 {
				d.refused(d.counted(user, wrongPassword, lair), identity.ErrWrongCredentials)
			}
			for _, seconds := range []int{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900} {
				pause := time.Duration(seconds) * time.Second
				d.waits(d.counted(user, wrongPassword, lair), pause)
				d.waits(d.counted(user, wrongPassword, lair), pause) // what is not evaluated costs nothing
				d.clock.Advance(pause - time.Millisecond)
				d.waits(d.counted(user, wrongPassword, lair), time.Millisecond)
				d.clock.Advance(time.Millisecond)
				d.refused(d.counted(user, wrongPassword, lair), identity.ErrWrongCredentials)
			}
		})
	}
}

// S-09: guesses in parallel are counted before they are looked at.
func TestGuessesInParallelGainNothing(t *testing.T) {
	d := newDoor(t)
	before := d.hasher.Count()
	evaluated := together(200, func(int) bool { return wait(d.counted("alice", wrongPassword, lair)) == 0 })
	if hashes := d.hasher.Count() - before; evaluated != 5 || hashes != 5 {
		t.Errorf("%d guesses were evaluated, with %d hashes; want 5", evaluated, hashes)
	}
}

// together calls f from n goroutines at once and counts where it is true.
func together(n int, f func(i int) bool) int {
	results := make([]bool, n)
	start := make(chan struct{})
	var callers sync.WaitGroup
	for i := range n {
		callers.Go(func() {
			<-start
			results[i] = f(i)
		})
	}
	close(start)
	callers.Wait()
	return len(slices.DeleteFunc(results, func(ok bool) bool { return !ok }))
}

// S-12: who burns an account from one place burns it there.
func TestTheOwnerGetsInFromElsewhere(t *testing.T) {
	for name, c := range map[string]struct{ before, after string }{
		"from a new address":    {"", office},
		"from a known address":  {home, home},
		"from another one":      {home, office},
		"from the same network": {"2001:db8::1", "2001:db8::2"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDoor(t)
			if c.before != "" {
				d.enters(d.counted("alice", rightPassword, c.before))
			}
			for wait(d.counted("alice", wrongPassword, lair)) == 0 {
			}
			d.enters(d.counted("alice", rightPassword, c.after))
			d.waits(d.counted("alice", rightPassword, lair), time.Second)
		})
	}
}

// S-10: many addresses together get at most 100 guesses at one account in any
// hour and 100 in a row; after that one a day. A place that the owner has
// signed in from is not held up, and a sign-in there ends the waiting of all.
func TestManyAddressesShareTheAccountsBudget(t *testing.T) {
	d := newDoor(t)
	d.enters(d.counted("alice", rightPassword, home))
	attackers := 0
	// guesses returns how many new addresses are evaluated now.
	guesses := func() int {
		for evaluated := 0; ; evaluated++ {
			attackers++
			address := fmt.Sprintf("198.18.%d.%d", attackers/256, attackers%256)
			if wait(d.counted("alice", wrongPassword, address)) > 0 {
				return evaluated
			}
		}
	}
	if burst := guesses(); burst != 50 {
		t.Fatalf("%d guesses at once, want 50", burst)
	}
	total := 50
	for range 60 {
		d.clock.Advance(2 * time.Minute)
		total += guesses()
		if d.clock.Now().Minute() == 0 && total != 100 {
			t.Fatalf("%d guesses by %v, want 100", total, d.clock.Now())
		}
	}
	d.clock.Advance(23*time.Hour - time.Millisecond)
	if more := guesses(); more != 0 {
		t.Errorf("%d more on the day that the account is locked for strangers", more)
	}
	d.clock.Advance(time.Hour)
	if more := guesses(); more != 1 {
		t.Errorf("%d guesses after a day, want 1", more)
	}
	d.enters(d.counted("alice", rightPassword, home))
	d.enters(d.counted("alice", rightPassword, office))
}

// S-11: one password tried on 100 accounts is 50 guesses, and one more every
// 36 seconds; nobody else is held up.
func TestOneAddressSharesItsBudgetOverAllAccounts(t *testing.T) {
	d := newDoor(t)
	spray := func() (evaluated int) {
		for i := range 100 {
			if wait(d.counted(fmt.Sprintf("user%d", i), wrongPassword, lair)) == 0 {
				evaluated++
			}
		}
		return evaluated
	}
	if n := spray(); n != 50 {
		t.Errorf("%d guesses at once, want 50", n)
	}
	d.waits(d.counted("alice", rightPassword, lair), 36*time.Second)
	d.enters(d.counted("alice", rightPassword, home))

	d.clock.Advance(36*time.Second - time.Millisecond)
	d.waits(d.counted("bob", wrongPassword, lair), time.Millisecond)
	d.clock.Advance(time.Millisecond)
	d.refused(d.counted("bob", wrongPassword, lair), identity.ErrWrongCredentials)
	d.waits(d.counted("bob", wrongPassword, lair), 36*time.Second)
}

// A lab behind one address signs in as often as it likes.
func TestSuccessesUseUpNoBudget(t *testing.T) {
	d := newDoor(t)
	for range 51 {
		d.enters(d.counted("alice", rightPassword, home))
	}
}

// S-15: success clears the failures of its own place only.
func TestSuccessClearsOnePlace(t *testing.T) {
	d := newDoor(t)
	for _, place := range []string{home, lair} {
		for range 5 {
			d.refused(d.counted("alice", wrongPassword, place), identity.ErrWrongCredentials)
		}
	}
	d.clock.Advance(time.Second)
	d.enters(d.counted("alice", rightPassword, home))
	for range 5 {
		d.refused(d.counted("alice", wrongPassword, home), identity.ErrWrongCredentials)
	}
	d.waits(d.counted("alice", wrongPassword, home), time.Second)

	d.refused(d.counted("alice", wrongPassword, lair), identity.ErrWrongCredentials)
	d.waits(d.counted("alice", wrongPassword, lair), 2*time.Second)
}

// S-60: a clock that goes back ends no wait.
func TestAWaitSurvivesAClockThatGoesBack(t *testing.T) {
	d := newDoor(t)
	for range 5 {
		d.refused(d.counted("alice", wrongPassword, lair), identity.ErrWrongCredentials)
	}
	d.clock.Advance(-time.Hour)
	d.waits(d.counted("alice", wrongPassword, lair), time.Hour+time.Second)
}

// S-16: a key that has been quiet for 30 days is dropped.
func TestSweepForgetsOldFailures(t *testing.T) {
	d := newDoor(t)
	for range 5 {
		d.refused(d.counted("alice", wrongPassword, lair), identity.ErrWrongCredentials)
	}
	afterSweep := func(pause time.Duration) time.Duration {
		d.clock.Advance(pause)
		if err := d.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		d.refused(d.counted("alice", wrongPassword, lair), identity.ErrWrongCredentials)
		return wait(d.counted("alice", wrongPassword, lair))
	}
	if got := afterSweep(30 * 24 * time.Hour); got != 2*time.Second {
		t.Errorf("after 30 days a failure costs %v, want 2 s", got)
	}
	if got := afterSweep(30*24*time.Hour + time.Millisecond); got != 0 {
		t.Errorf("after more than 30 days a failure costs %v, want nothing", got)
	}
}

// Somebody who shows tokens that do not exist is told to wait, and counted by
// network.
func TestUnknownTokensAreCounted(t *testing.T) {
	d := newDoor(t)
	count := func(source string) (err error) {
		return d.db.Write(t.Context(), func(tx transaction.Tx) error {
			return identity.CountUnknownToken(t.Context(), tx, source, d.clock.Now())
		})
	}
	for range 200 {
		d.enters(count(lair))
	}
	d.waits(count(lair), time.Second)
	d.enters(count(home))
}
