package service_test

import (
	"context"
	"crypto/rand"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/passwordhash"
	"github.com/dxauth/dxauth/internal/refserver/seal"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/store/twice"
	"github.com/dxauth/dxauth/internal/refserver/testclock"
	"github.com/dxauth/dxauth/internal/refserver/teststore"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

const (
	password = "wonderland-2026"
	day      = 24 * time.Hour
)

var home = service.Origin{Address: netip.MustParseAddr("192.0.2.1"), UserAgent: "dxauth", RequestID: "1-1"}

// testServer is a service with a store in memory, a clock that only the test moves,
// and the users alice and bob.
type testServer struct {
	*testing.T
	*service.Service
	db        *watched
	hasher    *passwordhash.Hasher
	directory *directory.Service
	clock     *testclock.Clock
	config    service.Config
}

// Write runs a transaction of the test itself.
func (h *testServer) Write(ctx context.Context, f func(transaction.Tx) error) error {
	return h.db.Write(ctx, f)
}

func newTestServer(t *testing.T) *testServer {
	t.Helper()
	return newServerWith(t, func(*service.Config) {})
}

// newServerWithMode returns a server with that mode of second factors.
func newServerWithMode(t *testing.T, mode identity.FactorMode) *testServer {
	t.Helper()
	return newServerWith(t, func(c *service.Config) { c.TwoFactor = mode })
}

// newServerWith returns a server with a changed configuration.
func newServerWith(t *testing.T, change func(*service.Config)) *testServer {
	t.Helper()
	t.Parallel()
	opened := teststore.Open(t)
	hasher, err := passwordhash.NewHasher(passwordhash.Cheapest(), rand.Reader, 2, 256)
	if err != nil {
		t.Fatal(err)
	}
	key, err := seal.New(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	h := &testServer{
		T: t, db: &watched{DB: twice.Writes(opened)}, hasher: hasher,
		clock: testclock.New(time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)),
	}
	h.directory = directory.NewService(h.clock.Now, rand.Reader)
	config := service.Config{
		DB: h.db, Now: h.clock.Now, Random: rand.Reader, Hasher: hasher, Key: key, Limits: access.DefaultLimits(),
		TwoFactor: identity.FactorsEnabled, Name: "dxauth",
	}
	change(&config)
	h.config = config
	h.Service = service.New(config)
	for _, handle := range []string{"alice", "bob"} {
		h.addUser(handle)
	}
	return h
}

func (h *testServer) addUser(handle string) {
	h.Helper()
	encoded, err := h.hasher.Hash(h.Context(), secret.New(password))
	h.check(err)
	user := identity.User{ID: identity.UserID(handle), Handle: handle, PasswordHash: encoded, Created: h.clock.Now()}
	h.check(h.Write(h.Context(), func(tx transaction.Tx) error { return tx.InsertUser(h.Context(), user) }))
}

// join makes the user a member of a new org with that idle limit, who accepted it.
func (h *testServer) join(user, org string, autoLogout time.Duration) {
	h.Helper()
	h.check(h.Write(h.Context(), func(tx transaction.Tx) error {
		made := directory.NewOrg(strings.TrimPrefix(org, "org-"), org, h.clock.Now())
		made.AutoLogout, made.UserCreationEnabled = autoLogout, true
		if err := tx.InsertOrg(h.Context(), made); err != nil {
			return err
		}
		return tx.SetMember(h.Context(), org, accepted(directory.NewMembership(org, user, directory.Member)))
	}))
}

// signIn creates the session or token of an order with the right password.
func (h *testServer) signIn(user string, order access.Order) secret.Text {
	h.Helper()
	grant, err := h.SignIn(h.Context(), identity.Attempt{Username: user, Password: secret.New(password)}, order, home)
	h.check(err)
	return grant.Secret
}

// tokenFor creates the token of an order with another token.
func (h *testServer) tokenFor(bearer secret.Text, order access.Order) secret.Text {
	h.Helper()
	grant, err := h.makeToken(h.callerOf(bearer), "", order)
	h.check(err)
	return grant.Secret
}

func (h *testServer) authenticate(bearer secret.Text) (service.Caller, error) {
	return h.Authenticate(h.Context(), bearer, access.WithinScope, home)
}

// callerOf authenticates a token, and fails the test unless it is active.
func (h *testServer) callerOf(bearer secret.Text) service.Caller {
	h.Helper()
	caller, err := h.authenticate(bearer)
	h.check(err)
	return caller
}

// storedToken returns all of a token, also what does not decide whether it is good.
func (h *testServer) storedToken(bearer secret.Text) access.Token {
	h.Helper()
	token, err := transaction.Read(h.Context(), h.db, func(tx transaction.Tx) (access.Token, error) {
		return tx.TokenBySignature(h.Context(), access.Signature(bearer))
	})
	h.check(err)
	return token
}

// ended fails the test unless the token has ended for that reason.
func (h *testServer) ended(bearer secret.Text, want access.Reason) {
	h.Helper()
	_, err := h.authenticate(bearer)
	if refusal.CodeOf(err) != refusal.SessionEnded || refusal.ReasonOf(err) != want {
		h.Fatalf("got %v, want a token that has ended: %s", err, want)
	}
}

func (h *testServer) check(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

// narrow is an order of a token that needs no recent sign-in.
func (h *testServer) narrow() access.Order {
	return access.Order{
		Scope:   &access.Scope{Projects: map[string]directory.Level{access.Everything: directory.View}},
		Expires: h.clock.Now().Add(day),
	}
}

// watched counts writes, records audit rows and fails on demand.
type watched struct {
	transaction.DB
	mutex       sync.Mutex
	writes      int
	rows        []audit.Entry
	failWrites  error
	failAudit   error
	failFolders error
	disabled    bool // makes every user disabled

	beforeWrite func() // runs once, before the next write
}

func (w *watched) Read(ctx context.Context, f func(transaction.Tx) error) error {
	return w.DB.Read(ctx, func(tx transaction.Tx) error { return f(&watchedTx{Tx: tx, watched: w}) })
}

func (w *watched) TokenHolder(ctx context.Context, signature, source string) (transaction.TokenHolder, error) {
	holder, err := w.DB.TokenHolder(ctx, signature, source)
	holder.User.Blocked = holder.User.Blocked || w.disabled
	return holder, err
}

func (w *watched) Write(ctx context.Context, f func(transaction.Tx) error) error {
	w.mutex.Lock()
	w.writes++
	between := w.beforeWrite
	w.beforeWrite = nil
	w.mutex.Unlock()
	if between != nil {
		between()
	}
	if w.failWrites != nil {
		return w.failWrites
	}
	var run *watchedTx // the last one
	err := w.DB.Write(ctx, func(tx transaction.Tx) error {
		run = &watchedTx{Tx: tx, watched: w}
		return f(run)
	})
	if run != nil {
		w.mutex.Lock()
		w.rows = append(w.rows, run.rows...)
		w.mutex.Unlock()
	}
	return err
}

// writesOf returns the number of writes of f.
func (w *watched) writesOf(f func()) int {
	before := w.writes
	f()
	return w.writes - before
}

// rowsOf returns the audit rows of f.
func (w *watched) rowsOf(f func()) []audit.Entry {
	w.rows = nil
	f()
	return w.rows
}

// watchedTx is one run of a transaction, with the audit rows that it adds.
type watchedTx struct {
	transaction.Tx
	watched *watched
	rows    []audit.Entry
}

func (w *watchedTx) AppendAudit(ctx context.Context, entry audit.Entry) error {
	if w.watched.failAudit != nil {
		return w.watched.failAudit
	}
	w.rows = append(w.rows, entry)
	return w.Tx.AppendAudit(ctx, entry)
}

func (w *watchedTx) AppendAudits(ctx context.Context, entry audit.Entry, subjects []string) error {
	if w.watched.failAudit != nil {
		return w.watched.failAudit
	}
	for _, subject := range subjects {
		entry.Subject = subject
		w.rows = append(w.rows, entry)
	}
	return w.Tx.AppendAudits(ctx, entry, subjects)
}

func (w *watchedTx) InsertRoot(ctx context.Context, projectID string) error {
	if w.watched.failFolders != nil {
		return w.watched.failFolders
	}
	return w.Tx.InsertRoot(ctx, projectID)
}

func (w *watchedTx) UserByID(ctx context.Context, id string) (identity.User, error) {
	user, err := w.Tx.UserByID(ctx, id)
	user.Disabled = user.Disabled || w.watched.disabled
	return user, err
}
