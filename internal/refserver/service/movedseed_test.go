package service_test

import (
	"errors"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// S-23: a sealed secret that is not the user's own is refused and noted, and does not
// use up the tries of the account.
func TestAMovedSecretIsRefused(t *testing.T) {
	for name, sealed := range map[string][]byte{"cut off": []byte("x"), "empty": {}, "changed": make([]byte, 80)} {
		t.Run(name, func(t *testing.T) {
			h := newTestServer(t)
			h.check(h.Write(t.Context(), func(tx transaction.Tx) error {
				return tx.SetSecondFactor(t.Context(), "user-alice", identity.SecondFactor{SealedSeed: sealed})
			}))
			for range 10 {
				attempt := identity.Attempt{Username: "alice", Password: secret.New(password), Code: secret.New("123456")}
				_, err := h.SignIn(t.Context(), attempt, access.Order{}, home)
				if !errors.Is(err, identity.ErrFactorUnreadable) || refusal.CodeOf(err) != refusal.Conflict {
					t.Fatalf("refused with %v", err)
				}
			}
			rows := h.db.rows
			if len(rows) == 0 || rows[len(rows)-1].Subject != "user-alice" || rows[len(rows)-1].Result == "" {
				t.Errorf("the audit log ends with %+v", rows)
			}
		})
	}
}
