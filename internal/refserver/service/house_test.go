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
	password = "wonderland-2026"
	day      = 24 * time.Hour
)

var home = service.Origin{Address: netip.MustParseAddr("192.0.2.1"), UserAgent: "dxauth", RequestID: "1-1"}

// A house is a domain over a store in memory, with a clock that only the test
// moves. Alice and bob live in it.
type house struct {
	*testing.T
	*service.Service
	db     *watched
	hasher *identity.Hasher
	desk   *directory.Service
	clock  *testclock.Clock
	config service.Config
}

// Write runs a transaction beside the service, for what a test needs there.
func (h *house) Write(ctx context.Context, f func(transaction.Tx) error) error {
	return h.db.Write(ctx, f)
}

func newHouse(t *testing.T) *house {
	t.Helper()
	return newHouseOf(t, func(*service.Config) {})
}

// newHouseIn makes one that wants that of second factors.
func newHouseIn(t *testing.T, mode identity.FactorMode) *house {
	t.Helper()
	return newHouseOf(t, func(c *service.Config) { c.TwoFactor = mode })
}

// newHouseOf makes one that is set up otherwise.
func newHouseOf(t *testing.T, change func(*service.Config)) *house {
	t.Helper()
	t.Parallel()
	opened, err := store.OpenMemory(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := opened.Close(); err != nil {
			t.Error(err)
		}
	})
	hasher, err := identity.NewHasher(identity.HashParams{MemoryKiB: 8, Time: 1, Threads: 1}, rand.Reader, 2, 256)
	if err != nil {
		t.Fatal(err)
	}
	key, err := seal.New(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	h := &house{
		T: t, db: &watched{DB: twice.Writes(opened)}, hasher: hasher,
		clock: testclock.New(time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)),
	}
	h.desk = directory.NewService(h.clock.Now, rand.Reader)
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

func (h *house) addUser(handle string) {
	h.Helper()
	encoded, err := h.hasher.Hash(h.Context(), secret.New(password))
	h.check(err)
	user := identity.User{ID: identity.UserID(handle), Handle: handle, PasswordHash: encoded, Created: h.clock.Now()}
	h.check(h.Write(h.Context(), func(tx transaction.Tx) error { return tx.InsertUser(h.Context(), user) }))
}

// join makes the user a member of a new org with that policy.
func (h *house) join(user, org string, autoLogout time.Duration) {
	h.Helper()
	h.check(h.Write(h.Context(), func(tx transaction.Tx) error {
		made := directory.NewOrg(strings.TrimPrefix(org, "org-"), org, h.clock.Now())
		made.AutoLogout, made.UserCreationEnabled = autoLogout, true
		if err := tx.InsertOrg(h.Context(), made); err != nil {
			return err
		}
		return tx.SetMember(h.Context(), org, directory.NewMembership(org, user, directory.Member))
	}))
}

// signIn makes what is ordered with the right password.
func (h *house) signIn(user string, order access.Order) secret.Text {
	h.Helper()
	grant, err := h.SignIn(h.Context(), identity.Attempt{Username: user, Password: secret.New(password)}, order, home)
	h.check(err)
	return grant.Secret
}

// tokenFor makes what is ordered with a token.
func (h *house) tokenFor(bearer secret.Text, order access.Order) secret.Text {
	h.Helper()
	grant, err := h.makes(h.enters(bearer), "", order)
	h.check(err)
	return grant.Secret
}

func (h *house) authenticate(bearer secret.Text) (service.Caller, error) {
	return h.Authenticate(h.Context(), bearer, access.WithinScope, home)
}

// enters fails the test unless the token is good.
func (h *house) enters(bearer secret.Text) service.Caller {
	h.Helper()
	caller, err := h.authenticate(bearer)
	h.check(err)
	return caller
}

// ended fails the test unless the token has ended for that reason.
func (h *house) ended(bearer secret.Text, want access.Reason) {
	h.Helper()
	_, err := h.authenticate(bearer)
	if refusal.CodeOf(err) != refusal.SessionEnded || refusal.ReasonOf(err) != want {
		h.Fatalf("got %v, want a token that has ended: %s", err, want)
	}
}

func (h *house) check(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

// narrow orders a token that needs no recent sign-in.
func (h *house) narrow() access.Order {
	return access.Order{
		Scope:   &access.Scope{Projects: map[string]directory.Level{access.Everything: directory.View}},
		Expires: h.clock.Now().Add(day),
	}
}

// watched counts writes, notes audit rows and fails where a test wants it to.
type watched struct {
	transaction.DB
	mutex       sync.Mutex
	writes      int
	rows        []audit.Entry
	failWrites  error
	failAudit   error
	failFolders error
	disabled    bool // every user is

	beforeWrite func() // what comes between, once, before the next write
}

func (w *watched) Read(ctx context.Context, f func(transaction.Tx) error) error {
	return w.DB.Read(ctx, func(tx transaction.Tx) error { return f(&watchedTx{Tx: tx, watched: w}) })
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

// writesOf counts the writes of f.
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

func (w *watchedTx) InsertFolder(ctx context.Context, projectID, path string) error {
	if w.watched.failFolders != nil {
		return w.watched.failFolders
	}
	return w.Tx.InsertFolder(ctx, projectID, path)
}

func (w *watchedTx) UserByID(ctx context.Context, id string) (identity.User, error) {
	user, err := w.Tx.UserByID(ctx, id)
	user.Disabled = user.Disabled || w.watched.disabled
	return user, err
}

func (w *watchedTx) TokenHolder(ctx context.Context, signature, source string) (transaction.TokenHolder, error) {
	holder, err := w.Tx.TokenHolder(ctx, signature, source)
	holder.User.Disabled = holder.User.Disabled || w.watched.disabled
	return holder, err
}
