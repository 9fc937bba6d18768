package service_test

import (
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// A second factor protects a change as soon as it is on, even if the request began
// earlier.
func TestASecondFactorProtectsRequestsInProgress(t *testing.T) {
	h := newTestServer(t)
	caller := h.callerOf(h.signIn("alice", access.Order{}))
	h.clock.Advance(6 * time.Minute)
	h.db.beforeWrite = func() {
		h.check(h.Write(t.Context(), func(tx transaction.Tx) error {
			return tx.SetSecondFactor(t.Context(), "user-alice", identity.SecondFactor{SealedSeed: []byte("sealed")})
		}))
	}
	name := "Malice"
	h.wantError(h.UpdateUser(t.Context(), caller, service.Proof{}, service.UserChange{First: &name}), access.ErrReauthenticate)
	if user := h.user("user-alice"); user.First == name {
		t.Error("the name was changed")
	}
}
