package identity_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// codeTry is one sign-in with the right password and a code.
func (fx *fixture) codeTry(code, address string) error {
	return fx.signInWithCode("alice", rightPassword, code, address)
}

// ownerAt makes a network one from which alice signed in with her second factor.
func (fx *fixture) ownerAt(addresses ...string) {
	fx.Helper()
	for _, address := range addresses {
		fx.clock.Advance(30 * time.Second) // a code works once
		fx.succeeds(fx.codeTry(fx.code(), address))
	}
	fx.clock.Advance(30 * time.Second)
}

// guess enters wrong codes until the network has to wait, and returns how many were
// evaluated.
func (fx *fixture) guess(address string) (evaluated int) {
	for wait(fx.codeTry(fx.wrongCode(), address)) == 0 {
		evaluated++
	}
	return evaluated
}

// S-12: wrong codes from networks that the owner does not use leave the owner's own
// networks alone, and one of those leaves the others alone.
func TestWrongCodesLeaveTheOwnersNetworksAlone(t *testing.T) {
	const elsewhere = "198.51.100.7"
	for name, c := range map[string]struct {
		owner   []string // networks that the owner used
		guesses string   // where wrong codes come from
		free    []string // networks that are not delayed
		delayed []string
	}{
		"from an unknown network":   {[]string{home, office}, attacker, []string{home, office}, []string{attacker, elsewhere}},
		"from one of the owner's":   {[]string{home, office}, home, []string{office, elsewhere, attacker}, []string{home}},
		"an owner without networks": {nil, attacker, nil, []string{attacker, home}},
		"from the same IPv6 prefix": {[]string{"2001:db8::1", home}, "2001:db8::2", []string{home, elsewhere}, []string{"2001:db8::1"}},
	} {
		t.Run(name, func(t *testing.T) {
			fx := newFixture(t)
			fx.addSecondFactor("abcd-efgh-jkmn-2345")
			fx.ownerAt(c.owner...)
			if n := fx.guess(c.guesses); n != 3 {
				t.Fatalf("%d wrong codes were evaluated, want 3", n)
			}
			for _, address := range c.delayed {
				fx.waits(fx.codeTry(fx.code(), address), 30*time.Second)
				fx.waits(fx.codeTry("abcd-efgh-jkmn-2345", address), 30*time.Second)
			}
			for _, address := range c.free {
				fx.refused(fx.codeTry(fx.wrongCode(), address), identity.ErrCodeMismatch)
				fx.succeeds(fx.codeTry(fx.code(), address))
				fx.clock.Advance(30 * time.Second)
			}
		})
	}
}

// Who knew the password before there was a second factor gains nothing: those sign-ins
// make no network known for codes.
func TestSignInsBeforeTheFactorDoNotCount(t *testing.T) {
	fx := newFixture(t)
	var planted []string
	for i := range 25 {
		planted = append(planted, fmt.Sprintf("198.18.0.%d", i))
		fx.succeeds(fx.signIn("alice", rightPassword, planted[i]))
	}
	fx.clock.Advance(time.Minute)
	fx.addSecondFactor()
	fx.ownerAt(home)
	evaluated := 0
	for _, address := range planted {
		evaluated += fx.guess(address)
	}
	if evaluated != 3 {
		t.Errorf("%d wrong codes were evaluated, want 3", evaluated)
	}
	fx.succeeds(fx.codeTry(fx.code(), home))
}

// S-14: many networks together get 99 wrong codes in the first day, 100 in a row, and
// then one a day; so do those of the owner that an attacker shares. Three codes of a
// million are right.
func TestWrongCodesInARow(t *testing.T) {
	fx := newFixture(t)
	fx.addSecondFactor()
	fx.ownerAt(home, office)
	strangers, known := map[int]int{}, map[int]int{}
	begin := fx.clock.Now()
	for i := 0; fx.clock.Now().Sub(begin) < 4*24*time.Hour; i++ {
		day := int(fx.clock.Now().Sub(begin) / (24 * time.Hour))
		strangers[day] += fx.guess(fmt.Sprintf("198.18.%d.%d", i/200%200, i%200))
		for _, address := range []string{home, office} {
			known[day] += fx.guess(address)
		}
		fx.clock.Advance(15 * time.Minute)
		if i > 110 {
			fx.clock.Advance(5 * time.Hour)
		}
	}
	for name, group := range map[string]map[int]int{"unknown networks": strangers, "the owner's": known} {
		total := 0
		for day, n := range group {
			total += n
			if n > 100 || day > 1 && n > 1 {
				t.Errorf("%s: %d wrong codes on day %d", name, n, day)
			}
		}
		if total < 100 || total > 104 {
			t.Errorf("%s: %d wrong codes in four days", name, total)
		}
	}
}

// The waits of codes end with a new password, which those who guess do not know; with
// a new second factor; and when an administrator ends them.
func TestWhatEndsTheWaitsOfCodes(t *testing.T) {
	for name, end := range map[string]func(*fixture, transaction.Tx) error{
		"an administrator": func(fx *fixture, tx transaction.Tx) error { return identity.EndWaits(fx.Context(), tx, "user-alice") },
		"a new factor": func(fx *fixture, tx transaction.Tx) error {
			if err := fx.authenticator.Reset(fx.Context(), tx, "user-alice"); err != nil {
				return err
			}
			return fx.authenticator.Provision(fx.Context(), tx, "user-alice", seed, nil)
		},
		"a new password": func(fx *fixture, tx transaction.Tx) error {
			return identity.EndCodeWaits(fx.Context(), tx, "user-alice")
		},
	} {
		t.Run(name, func(t *testing.T) {
			fx := newFixture(t)
			fx.addSecondFactor()
			fx.guess(attacker)
			fx.write(func(tx transaction.Tx) error { return end(fx, tx) })
			fx.succeeds(fx.codeTry(fx.code(), office))
		})
	}
}

// A network of the owner that had to wait does not have to for the next factor.
func TestANewFactorHasNewCounts(t *testing.T) {
	fx := newFixture(t)
	fx.addSecondFactor()
	fx.ownerAt(home)
	fx.guess(home)
	fx.write(func(tx transaction.Tx) error { return fx.authenticator.Reset(fx.Context(), tx, "user-alice") })
	fx.clock.Advance(time.Second)
	fx.addSecondFactor()
	fx.succeeds(fx.codeTry(fx.code(), home))
}

// A code that was used before, or an attempt that has to wait, counts nowhere.
func TestWhatIsNotEvaluatedIsNotCounted(t *testing.T) {
	fx := newFixture(t)
	fx.addSecondFactor()
	fx.ownerAt(home)
	used := fx.code()
	fx.succeeds(fx.codeTry(used, home))
	for range 101 {
		fx.refused(fx.codeTry(used, attacker), identity.ErrCodeUsed)
	}
	fx.guess(attacker)
	for range 101 {
		fx.waits(fx.codeTry(fx.wrongCode(), attacker), 30*time.Second)
	}
	fx.clock.Advance(30 * time.Second)
	fx.refused(fx.codeTry(fx.wrongCode(), attacker), identity.ErrCodeMismatch)
}
