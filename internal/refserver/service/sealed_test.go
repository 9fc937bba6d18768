package service_test

import (
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/clock"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/seal"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// sealedColumn is a column with sealed values, and how the server comes to open
// alice's.
type sealedColumn struct {
	table, column string
	set           func(tx transaction.Tx, sealed []byte) error
	open          func() error
	want          error
	action        audit.Action
}

// sealedColumns returns all of them.
func sealedColumns(h *testServer) []sealedColumn {
	const alice = "user-alice"
	ctx := h.Context()
	caller, superuser := h.callerOf(h.signIn("alice", access.Order{})), h.superuser("superuser")
	span := clock.Span{Made: h.clock.Now(), Ends: h.clock.Now().Add(time.Hour)}
	return []sealedColumn{{
		"second_factors", "seed",
		func(tx transaction.Tx, sealed []byte) error {
			return tx.SetSecondFactor(ctx, alice, identity.SecondFactor{SealedSeed: sealed})
		},
		func() error { return second(h.SignIn(ctx, attemptOf("alice", "123456"), access.Order{}, home)) },
		identity.ErrFactorUnreadable, audit.SignIn,
	}, {
		"enrolments", "seed",
		func(tx transaction.Tx, sealed []byte) error {
			return tx.SetEnrollment(ctx, alice, identity.Enrollment{SealedSeed: sealed, Made: span.Made, Expires: span.Ends})
		},
		func() error { return second(h.ConfirmEnrollment(ctx, service.SignedIn(caller), secret.New("123456"))) },
		identity.ErrFactorUnreadable, audit.TwoFactorConfirm,
	}, {
		"unread_codes", "codes",
		func(tx transaction.Tx, sealed []byte) error { return tx.SetUnreadCodes(ctx, alice, sealed, span) },
		func() error { return second(h.ReadNewRecoveryCodes(ctx, caller)) },
		identity.ErrUnreadableCodes, audit.RecoveryCodesRead,
	}, {
		"sign_ups", "code",
		func(tx transaction.Tx, sealed []byte) error {
			if _, err := tx.DropSignUp(ctx, alice); err != nil {
				return err
			}
			return tx.SetSignUp(ctx, identity.SignUp{UserID: alice, CodeHash: "hash", SealedCode: sealed})
		},
		func() error { return second(h.ActivationCode(ctx, superuser, alice)) },
		identity.ErrUnreadableCodes, audit.UserCode,
	}}
}

// S-23: a sealed value that is not the one that was sealed for its row is refused and
// noted, whatever was done to it, and does not use up the tries of the account.
func TestSealedValuesThatWereChanged(t *testing.T) {
	h := newTestServer(t)
	other, err := seal.New(rand.Reader)
	h.check(err)
	sealedFor := func(key seal.Key, table, column, row string) []byte {
		sealed, err := key.Seal(rand.Reader, make([]byte, 20), seal.Place{Table: table, Column: column, Row: row})
		h.check(err)
		return sealed
	}
	for _, c := range sealedColumns(h) {
		own := sealedFor(h.config.Key, c.table, c.column, "user-alice")
		flipped := append(append([]byte{}, own[:len(own)-1]...), own[len(own)-1]^1)
		for name, sealed := range map[string][]byte{
			"empty":               {},
			"not sealed":          []byte("JBSWY3DPEHPK3PXP"),
			"zeros":               make([]byte, 80),
			"cut off":             own[:len(own)-1],
			"its head only":       own[:9],
			"changed":             flipped,
			"of another user":     sealedFor(h.config.Key, c.table, c.column, "user-bob"),
			"of another column":   sealedFor(h.config.Key, c.table, "other", "user-alice"),
			"of another table":    sealedFor(h.config.Key, "other", c.column, "user-alice"),
			"sealed with another": sealedFor(other, c.table, c.column, "user-alice"),
		} {
			for range 6 { // more than the tries of an account
				h.check(h.Write(t.Context(), func(tx transaction.Tx) error { return c.set(tx, sealed) }))
				rows := h.db.rowsOf(func() {
					if err := c.open(); !errors.Is(err, c.want) || refusal.CodeOf(err) != refusal.Conflict {
						t.Fatalf("%s.%s, %s: %v", c.table, c.column, name, err)
					}
				})
				if len(rows) != 1 || rows[0].Action != c.action || rows[0].Subject != "user-alice" || rows[0].Result != string(refusal.ReasonOf(c.want)) {
					t.Errorf("%s.%s, %s: the audit log says %+v", c.table, c.column, name, rows)
				}
			}
		}
		h.check(h.Write(t.Context(), func(tx transaction.Tx) error { return c.set(tx, own) }))
		if err := c.open(); errors.Is(err, c.want) {
			t.Errorf("%s.%s, as it was sealed: %v", c.table, c.column, err)
		}
	}
}
