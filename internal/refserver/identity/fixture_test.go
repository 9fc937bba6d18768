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
	"github.com/dxauth/dxauth/internal/refserver/passwordhash"
	"github.com/dxauth/dxauth/internal/refserver/seal"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/store/twice"
	"github.com/dxauth/dxauth/internal/refserver/testclock"
	"github.com/dxauth/dxauth/internal/refserver/teststore"
	"github.com/dxauth/dxauth/internal/refserver/throttle"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

const (
	rightPassword = "wonderland-2026"
	wrongPassword = "wonderland-2027"

	home     = "192.0.2.1" // where an owner signs in
	office   = "192.0.2.2"
	attacker = "203.0.113.66" // where an attacker sits
)

// cheapParams make a hash in some 20 microseconds.
var cheapParams = passwordhash.Params{MemoryKiB: 16, Time: 1, Threads: 1}

// fixture is a service with a store in memory and a clock that only the test moves.
type fixture struct {
	testing.TB
	*service.Service
	db            *spy
	hasher        *passwordhash.Hasher
	authenticator *identity.Authenticator // like the one in the service
	clock         *testclock.Clock
}

// newFixture returns a fixture with the user alice and rightPassword. It makes the
// test run in parallel with others.
func newFixture(t *testing.T) *fixture {
	t.Helper()
	t.Parallel()
	return newFixtureWith(t, cheapParams)
}

// newFixtureWith is newFixture with given hash costs, for tests and benchmarks.
func newFixtureWith(t testing.TB, params passwordhash.Params) *fixture {
	t.Helper()
	opened := teststore.Open(t)
	key, err := seal.New(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	fx := &fixture{
		TB: t, db: &spy{DB: twice.Writes(opened)}, hasher: newHasher(t, params),
		clock: testclock.New(time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)),
	}
	fx.Service = service.New(service.Config{
		DB: fx.db, Now: fx.clock.Now, Random: rand.Reader, Hasher: fx.hasher, Key: key, Limits: access.DefaultLimits(),
	})
	fx.authenticator = identity.NewAuthenticator(identity.Config{Hasher: fx.hasher, Key: key, Now: fx.clock.Now, Random: rand.Reader})
	fx.addUser("alice", nil)
	return fx
}

func newHasher(t testing.TB, params passwordhash.Params) *passwordhash.Hasher {
	t.Helper()
	hasher, err := passwordhash.NewHasher(params, rand.Reader, 2, 256)
	if err != nil {
		t.Fatal(err)
	}
	return hasher
}

// addUser adds a user with rightPassword, modified by change unless it is nil.
func (fx *fixture) addUser(handle string, change func(*identity.User)) {
	fx.Helper()
	encoded, err := fx.hasher.Hash(fx.Context(), secret.New(rightPassword))
	if err != nil {
		fx.Fatal(err)
	}
	user := identity.User{ID: identity.UserID(handle), Handle: handle, PasswordHash: encoded, Created: fx.clock.Now()}
	if change != nil {
		change(&user)
	}
	fx.write(func(tx transaction.Tx) error { return tx.InsertUser(fx.Context(), user) })
}

var seed = []byte("12345678901234567890")

// addSecondFactor turns on a second factor for alice.
func (fx *fixture) addSecondFactor(recoveryCodes ...string) {
	fx.Helper()
	var codes []secret.Text
	for _, code := range recoveryCodes {
		codes = append(codes, secret.New(code))
	}
	fx.write(func(tx transaction.Tx) error {
		return fx.authenticator.Provision(fx.Context(), tx, "user-alice", seed, codes)
	})
}

// code returns the current code of alice's app.
func (fx *fixture) code() string { return identity.TOTP(seed, fx.clock.Now().Unix()/30) }

// wrongCode returns a code that is not valid in this step or the ones beside it.
func (fx *fixture) wrongCode() string {
	for _, code := range []string{"000000", "111111", "222222", "333333"} {
		if _, ok := identity.MatchTOTP(seed, code, fx.clock.Now()); !ok {
			return code
		}
	}
	panic("four codes match three steps")
}

func (fx *fixture) write(f func(transaction.Tx) error) {
	fx.Helper()
	if err := fx.db.Write(fx.Context(), f); err != nil {
		fx.Fatal(err)
	}
}

// signIn signs in without a code and returns the error.
func (fx *fixture) signIn(user, password, address string) error {
	return fx.signInWithCode(user, password, "", address)
}

func (fx *fixture) signInWithCode(user, password, code, address string) error {
	attempt := identity.Attempt{Username: user, Password: secret.New(password), Code: secret.New(code)}
	_, err := fx.SignIn(fx.Context(), attempt, access.Order{}, service.Origin{Address: netip.MustParseAddr(address)})
	return err
}

// succeeds fails the test unless err is nil.
func (fx *fixture) succeeds(err error) {
	fx.Helper()
	if err != nil {
		fx.Fatalf("refused: %v", err)
	}
}

// refused fails the test unless the attempt was evaluated and refused with want.
func (fx *fixture) refused(err, want error) {
	fx.Helper()
	if !errors.Is(err, want) {
		fx.Fatalf("got %v, want %v", err, want)
	}
}

// waits fails the test unless the attempt was throttled for that long.
func (fx *fixture) waits(err error, want time.Duration) {
	fx.Helper()
	if got := wait(err); got != want {
		fx.Fatalf("got %v (a wait of %v), want a wait of %v", err, got, want)
	}
}

// wait returns how long a throttled attempt has to wait, and 0 for other errors.
func wait(err error) time.Duration {
	wait, _ := refusal.DetailsOf[refusal.Wait](err)
	return wait.For
}

// spy records the calls to a store during a sign-in.
type spy struct {
	transaction.DB
	mutex sync.Mutex
	calls []string
}

func (s *spy) Write(ctx context.Context, f func(transaction.Tx) error) error {
	var run *spyTx // of the last run
	err := s.DB.Write(ctx, func(tx transaction.Tx) error {
		run = &spyTx{Tx: tx}
		return f(run)
	})
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.calls = append(append(s.calls, "write"), run.calls...)
	return err
}

// recorded returns the calls since it was last called.
func (s *spy) recorded() []string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	calls := s.calls
	s.calls = nil
	return calls
}

// spyTx records the calls in one run of a transaction.
type spyTx struct {
	transaction.Tx
	calls []string
}

func (s *spyTx) record(call string) { s.calls = append(s.calls, call) }

func (s *spyTx) UserByID(ctx context.Context, id string) (identity.User, error) {
	s.record("user")
	return s.Tx.UserByID(ctx, id)
}

func (s *spyTx) KnownSource(ctx context.Context, userID, source string) (time.Time, bool, error) {
	s.record("known source")
	return s.Tx.KnownSource(ctx, userID, source)
}

func (s *spyTx) Attempts(ctx context.Context, keys ...string) (map[string]throttle.Attempts, error) {
	s.record("attempts")
	return s.Tx.Attempts(ctx, keys...)
}

func (s *spyTx) SetAttempts(ctx context.Context, key string, attempts throttle.Attempts) error {
	s.record("count")
	return s.Tx.SetAttempts(ctx, key, attempts)
}

func (s *spyTx) SecondFactor(ctx context.Context, userID string) (identity.SecondFactor, bool, error) {
	s.record("second factor")
	return s.Tx.SecondFactor(ctx, userID)
}

func (fx *fixture) sweep() {
	fx.Helper()
	if err := fx.Sweep(fx.Context()); err != nil {
		fx.Fatal(err)
	}
}
