package grants_test

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/netip"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/grant"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/passwordhash"
	"github.com/dxauth/dxauth/internal/refserver/seal"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/service/grants"
	"github.com/dxauth/dxauth/internal/refserver/store/twice"
	"github.com/dxauth/dxauth/internal/refserver/testaudit"
	"github.com/dxauth/dxauth/internal/refserver/testclock"
	"github.com/dxauth/dxauth/internal/refserver/teststore"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

const (
	password = "wonderland-2026"
	verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" // of RFC 7636, appendix B
	callback = "http://127.0.0.1:43121/callback"
)

var (
	browser = service.Origin{Address: netip.MustParseAddr("192.0.2.1"), UserAgent: "Firefox", RequestID: "1-1", Protocol: "web"}
	program = service.Origin{Address: netip.MustParseAddr("192.0.2.1"), UserAgent: "dxauth", RequestID: "1-2", Protocol: "dnanexus"}
)

// world is a server with the users alice and bob, and a clock that only the test moves.
type world struct {
	*testing.T
	*grants.Service
	server *service.Service
	db     *testaudit.DB
	clock  *testclock.Clock
	ctx    context.Context
}

func newWorld(t *testing.T) *world {
	t.Helper()
	t.Parallel()
	hasher, err := passwordhash.NewHasher(passwordhash.Cheapest(), rand.Reader, 2, 256)
	if err != nil {
		t.Fatal(err)
	}
	key, err := seal.New(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{T: t, clock: testclock.New(time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)), ctx: t.Context()}
	w.db = testaudit.New(twice.Writes(teststore.Open(t)))
	w.server = service.New(service.Config{
		DB: w.db, Now: w.clock.Now, Random: rand.Reader, Hasher: hasher, Key: key, Limits: access.DefaultLimits(), Name: "dxauth",
	})
	w.Service = grants.New(grants.Config{Service: w.server, Random: rand.Reader})
	encoded, err := hasher.Hash(w.ctx, secret.New(password))
	w.check(err)
	for _, handle := range []string{"alice", "bob"} {
		user := identity.User{ID: identity.UserID(handle), Handle: handle, PasswordHash: encoded, Created: w.clock.Now()}
		w.check(w.db.Write(w.ctx, func(tx transaction.Tx) error { return tx.InsertUser(w.ctx, user) }))
	}
	return w
}

func (w *world) check(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) refused(err, want error) {
	w.Helper()
	if !errors.Is(err, want) {
		w.Errorf("got %v, want %v", err, want)
	}
}

// signIn signs a user in with a browser.
func (w *world) signIn(user string) (service.Caller, secret.Text) {
	w.Helper()
	attempt := identity.Attempt{Username: user, Password: secret.New(password)}
	result, err := w.server.SignIn(w.ctx, attempt, access.Order{}, browser)
	w.check(err)
	return w.callerOf(result.Secret, browser), result.Secret
}

// callerOf authenticates a token, and fails the test unless it works.
func (w *world) callerOf(bearer secret.Text, origin service.Origin) service.Caller {
	w.Helper()
	caller, err := w.server.Authenticate(w.ctx, bearer, access.WholeAccount, origin)
	w.check(err)
	return caller
}

// ended checks that a token was ended.
func (w *world) ended(bearer secret.Text, reason refusal.Reason) {
	w.Helper()
	_, err := w.server.Authenticate(w.ctx, bearer, access.WholeAccount, program)
	w.refused(err, access.Ended(reason))
}

// approve returns the code of a program that a user approves.
func (w *world) approve(caller service.Caller) secret.Text {
	w.Helper()
	code, err := w.IssueCode(w.ctx, caller, request())
	w.check(err)
	return code
}

func request() grant.Request {
	redirect, err := grant.ParseRedirect(callback)
	if err != nil {
		panic(err)
	}
	hash := sha256.Sum256([]byte(verifier))
	return grant.Request{Client: grant.CommandLine, Redirect: redirect, Challenge: grant.Challenge(base64.RawURLEncoding.EncodeToString(hash[:]))}
}

func (w *world) redeem(code secret.Text) (service.SignInResult, error) {
	return w.RedeemCode(w.ctx, grant.Redemption{Client: grant.CommandLine, Code: code, Redirect: callback, Verifier: secret.New(verifier)}, program)
}

// device returns a device that a program on this machine began.
func (w *world) device() grant.NewDevice {
	w.Helper()
	device, err := w.BeginDevice(w.ctx, grant.CommandLine, program)
	w.check(err)
	return device
}

func (w *world) poll(device grant.NewDevice) (service.SignInResult, error) {
	return w.PollDevice(w.ctx, grant.CommandLine, device.DeviceCode, program)
}
