package identity_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/pkg/secret"
)

// S-04: whether an account exists shows neither in the answer nor in its cost.
// An account with single sign-on is told so, as the platform does, at that
// same cost.
func TestRefusalsLookAlike(t *testing.T) {
	d := newDoor(t)
	d.addUser("disabled", func(u *identity.User) { u.Disabled = true })
	d.addUser("nopassword", func(u *identity.User) { u.PasswordHash = "" })
	d.addUser("sso", func(u *identity.User) { u.SSO, u.PasswordHash = true, "" })
	want := []string{"write", "user", "known source",
		"attempts", "count", "attempts", "count", "attempts", "count", "attempts", "count", "write", "user"}

	for name, c := range map[string]struct {
		user, password string
		err            error
	}{
		"wrong password":           {"alice", wrongPassword, identity.ErrWrongCredentials},
		"unknown":                  {"nobody", wrongPassword, identity.ErrWrongCredentials},
		"not a name at all":        {"' OR 1=1 --", wrongPassword, identity.ErrWrongCredentials},
		"no name":                  {"", wrongPassword, identity.ErrWrongCredentials},
		"disabled, wrong":          {"disabled", wrongPassword, identity.ErrWrongCredentials},
		"disabled, right":          {"disabled", rightPassword, identity.ErrWrongCredentials},
		"without a password":       {"nopassword", wrongPassword, identity.ErrWrongCredentials},
		"without a password, none": {"nopassword", "", identity.ErrWrongCredentials},
		"single sign-on":           {"sso", wrongPassword, identity.ErrSSORequired},
	} {
		t.Run(name, func(t *testing.T) {
			d.db.noted()
			hashes := d.hasher.Count()
			err := d.counted(c.user, c.password, lair)
			if err == nil || err.Error() != c.err.Error() {
				t.Errorf("refused with %v, want %v", err, c.err)
			}
			if n := d.hasher.Count() - hashes; n != 1 {
				t.Errorf("cost %d hashes", n)
			}
			if calls := d.db.noted(); !slices.Equal(calls, want) {
				t.Errorf("the store was asked %v, want %v", calls, want)
			}
		})
	}
}

func TestTheNameIsTheSameInEveryCase(t *testing.T) {
	d := newDoor(t)
	d.addUser("Grace.Hopper", nil)
	for _, name := range []string{"grace.hopper", "Grace.Hopper", "GRACE.HOPPER"} {
		d.enters(d.counted(name, rightPassword, home))
	}
}

// S-01: a sign-in replaces a hash that is weaker than today's; the password
// stays the same.
func TestAWeakHashIsReplacedAtSignIn(t *testing.T) {
	d := newDoor(t)
	old := newHasher(t, identity.HashParams{MemoryKiB: 8, Time: 1, Threads: 1})
	encoded := func() string {
		user, err := d.User(t.Context(), "user-alice")
		if err != nil {
			t.Fatal(err)
		}
		return user.PasswordHash
	}
	today := d.hasher
	d.hasher = old
	d.addUser("bob", nil)
	weak, err := d.User(t.Context(), "user-bob")
	if err != nil {
		t.Fatal(err)
	}
	d.hasher = today
	d.write(func(tx transaction.Tx) error { return tx.SetPasswordHash(t.Context(), "user-alice", weak.PasswordHash) })

	d.refused(d.counted("alice", wrongPassword, home), identity.ErrWrongCredentials)
	if encoded() != weak.PasswordHash {
		t.Error("a wrong password replaced the hash")
	}
	d.enters(d.counted("alice", rightPassword, home))
	strong := encoded()
	if strong == weak.PasswordHash {
		t.Error("the weak hash is still there")
	}
	before := d.hasher.Count()
	d.enters(d.counted("alice", rightPassword, home))
	if encoded() != strong || d.hasher.Count()-before != 1 {
		t.Error("a hash of today was replaced")
	}
}

// Many right passwords at once are not taken for many wrong ones.
func TestManySignInsAtOnce(t *testing.T) {
	d := newDoor(t)
	var signIns sync.WaitGroup
	for range 30 {
		signIns.Go(func() {
			if err := d.counted("alice", rightPassword, home); err != nil {
				t.Errorf("refused with %v", err)
			}
		})
	}
	signIns.Wait()
}

// Sign-ins from several places, of which one replaces a weak hash, all succeed:
// those that were overtaken look again.
func TestAWeakHashIsReplacedUnderSignIns(t *testing.T) {
	d := newDoor(t)
	today := d.hasher
	d.hasher = newHasher(t, identity.HashParams{MemoryKiB: 8, Time: 1, Threads: 1})
	d.addUser("bob", nil)
	d.hasher = today
	var signIns sync.WaitGroup
	for i := range 8 {
		signIns.Go(func() {
			if err := d.counted("bob", rightPassword, fmt.Sprintf("192.0.2.%d", i)); err != nil {
				t.Errorf("refused with %v", err)
			}
		})
	}
	signIns.Wait()
}

// A password that was changed while the old one was being looked at does not
// count: the look has to be repeated.
func TestAPasswordChangedMeanwhile(t *testing.T) {
	d := newDoor(t)
	gate := d.gate
	attempt := identity.Attempt{Username: "alice", Password: secret.New(rightPassword), Source: home}
	var counted identity.CountedAttempt
	d.write(func(tx transaction.Tx) (err error) {
		counted, err = gate.Reserve(t.Context(), tx, attempt)
		return err
	})
	check, err := gate.Verify(t.Context(), counted)
	if err != nil {
		t.Fatal(err)
	}
	d.write(func(tx transaction.Tx) error { return tx.SetPasswordHash(t.Context(), "user-alice", "another") })
	d.write(func(tx transaction.Tx) error {
		_, err := gate.Decide(t.Context(), tx, check)
		d.refused(err, identity.ErrPasswordChanged)
		return nil
	})
}

func TestASecondFactorIsAskedFor(t *testing.T) {
	d := newDoor(t)
	d.addSecondFactor("aaaaa-bbbbb")
	d.refused(d.counted("alice", rightPassword, home), identity.ErrCodeRequired)
	d.refused(d.knockWithCode("alice", rightPassword, d.wrongCode(), home), identity.ErrCodeMismatch)
	d.enters(d.knockWithCode("alice", rightPassword, " "+d.code()+"\n", home))
	d.enters(d.knockWithCode("alice", rightPassword, "AAAAA BBBBB", home))

	d.refused(d.knockWithCode("alice", wrongPassword, d.code(), home), identity.ErrWrongCredentials)
	d.refused(d.knockWithCode("alice", wrongPassword, "", home), identity.ErrWrongCredentials)
}

// S-14: wrong codes and wrong recovery codes share a budget of the account,
// over all addresses; a right code ends the waiting.
func TestCodesHaveABudgetOfTheirOwn(t *testing.T) {
	d := newDoor(t)
	d.addSecondFactor()
	addresses := 0
	guess := func(code string) error {
		addresses++
		return d.knockWithCode("alice", rightPassword, code, fmt.Sprintf("198.51.100.%d", addresses))
	}
	for _, code := range []string{d.wrongCode(), "zzzzz-zzzzz", d.wrongCode()} {
		d.refused(guess(code), identity.ErrCodeMismatch)
	}
	for _, pause := range []time.Duration{30 * time.Second, 4 * time.Minute, 15 * time.Minute, 15 * time.Minute} {
		d.waits(guess(d.wrongCode()), pause)
		d.waits(guess("zzzzz-zzzzz"), pause)
		d.waits(guess(d.code()), pause)
		d.clock.Advance(pause - time.Millisecond)
		d.waits(guess(d.code()), time.Millisecond)
		d.clock.Advance(time.Millisecond)
		d.refused(guess(d.wrongCode()), identity.ErrCodeMismatch)
	}
	d.clock.Advance(15 * time.Minute)
	d.enters(guess(d.code()))
	for range 3 {
		d.refused(guess(d.wrongCode()), identity.ErrCodeMismatch)
	}
	d.waits(guess(d.wrongCode()), 30*time.Second)
}

// S-14: whoever has the password and tries codes all day long gets five in any
// quarter of an hour, at most.
func TestCodesCannotBeTriedOut(t *testing.T) {
	d := newDoor(t)
	d.addSecondFactor()
	var evaluated []time.Time
	for range 60 {
		for wait(d.knockWithCode("alice", rightPassword, d.wrongCode(), lair)) == 0 {
			evaluated = append(evaluated, d.clock.Now())
		}
		d.clock.Advance(2 * time.Minute)
	}
	if len(evaluated) < 10 {
		t.Errorf("only %d codes were evaluated in two hours", len(evaluated))
	}
	for i := 5; i < len(evaluated); i++ {
		if span := evaluated[i].Sub(evaluated[i-5]); span < 15*time.Minute {
			t.Errorf("six codes within %v", span)
		}
	}
}

// S-19: a code signs in once. Who sends it again has the second factor, so it
// is refused and is no guess.
func TestACodeIsGoodOnceAndItsRepetitionNoGuess(t *testing.T) {
	d := newDoor(t)
	d.addSecondFactor()
	first := d.code()
	d.enters(d.knockWithCode("alice", rightPassword, first, home))
	for range 10 {
		d.refused(d.knockWithCode("alice", rightPassword, first, home), identity.ErrCodeMismatch)
	}
	d.clock.Advance(30 * time.Second)
	d.enters(d.knockWithCode("alice", rightPassword, d.code(), home))
	d.refused(d.knockWithCode("alice", rightPassword, first, home), identity.ErrCodeMismatch)
}

// S-19, S-60: n, then n-1 fails too, also when the clock goes back.
func TestCodesAreSpentUpwardsOnly(t *testing.T) {
	d := newDoor(t)
	d.addSecondFactor()
	before := d.code()
	d.clock.Advance(30 * time.Second)
	used := d.code()
	d.enters(d.knockWithCode("alice", rightPassword, used, home))
	d.clock.Advance(-30 * time.Second)
	d.refused(d.knockWithCode("alice", rightPassword, before, home), identity.ErrCodeMismatch)
	d.refused(d.knockWithCode("alice", rightPassword, used, home), identity.ErrCodeMismatch)
}

// S-18: one step early and one late is good, two are not.
func TestTheWindowOfACode(t *testing.T) {
	d := newDoor(t)
	d.addSecondFactor()
	for offset, want := range map[time.Duration]error{
		-31 * time.Second: identity.ErrCodeMismatch,
		-30 * time.Second: nil,
		-time.Second:      nil,
		0:                 nil,
		30 * time.Second:  nil,
		59 * time.Second:  nil,
		60 * time.Second:  identity.ErrCodeMismatch,
	} {
		t.Run(offset.String(), func(t *testing.T) {
			d.clock.Advance(time.Hour)
			code := d.code() // at the first moment of its step
			d.clock.Advance(offset)
			d.refused(d.knockWithCode("alice", rightPassword, code, home), want)
			d.clock.Advance(-offset)
		})
	}
}

// S-19, S-26: of 20 who send the same code at the same time, one gets in.
func TestOneOfManyWinsACode(t *testing.T) {
	const rounds, redeemers = 3, 20
	for name, code := range map[string]func(d *door, round int) string{
		"code":          func(d *door, _ int) string { return d.code() },
		"recovery code": func(_ *door, round int) string { return fmt.Sprintf("aaaaa-0000%d", round) },
	} {
		t.Run(name, func(t *testing.T) {
			d := newDoor(t)
			var recovery []string
			for round := range rounds {
				recovery = append(recovery, fmt.Sprintf("aaaaa-0000%d", round))
			}
			d.addSecondFactor(recovery...)
			for round := range rounds {
				d.clock.Advance(time.Hour)
				code := code(d, round)
				winners := together(redeemers, func(i int) bool {
					return d.knockWithCode("alice", rightPassword, code, fmt.Sprintf("198.51.100.%d", i)) == nil
				})
				if winners != 1 {
					t.Fatalf("round %d has %d winners", round, winners)
				}
			}
		})
	}
}
