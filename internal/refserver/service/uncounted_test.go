package service_test

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/passwordhash"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// moreThanAnyBudget is more tries than any rule allows at once.
const moreThanAnyBudget = 120

// unevaluated are ways in which a try ends before its password is looked at, or with
// the right password but without a session.
func unevaluated(h *testServer) map[string]func(try func(context.Context, string) error) error {
	return map[string]func(func(context.Context, string) error) error{
		"the hasher is busy": func(try func(context.Context, string) error) error {
			admission, err := h.hasher.Admit(h.Context(), secret.New("x"))
			h.check(err)
			defer admission.Release()
			return try(h.Context(), "wrong-2026")
		},
		"the client has gone": func(try func(context.Context, string) error) error {
			ctx, cancel := context.WithCancel(h.Context())
			cancel()
			return try(ctx, "wrong-2026")
		},
		"the client goes while it is counted": func(try func(context.Context, string) error) error {
			ctx, cancel := context.WithCancel(h.Context())
			h.db.beforeWrite = cancel
			return try(ctx, "wrong-2026")
		},
		"the client goes before the decision": func(try func(context.Context, string) error) error {
			ctx, cancel := context.WithCancel(h.Context())
			h.db.beforeWrite = func() { h.db.beforeWrite = cancel }
			return try(ctx, password)
		},
		"the store fails before the try is counted": func(try func(context.Context, string) error) error {
			h.db.failWrites = transaction.ErrUnavailable
			defer func() { h.db.failWrites = nil }()
			return try(h.Context(), "wrong-2026")
		},
		"the audit log fails": func(try func(context.Context, string) error) error {
			h.db.failAudit = errors.New("the disk is full")
			defer func() { h.db.failAudit = nil }()
			return try(h.Context(), password)
		},
		"the password is too long": func(try func(context.Context, string) error) error {
			return try(h.Context(), strings.Repeat("x", passwordhash.MaxBytes+1))
		},
	}
}

// newServerWithoutQueue returns a server that hashes one password at a time and lets
// none wait.
func newServerWithoutQueue(t *testing.T, signUp identity.SignUpMode) *testServer {
	t.Helper()
	hasher, err := passwordhash.NewHasher(passwordhash.Cheapest(), rand.Reader, 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	h := newServerWith(t, func(c *service.Config) { c.Hasher, c.SignUp = hasher, signUp })
	h.hasher = hasher
	return h
}

// S-12: only a try whose password was checked counts, against the account as against
// the address.
func TestOnlyEvaluatedTriesCount(t *testing.T) {
	for name := range unevaluated(nil) {
		t.Run(name, func(t *testing.T) {
			h := newServerWithoutQueue(t, identity.SignUpClosed)
			way := unevaluated(h)[name]
			signIn := func(ctx context.Context, password string) error {
				_, err := h.SignIn(ctx, identity.Attempt{Username: "alice", Password: secret.New(password)}, access.Order{}, home)
				return err
			}
			for n := range moreThanAnyBudget {
				if err := way(signIn); err == nil || refusal.CodeOf(err) == refusal.Throttled {
					t.Fatalf("try %d: %v", n, err)
				}
			}
			h.check(signIn(t.Context(), password))
		})
	}
}

// The same for sign-ups, of which a network has ten.
func TestOnlyHashedSignUpsCount(t *testing.T) {
	for name := range unevaluated(nil) {
		t.Run(name, func(t *testing.T) {
			h := newServerWithoutQueue(t, identity.SignUpOpen)
			way := unevaluated(h)[name]
			signUp := func(ctx context.Context, password string) error {
				draft := identity.Draft{Username: "carol", Email: "carol@example.org"}
				return h.SignUp(ctx, draft, secret.New(password), home)
			}
			if name == "the client goes before the decision" || name == "the audit log fails" {
				return // the password was hashed then
			}
			for n := range moreThanAnyBudget {
				if err := way(signUp); err == nil || refusal.CodeOf(err) == refusal.Throttled {
					t.Fatalf("sign-up %d: %v", n, err)
				}
			}
			h.check(signUp(t.Context(), "a-long-enough-2026"))
		})
	}
}
