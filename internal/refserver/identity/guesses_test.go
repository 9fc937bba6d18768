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

// S-10, S-13: five guesses are free; then the wait doubles each time, and a guess is
// evaluated exactly when the refusal said, for known and unknown users.
func TestGuessesFromOneAddressHaveToWait(t *testing.T) {
	for _, user := range []string{"alice", "nobody"} {
		t.Run(user, func(t *testing.T) {
			fx := newFixture(t)
			for range 5 {
				fx.refused(fx.signIn(user, wrongPassword, attacker), identity.ErrWrongCredentials)
			}
			for _, seconds := range []int{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900} {
				pause := time.Duration(seconds) * time.Second
				fx.waits(fx.signIn(user, wrongPassword, attacker), pause)
				fx.waits(fx.signIn(user, wrongPassword, attacker), pause) // a throttled attempt is not counted
				fx.clock.Advance(pause - time.Millisecond)
				fx.waits(fx.signIn(user, wrongPassword, attacker), time.Millisecond)
				fx.clock.Advance(time.Millisecond)
				fx.refused(fx.signIn(user, wrongPassword, attacker), identity.ErrWrongCredentials)
			}
		})
	}
}

// S-09: parallel guesses are counted before they are evaluated.
func TestParallelGuessesGainNothing(t *testing.T) {
	fx := newFixture(t)
	before := fx.hasher.Count()
	evaluated := together(200, func(int) bool { return wait(fx.signIn("alice", wrongPassword, attacker)) == 0 })
	if hashes := fx.hasher.Count() - before; evaluated != 5 || hashes != 5 {
		t.Errorf("%d guesses were evaluated, with %d hashes; want 5", evaluated, hashes)
	}
}

// together calls f from n goroutines at once and returns how often it was true.
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

// S-12: wrong guesses block only the network that they come from.
func TestOwnerSignsInFromElsewhere(t *testing.T) {
	for name, c := range map[string]struct{ before, after string }{
		"from a new address":    {"", office},
		"from a known address":  {home, home},
		"from another one":      {home, office},
		"from the same network": {"2001:db8::1", "2001:db8::2"},
	} {
		t.Run(name, func(t *testing.T) {
			fx := newFixture(t)
			if c.before != "" {
				fx.succeeds(fx.signIn("alice", rightPassword, c.before))
			}
			for wait(fx.signIn("alice", wrongPassword, attacker)) == 0 {
			}
			fx.succeeds(fx.signIn("alice", rightPassword, c.after))
			fx.waits(fx.signIn("alice", rightPassword, attacker), time.Second)
		})
	}
}

// S-10: many addresses together get at most 100 guesses at one account in any hour
// and 100 in a row; after that, one a day. Addresses that the owner has signed in
// from are not delayed, and a sign-in there ends the wait of all.
func TestManyAddressesShareTheLimitOfAnAccount(t *testing.T) {
	fx := newFixture(t)
	fx.succeeds(fx.signIn("alice", rightPassword, home))
	attackers := 0
	// guesses returns how many guesses from new addresses are evaluated now.
	guesses := func() int {
		for evaluated := 0; ; evaluated++ {
			attackers++
			address := fmt.Sprintf("198.18.%d.%d", attackers/256, attackers%256)
			if wait(fx.signIn("alice", wrongPassword, address)) > 0 {
				return evaluated
			}
		}
	}
	if burst := guesses(); burst != 50 {
		t.Fatalf("%d guesses at once, want 50", burst)
	}
	total := 50
	for range 60 {
		fx.clock.Advance(2 * time.Minute)
		total += guesses()
		if fx.clock.Now().Minute() == 0 && total != 100 {
			t.Fatalf("%d guesses by %v, want 100", total, fx.clock.Now())
		}
	}
	fx.clock.Advance(23*time.Hour - time.Millisecond)
	if more := guesses(); more != 0 {
		t.Errorf("%d more on the day that the account is locked for unknown networks", more)
	}
	fx.clock.Advance(time.Hour)
	if more := guesses(); more != 1 {
		t.Errorf("%d guesses after a day, want 1", more)
	}
	fx.succeeds(fx.signIn("alice", rightPassword, home))
	fx.succeeds(fx.signIn("alice", rightPassword, office))
}

// S-11: one address gets 50 guesses over all accounts and one more every 36 seconds;
// other addresses are not delayed.
func TestOneAddressHasOneLimitForAllAccounts(t *testing.T) {
	fx := newFixture(t)
	spray := func() (evaluated int) {
		for i := range 100 {
			if wait(fx.signIn(fmt.Sprintf("user%d", i), wrongPassword, attacker)) == 0 {
				evaluated++
			}
		}
		return evaluated
	}
	if n := spray(); n != 50 {
		t.Errorf("%d guesses at once, want 50", n)
	}
	fx.waits(fx.signIn("alice", rightPassword, attacker), 36*time.Second)
	fx.succeeds(fx.signIn("alice", rightPassword, home))

	fx.clock.Advance(36*time.Second - time.Millisecond)
	fx.waits(fx.signIn("bob", wrongPassword, attacker), time.Millisecond)
	fx.clock.Advance(time.Millisecond)
	fx.refused(fx.signIn("bob", wrongPassword, attacker), identity.ErrWrongCredentials)
	fx.waits(fx.signIn("bob", wrongPassword, attacker), 36*time.Second)
}

// Many users behind one address can sign in as often as they like.
func TestSuccessesAreNotCounted(t *testing.T) {
	fx := newFixture(t)
	for range 51 {
		fx.succeeds(fx.signIn("alice", rightPassword, home))
	}
}

// S-15: success clears the failures of its own address only.
func TestSuccessClearsOneAddress(t *testing.T) {
	fx := newFixture(t)
	for _, address := range []string{home, attacker} {
		for range 5 {
			fx.refused(fx.signIn("alice", wrongPassword, address), identity.ErrWrongCredentials)
		}
	}
	fx.clock.Advance(time.Second)
	fx.succeeds(fx.signIn("alice", rightPassword, home))
	for range 5 {
		fx.refused(fx.signIn("alice", wrongPassword, home), identity.ErrWrongCredentials)
	}
	fx.waits(fx.signIn("alice", wrongPassword, home), time.Second)

	fx.refused(fx.signIn("alice", wrongPassword, attacker), identity.ErrWrongCredentials)
	fx.waits(fx.signIn("alice", wrongPassword, attacker), 2*time.Second)
}

// S-60: setting the clock back gives one attempt, after which the wait goes on
// growing.
func TestWaitsGrowThoughTheClockIsSetBack(t *testing.T) {
	fx := newFixture(t)
	for range 5 {
		fx.refused(fx.signIn("alice", wrongPassword, attacker), identity.ErrWrongCredentials)
	}
	for _, wait := range []time.Duration{2 * time.Second, 4 * time.Second, 8 * time.Second} {
		fx.clock.Advance(-time.Hour)
		fx.refused(fx.signIn("alice", wrongPassword, attacker), identity.ErrWrongCredentials)
		fx.waits(fx.signIn("alice", wrongPassword, attacker), wait)
	}
}

// S-16: a key without failures for 30 days is deleted.
func TestSweepDeletesOldFailures(t *testing.T) {
	fx := newFixture(t)
	for range 5 {
		fx.refused(fx.signIn("alice", wrongPassword, attacker), identity.ErrWrongCredentials)
	}
	afterSweep := func(pause time.Duration) time.Duration {
		const steady = 13 * time.Hour // from then on, a sweep believes the clock
		fx.clock.Advance(pause - steady)
		fx.sweep()
		for range steady / time.Hour {
			fx.clock.Advance(time.Hour)
			fx.sweep()
		}
		fx.refused(fx.signIn("alice", wrongPassword, attacker), identity.ErrWrongCredentials)
		return wait(fx.signIn("alice", wrongPassword, attacker))
	}
	if got := afterSweep(30 * 24 * time.Hour); got != 2*time.Second {
		t.Errorf("after 30 days a failure costs %v, want 2 s", got)
	}
	if got := afterSweep(30*24*time.Hour + time.Millisecond); got != 0 {
		t.Errorf("after more than 30 days a failure costs %v, want nothing", got)
	}
}

// Requests with unknown tokens are counted by network and throttled.
func TestUnknownTokensAreCounted(t *testing.T) {
	fx := newFixture(t)
	count := func(source string) (err error) {
		return fx.db.Write(t.Context(), func(tx transaction.Tx) error {
			return identity.CountUnknownToken(t.Context(), tx, source, fx.clock.Now())
		})
	}
	for range 200 {
		fx.succeeds(count(attacker))
	}
	fx.waits(count(attacker), time.Second)
	fx.succeeds(count(home))
}

// S-12: guesses at other accounts from an address that the owner uses, too, do not lock
// the owner out.
func TestGuessesAtOthersSpareKnownAccounts(t *testing.T) {
	fx := newFixture(t)
	fx.succeeds(fx.signIn("alice", rightPassword, home))
	locked := false
	for n := range 60 {
		locked = wait(fx.signIn(fmt.Sprintf("nobody%d", n), wrongPassword, home)) > 0
	}
	if !locked {
		t.Error("the address has no limit")
	}
	fx.succeeds(fx.signIn("alice", rightPassword, home))
}
