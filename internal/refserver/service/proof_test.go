package service_test

import (
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// A second factor guards a change from the moment at which it is on, also one
// that was asked for before.
func TestASecondFactorGuardsWhatWasAskedForBefore(t *testing.T) {
	h := newHouse(t)
	caller := h.enters(h.signIn("alice", access.Order{}))
	h.clock.Advance(6 * time.Minute)
	h.db.beforeWrite = func() {
		h.check(h.Write(t.Context(), func(tx transaction.Tx) error {
			return tx.SetSecondFactor(t.Context(), "user-alice", identity.SecondFactor{SealedSeed: []byte("sealed")})
		}))
	}
	name := "Malice"
	h.refuses(h.UpdateUser(t.Context(), caller, service.Proof{}, service.UserChange{First: &name}), access.ErrReauthenticate)
	if user := h.user("user-alice"); user.First == name {
		t.Error("the name was changed")
	}
}
