package identity_test

import (
	"context"
	"crypto/rand"
	"errors"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/seal"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/store"
	"github.com/dxauth/dxauth/internal/refserver/store/twice"
	"github.com/dxauth/dxauth/internal/refserver/testclock"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

const (
	rightPassword = "wonderland-2026"
	wrongPassword = "wonderland-2027"

	home   = "192.0.2.1" // where an owner signs in
	office = "192.0.2.2"
	lair   = "203.0.113.66" // where an attacker sits
)

// cheapParams make a hash in some 20 microseconds.
var cheapParams = identity.HashParams{MemoryKiB: 16, Time: 1, Threads: 1}

// A door is where people sign in: a gate and a store in memory, with a clock
// that only the test moves.
type door struct {
	testing.TB
	*service.Service
	db     *spy
	hasher *identity.Hasher
	gate   *identity.Authenticator // as the service has it
	clock  *testclock.Clock
}

// newDoor makes a door at which alice is known by rightPassword. The test then
// runs beside others.
func newDoor(t *testing.T) *door {
	t.Helper()
	t.Parallel()
	return newDoorWith(t, cheapParams)
}

// newDoorWith makes one whose passwords cost that much.
func newDoorWith(t testing.TB, params identity.HashParams) *door {
	t.Helper()
	opened, err := store.OpenMemory(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := opened.Close(); err != nil {
			t.Error(err)
		}
	})
	key, err := seal.New(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	d := &door{
		TB: t, db: &spy{DB: twice.Writes(opened)}, hasher: newHasher(t, params),
		clock: testclock.New(time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)),
	}
	d.Service = service.New(service.Config{
		DB: d.db, Now: d.clock.Now, Random: rand.Reader, Hasher: d.hasher, Key: key, Limits: access.DefaultLimits(),
	})
	d.gate = identity.NewAuthenticator(identity.Config{Hasher: d.hasher, Key: key, Now: d.clock.Now, Random: rand.Reader})
	d.addUser("alice", nil)
	return d
}

func newHasher(t testing.TB, params identity.HashParams) *identity.Hasher {
	t.Helper()
	hasher, err := identity.NewHasher(params, rand.Reader, 2, 256)
	if err != nil {
		t.Fatal(err)
	}
	return hasher
}

// addUser adds a user with rightPassword; change may make another one of it.
func (d *door) addUser(handle string, change func(*identity.User)) {
	d.Helper()
	encoded, err := d.hasher.Hash(d.Context(), secret.New(rightPassword))
	if err != nil {
		d.Fatal(err)
	}
	user := identity.User{ID: identity.UserID(handle), Handle: handle, PasswordHash: encoded, Created: d.clock.Now()}
	if change != nil {
		change(&user)
	}
	d.write(func(tx transaction.Tx) error { return tx.InsertUser(d.Context(), user) })
}

var seed = []byte("12345678901234567890")

// addSecondFactor turns on the second factor of alice.
func (d *door) addSecondFactor(recoveryCodes ...string) {
	d.Helper()
	var codes []secret.Text
	for _, code := range recoveryCodes {
		codes = append(codes, secret.New(code))
	}
	d.write(func(tx transaction.Tx) error {
		return d.gate.Provision(d.Context(), tx, "user-alice", seed, codes)
	})
}

// code is what alice's app shows now.
func (d *door) code() string { return identity.TOTP(seed, d.clock.Now().Unix()/30) }

// wrongCode is one that her app shows neither now nor in the steps beside.
func (d *door) wrongCode() string {
	for _, code := range []string{"000000", "111111", "222222", "333333"} {
		if _, ok := identity.MatchTOTP(seed, code, d.clock.Now()); !ok {
			return code
		}
	}
	panic("four codes are good in three steps")
}

func (d *door) write(f func(transaction.Tx) error) {
	d.Helper()
	if err := d.db.Write(d.Context(), f); err != nil {
		d.Fatal(err)
	}
}

// counted signs in and returns the refusal.
func (d *door) counted(user, password, address string) error {
	return d.knockWithCode(user, password, "", address)
}

func (d *door) knockWithCode(user, password, code, address string) error {
	attempt := identity.Attempt{Username: user, Password: secret.New(password), Code: secret.New(code)}
	_, err := d.SignIn(d.Context(), attempt, access.Order{}, service.Origin{Address: netip.MustParseAddr(address)})
	return err
}

// enters fails the test unless the sign-in succeeded.
func (d *door) enters(err error) {
	d.Helper()
	if err != nil {
		d.Fatalf("refused: %v", err)
	}
}

// refused fails the test unless the attempt was evaluated and refused with want.
func (d *door) refused(err, want error) {
	d.Helper()
	if !errors.Is(err, want) {
		d.Fatalf("got %v, want %v", err, want)
	}
}

// waits fails the test unless the attempt was refused unseen, for that long.
func (d *door) waits(err error, want time.Duration) {
	d.Helper()
	if got := wait(err); got != want {
		d.Fatalf("got %v (a wait of %v), want a wait of %v", err, got, want)
	}
}

// wait returns what a throttled attempt has to wait, and 0 for every other error.
func wait(err error) time.Duration {
	wait, _ := refusal.DetailsOf[refusal.Wait](err)
	return wait.For
}

// spy notes what is asked of a store for a sign-in.
type spy struct {
	transaction.DB
	mutex sync.Mutex
	calls []string
}

func (s *spy) Write(ctx context.Context, f func(transaction.Tx) error) error {
	var run *spyTx // the last one
	err := s.DB.Write(ctx, func(tx transaction.Tx) error {
		run = &spyTx{Tx: tx}
		return f(run)
	})
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.calls = append(append(s.calls, "write"), run.calls...)
	return err
}

// noted returns the calls since the last time.
func (s *spy) noted() []string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	calls := s.calls
	s.calls = nil
	return calls
}

// spyTx notes what is asked in one run of a transaction.
type spyTx struct {
	transaction.Tx
	calls []string
}

func (s *spyTx) note(call string) { s.calls = append(s.calls, call) }

func (s *spyTx) UserByID(ctx context.Context, id string) (identity.User, error) {
	s.note("user")
	return s.Tx.UserByID(ctx, id)
}

func (s *spyTx) KnownSource(ctx context.Context, userID, source string) (bool, error) {
	s.note("known source")
	return s.Tx.KnownSource(ctx, userID, source)
}

func (s *spyTx) Attempts(ctx context.Context, key string) (identity.Attempts, error) {
	s.note("attempts")
	return s.Tx.Attempts(ctx, key)
}

func (s *spyTx) SetAttempts(ctx context.Context, key string, attempts identity.Attempts) error {
	s.note("count")
	return s.Tx.SetAttempts(ctx, key, attempts)
}

func (s *spyTx) SecondFactor(ctx context.Context, userID string) (identity.SecondFactor, bool, error) {
	s.note("second factor")
	return s.Tx.SecondFactor(ctx, userID)
}
