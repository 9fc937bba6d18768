package identity_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/passwordhash"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/pkg/secret"
)

// S-04: neither the response nor its cost shows whether an account exists. For an
// account with single sign-on the response says so, as on the platform, at the same
// cost.
func TestRefusalsLookAlike(t *testing.T) {
	fx := newFixture(t)
	fx.addUser("disabled", func(u *identity.User) { u.Disabled = true })
	fx.addUser("nopassword", func(u *identity.User) { u.PasswordHash = "" })
	fx.addUser("sso", func(u *identity.User) { u.SSO, u.PasswordHash = true, "" })
	want := []string{"write", "user", "known source",
		"attempts", "count", "count", "count", "count", "write", "user"}

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
			fx.db.recorded()
			hashes := fx.hasher.Count()
			err := fx.signIn(c.user, c.password, attacker)
			if err == nil || err.Error() != c.err.Error() {
				t.Errorf("refused with %v, want %v", err, c.err)
			}
			if n := fx.hasher.Count() - hashes; n != 1 {
				t.Errorf("cost %d hashes", n)
			}
			if calls := fx.db.recorded(); !slices.Equal(calls, want) {
				t.Errorf("the store calls are %v, want %v", calls, want)
			}
		})
	}
}

func TestUserNamesIgnoreCase(t *testing.T) {
	fx := newFixture(t)
	fx.addUser("Grace.Hopper", nil)
	for _, name := range []string{"grace.hopper", "Grace.Hopper", "GRACE.HOPPER"} {
		fx.succeeds(fx.signIn(name, rightPassword, home))
	}
}

// S-01: a sign-in replaces a hash that is weaker than the current parameters.
func TestSignInReplacesAWeakHash(t *testing.T) {
	fx := newFixture(t)
	old := newHasher(t, passwordhash.Cheapest())
	encoded := func() string {
		user, err := fx.User(t.Context(), "user-alice")
		if err != nil {
			t.Fatal(err)
		}
		return user.PasswordHash
	}
	today := fx.hasher
	fx.hasher = old
	fx.addUser("bob", nil)
	weak, err := fx.User(t.Context(), "user-bob")
	if err != nil {
		t.Fatal(err)
	}
	fx.hasher = today
	fx.write(func(tx transaction.Tx) error { return tx.SetPasswordHash(t.Context(), "user-alice", weak.PasswordHash) })

	fx.refused(fx.signIn("alice", wrongPassword, home), identity.ErrWrongCredentials)
	if encoded() != weak.PasswordHash {
		t.Error("a wrong password replaced the hash")
	}
	fx.succeeds(fx.signIn("alice", rightPassword, home))
	strong := encoded()
	if strong == weak.PasswordHash {
		t.Error("the weak hash is still there")
	}
	before := fx.hasher.Count()
	fx.succeeds(fx.signIn("alice", rightPassword, home))
	if encoded() != strong || fx.hasher.Count()-before != 1 {
		t.Error("a hash of today was replaced")
	}
}

// Concurrent sign-ins with the right password are not counted as guesses.
func TestConcurrentSignIns(t *testing.T) {
	fx := newFixture(t)
	var signIns sync.WaitGroup
	for range 30 {
		signIns.Go(func() {
			if err := fx.signIn("alice", rightPassword, home); err != nil {
				t.Errorf("refused with %v", err)
			}
		})
	}
	signIns.Wait()
}

// Concurrent sign-ins all succeed while one of them replaces a weak hash: the others
// repeat their check.
func TestConcurrentSignInsReplaceAWeakHash(t *testing.T) {
	fx := newFixture(t)
	today := fx.hasher
	fx.hasher = newHasher(t, passwordhash.Cheapest())
	fx.addUser("bob", nil)
	fx.hasher = today
	var signIns sync.WaitGroup
	for i := range 8 {
		signIns.Go(func() {
			if err := fx.signIn("bob", rightPassword, fmt.Sprintf("192.0.2.%d", i)); err != nil {
				t.Errorf("refused with %v", err)
			}
		})
	}
	signIns.Wait()
}

// If the password changes during a check, the check must be repeated.
func TestPasswordChangedMeanwhile(t *testing.T) {
	fx := newFixture(t)
	attempt := identity.Attempt{Username: "alice", Password: secret.New(rightPassword), Source: home}
	var counted identity.CountedAttempt
	fx.write(func(tx transaction.Tx) (err error) {
		counted, err = fx.authenticator.Reserve(t.Context(), tx, attempt)
		return err
	})
	admission, err := fx.authenticator.Admit(t.Context(), attempt.Password, attempt.Source)
	if err != nil {
		t.Fatal(err)
	}
	defer admission.Release()
	check, err := fx.authenticator.Verify(admission, counted)
	if err != nil {
		t.Fatal(err)
	}
	fx.write(func(tx transaction.Tx) error { return tx.SetPasswordHash(t.Context(), "user-alice", "another") })
	fx.write(func(tx transaction.Tx) error {
		_, err := fx.authenticator.Decide(t.Context(), tx, check)
		fx.refused(err, identity.ErrPasswordChanged)
		return nil
	})
}

func TestSecondFactorIsRequired(t *testing.T) {
	fx := newFixture(t)
	fx.addSecondFactor("aaaaa-bbbbb")
	fx.refused(fx.signIn("alice", rightPassword, home), identity.ErrCodeRequired)
	fx.refused(fx.signInWithCode("alice", rightPassword, fx.wrongCode(), home), identity.ErrCodeMismatch)
	fx.succeeds(fx.signInWithCode("alice", rightPassword, " "+fx.code()+"\n", home))
	fx.succeeds(fx.signInWithCode("alice", rightPassword, "AAAAA BBBBB", home))

	fx.refused(fx.signInWithCode("alice", wrongPassword, fx.code(), home), identity.ErrWrongCredentials)
	fx.refused(fx.signInWithCode("alice", wrongPassword, "", home), identity.ErrWrongCredentials)
}

// S-14: wrong verification and recovery codes share one limit of the account over
// all addresses; a right code ends the wait.
func TestCodesHaveTheirOwnLimit(t *testing.T) {
	fx := newFixture(t)
	fx.addSecondFactor()
	addresses := 0
	guess := func(code string) error {
		addresses++
		return fx.signInWithCode("alice", rightPassword, code, fmt.Sprintf("198.51.100.%d", addresses))
	}
	for _, code := range []string{fx.wrongCode(), "zzzzz-zzzzz", fx.wrongCode()} {
		fx.refused(guess(code), identity.ErrCodeMismatch)
	}
	for _, pause := range []time.Duration{30 * time.Second, 4 * time.Minute, 15 * time.Minute, 15 * time.Minute} {
		fx.waits(guess(fx.wrongCode()), pause)
		fx.waits(guess("zzzzz-zzzzz"), pause)
		fx.waits(guess(fx.code()), pause)
		fx.clock.Advance(pause - time.Millisecond)
		fx.waits(guess(fx.code()), time.Millisecond)
		fx.clock.Advance(time.Millisecond)
		fx.refused(guess(fx.wrongCode()), identity.ErrCodeMismatch)
	}
	fx.clock.Advance(15 * time.Minute)
	fx.succeeds(guess(fx.code()))
	for range 3 {
		fx.refused(guess(fx.wrongCode()), identity.ErrCodeMismatch)
	}
	fx.waits(guess(fx.wrongCode()), 30*time.Second)
}

// S-14: an attacker with the password can try at most five codes in 15 minutes.
func TestCodesCannotBeGuessed(t *testing.T) {
	fx := newFixture(t)
	fx.addSecondFactor()
	var evaluated []time.Time
	for range 60 {
		for wait(fx.signInWithCode("alice", rightPassword, fx.wrongCode(), attacker)) == 0 {
			evaluated = append(evaluated, fx.clock.Now())
		}
		fx.clock.Advance(2 * time.Minute)
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

// S-19: a code is valid once. A repeated code is refused, but not counted as a guess,
// because its sender had the second factor.
func TestRepeatedCodeIsNotCounted(t *testing.T) {
	fx := newFixture(t)
	fx.addSecondFactor()
	first := fx.code()
	fx.succeeds(fx.signInWithCode("alice", rightPassword, first, home))
	for range 10 {
		fx.refused(fx.signInWithCode("alice", rightPassword, first, home), identity.ErrCodeMismatch)
	}
	fx.clock.Advance(30 * time.Second)
	fx.succeeds(fx.signInWithCode("alice", rightPassword, fx.code(), home))
	fx.refused(fx.signInWithCode("alice", rightPassword, first, home), identity.ErrCodeMismatch)
}

// S-19, S-60: after step n, step n-1 is refused too, even if the clock is set back.
func TestEarlierCodesAreRefused(t *testing.T) {
	fx := newFixture(t)
	fx.addSecondFactor()
	before := fx.code()
	fx.clock.Advance(30 * time.Second)
	used := fx.code()
	fx.succeeds(fx.signInWithCode("alice", rightPassword, used, home))
	fx.clock.Advance(-30 * time.Second)
	fx.refused(fx.signInWithCode("alice", rightPassword, before, home), identity.ErrCodeMismatch)
	fx.refused(fx.signInWithCode("alice", rightPassword, used, home), identity.ErrCodeMismatch)
}

// S-18: a code is accepted one step early or late, but not two.
func TestCodeWindow(t *testing.T) {
	fx := newFixture(t)
	fx.addSecondFactor()
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
			fx.clock.Advance(time.Hour)
			code := fx.code() // at the first moment of its step
			fx.clock.Advance(offset)
			fx.refused(fx.signInWithCode("alice", rightPassword, code, home), want)
			fx.clock.Advance(-offset)
		})
	}
}

// S-19, S-26: of 20 concurrent sign-ins with the same code, one succeeds.
func TestConcurrentUseOfOneCode(t *testing.T) {
	const rounds, attempts = 3, 20
	for name, code := range map[string]func(fx *fixture, round int) string{
		"code":          func(fx *fixture, _ int) string { return fx.code() },
		"recovery code": func(_ *fixture, round int) string { return fmt.Sprintf("aaaaa-0000%d", round) },
	} {
		t.Run(name, func(t *testing.T) {
			fx := newFixture(t)
			var recovery []string
			for round := range rounds {
				recovery = append(recovery, fmt.Sprintf("aaaaa-0000%d", round))
			}
			fx.addSecondFactor(recovery...)
			for round := range rounds {
				fx.clock.Advance(time.Hour)
				code := code(fx, round)
				winners := together(attempts, func(i int) bool {
					return fx.signInWithCode("alice", rightPassword, code, fmt.Sprintf("198.51.100.%d", i)) == nil
				})
				if winners != 1 {
					t.Fatalf("round %d has %d winners", round, winners)
				}
			}
		})
	}
}
