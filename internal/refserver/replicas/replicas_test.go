//go:build unix

package replicas_test

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/outbox"
	"github.com/dxauth/dxauth/internal/refserver/passwordhash"
	"github.com/dxauth/dxauth/internal/refserver/seal"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/store"
	"github.com/dxauth/dxauth/internal/refserver/teststore"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// rounds returns how often a race is repeated.
func rounds(t *testing.T) int {
	t.Helper()
	setting := os.Getenv("WINNER_ROUNDS")
	if setting == "" {
		return 20
	}
	n, err := strconv.Atoi(setting)
	if err != nil || n < 1 {
		t.Fatalf("WINNER_ROUNDS=%s: must be a number from 1 on", setting)
	}
	return n
}

const password = "wonderland-2026"

var seed = []byte("12345678901234567890")

// pair is two servers on one database, with the same key.
type pair struct {
	*testing.T
	servers       [2]*service.Service
	stores        [2]store.Database
	authenticator *identity.Authenticator
	box           *outbox.Outbox
	hash          string        // of the password
	addresses     atomic.Uint32 // that were used
}

func newPair(t *testing.T) *pair {
	t.Helper()
	t.Parallel()
	key, err := seal.New(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p := &pair{T: t}
	p.box = outbox.New(outbox.Config{
		Mode: outbox.Sent, Key: key, Now: func() time.Time { return p.stores[0].Now() }, Random: rand.Reader,
	})
	address := teststore.NewDatabase(t)
	for i := range p.servers {
		if p.stores[i], err = teststore.OpenAddress(t.Context(), address); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := p.stores[i].Close(); err != nil {
				t.Error(err)
			}
		})
		hasher, err := passwordhash.NewHasher(passwordhash.Cheapest(), rand.Reader, 2, 256)
		if err != nil {
			t.Fatal(err)
		}
		if p.hash, err = hasher.Hash(t.Context(), secret.New(password)); err != nil {
			t.Fatal(err)
		}
		config := service.Config{
			DB: p.stores[i], Now: p.stores[i].Now, Random: rand.Reader, Hasher: hasher, Key: key, Limits: access.DefaultLimits(),
			TwoFactor: identity.FactorsEnabled, SignUp: identity.SignUpOpen, Mail: p.box, Name: "dxauth",
		}
		p.servers[i] = service.New(config)
		p.authenticator = identity.NewAuthenticator(identity.Config{Hasher: hasher, Key: key, Now: config.Now, Random: rand.Reader})
	}
	return p
}

// origin is a network that no request came from before, so that no limit of a network
// decides a race.
func (p *pair) origin() service.Origin {
	var address [4]byte
	binary.BigEndian.PutUint32(address[:], 10<<24+p.addresses.Add(256))
	return service.Origin{Address: netip.AddrFrom4(address), UserAgent: "dxauth", RequestID: "1-1"}
}

func (p *pair) write(f func(ctx context.Context, tx transaction.Tx) error) {
	p.Helper()
	if err := p.stores[0].Write(p.Context(), func(tx transaction.Tx) error { return f(p.Context(), tx) }); err != nil {
		p.Fatal(err)
	}
}

// addUser adds a user with a second factor and a recovery code.
func (p *pair) addUser(handle string, recovery secret.Text) {
	p.Helper()
	p.write(func(ctx context.Context, tx transaction.Tx) error {
		user := identity.User{ID: identity.UserID(handle), Handle: handle, PasswordHash: p.hash, Created: p.stores[0].Now()}
		if err := tx.InsertUser(ctx, user); err != nil {
			return err
		}
		return p.authenticator.Provision(ctx, tx, user.ID, seed, []secret.Text{recovery})
	})
}

// haveOneWinner sends the same request four times at the same moment, to both servers.
// One is to succeed, and the others to be refused.
func (p *pair) haveOneWinner(round int, request func(*service.Service) error) {
	p.Helper()
	outcomes := make([]error, 4)
	begin := make(chan struct{})
	var all sync.WaitGroup
	for i := range outcomes {
		all.Go(func() {
			<-begin
			outcomes[i] = request(p.servers[i%len(p.servers)])
		})
	}
	close(begin)
	all.Wait()
	winners := 0
	for _, err := range outcomes {
		switch code := refusal.CodeOf(err); {
		case err == nil:
			winners++
		case code == refusal.Internal || code == refusal.Unavailable || code == refusal.Throttled:
			p.Errorf("not refused as if it had come later: %v", err)
		}
	}
	if winners != 1 || p.Failed() {
		p.Fatalf("round %d: %d winners: %v", round, winners, outcomes)
	}
}

// signIn is a sign-in with a code.
func (p *pair) signIn(handle string, code secret.Text) func(*service.Service) error {
	return func(s *service.Service) error {
		attempt := identity.Attempt{Username: handle, Password: secret.New(password), Code: code}
		_, err := s.SignIn(p.Context(), attempt, access.Order{}, p.origin())
		return err
	}
}

// S-19.
func TestOneCodeOfAnAppSignsInOnce(t *testing.T) {
	p := newPair(t)
	for round := range rounds(t) {
		handle := fmt.Sprint("bob", round)
		p.addUser(handle, secret.New("code-000001"))
		code := identity.TOTP(seed, p.stores[0].Now().Unix()/30)
		p.haveOneWinner(round, p.signIn(handle, secret.New(code)))
	}
}

// S-26.
func TestOneRecoveryCodeSignsInOnce(t *testing.T) {
	p := newPair(t)
	for round := range rounds(t) {
		handle, code := fmt.Sprint("bob", round), secret.New(fmt.Sprintf("code-%06d", round))
		p.addUser(handle, code)
		p.haveOneWinner(round, p.signIn(handle, code))
	}
}

func TestOneActivationCodeSetsOnePassword(t *testing.T) {
	p := newPair(t)
	for round := range rounds(t) {
		var code identity.IssuedCode
		p.write(func(ctx context.Context, tx transaction.Tx) (err error) {
			user := identity.User{ID: fmt.Sprint("user-carol", round), Handle: fmt.Sprint("carol", round), Created: p.stores[0].Now()}
			if err := tx.InsertUser(ctx, user); err != nil {
				return err
			}
			code, err = p.authenticator.IssueActivation(ctx, tx, user.ID, 0)
			return err
		})
		p.haveOneWinner(round, func(s *service.Service) error {
			_, err := s.Activate(p.Context(), code.Code, secret.New("through-the-looking-glass"), p.origin())
			return err
		})
	}
}

func TestOneBootstrapCodeMakesOneUser(t *testing.T) {
	for round := range rounds(t) {
		t.Run(fmt.Sprint(round), func(t *testing.T) {
			p := newPair(t)
			code, err := p.servers[0].BootstrapCode(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			var requests atomic.Int32
			p.haveOneWinner(round, func(s *service.Service) error {
				handle := fmt.Sprint("dana", requests.Add(1))
				draft := identity.Draft{Username: handle, Email: handle + "@example.org", First: "Dana", Last: "Scully"}
				_, err := s.Bootstrap(t.Context(), code.Code, secret.New("through-the-looking-glass"), draft, p.origin())
				return err
			})
		})
	}
}

func TestOneNameIsGivenOnce(t *testing.T) {
	p := newPair(t)
	for round := range rounds(t) {
		draft := identity.Draft{Username: fmt.Sprint("erin", round), Email: fmt.Sprintf("erin%d@example.org", round), First: "Erin", Last: "Moreau"}
		p.haveOneWinner(round, func(s *service.Service) error {
			return s.SignUp(p.Context(), draft, secret.New("through-the-looking-glass"), p.origin())
		})
	}
}

// A wrong guess at one server counts at the other: together they try a password as
// often as one server would.
func TestGuessesCountTogether(t *testing.T) {
	p := newPair(t)
	p.addUser("bob", secret.New("code-000001"))
	var wrong, refused atomic.Int32
	var all sync.WaitGroup
	place := p.origin()
	for i := range 16 {
		all.Go(func() {
			attempt := identity.Attempt{Username: "bob", Password: secret.New("looking-glass-2026")}
			_, err := p.servers[i%2].SignIn(t.Context(), attempt, access.Order{}, place)
			switch refusal.CodeOf(err) {
			case refusal.WrongCredentials:
				wrong.Add(1)
			case refusal.Throttled:
				refused.Add(1)
			default:
				t.Errorf("got %v", err)
			}
		})
	}
	all.Wait()
	if wrong.Load() > 6 || wrong.Load() < 5 || wrong.Load()+refused.Load() != 16 {
		t.Errorf("%d were tried and %d refused", wrong.Load(), refused.Load())
	}
}

// S-36: what one server has revoked, the other refuses by its next request.
func TestARevokedSessionIsRefusedEverywhere(t *testing.T) {
	p := newPair(t)
	p.addUser("bob", secret.New("code-000001"))
	p.write(func(ctx context.Context, tx transaction.Tx) error { // no second factor from now on
		_, err := tx.ClearSecondFactor(ctx, "user-bob")
		return err
	})
	for round := range rounds(t) {
		here, there := p.servers[round%2], p.servers[(round+1)%2]
		grant, err := here.SignIn(t.Context(), identity.Attempt{Username: "bob", Password: secret.New(password)}, access.Order{}, p.origin())
		if err != nil {
			t.Fatal(err)
		}
		caller, err := there.Authenticate(t.Context(), grant.Secret, access.WithinScope, p.origin())
		if err != nil {
			t.Fatalf("round %d: not known to the other server: %v", round, err)
		}
		if err := here.SignOut(t.Context(), caller); err != nil {
			t.Fatal(err)
		}
		if _, err := there.Authenticate(t.Context(), grant.Secret, access.WithinScope, p.origin()); refusal.CodeOf(err) != refusal.SessionEnded {
			t.Fatalf("round %d: after its end: %v", round, err)
		}
	}
}

// S-59: the servers agree on the time to well below a second, whatever the clocks of
// their machines say.
func TestServersAgreeOnTheTime(t *testing.T) {
	p := newPair(t)
	first, second, third := p.stores[0].Now(), p.stores[1].Now(), p.stores[0].Now()
	const tolerance = 100 * time.Millisecond
	if second.Before(first.Add(-tolerance)) || second.After(third.Add(tolerance)) {
		t.Errorf("one says %v, then the other %v, then the first one %v", first, second, third)
	}
}
