package identity_test

import (
	"errors"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/pkg/secret"
)

// S-18, S-19: in any order of codes and times, each step is accepted at most once,
// at most one step early or late, and never after a later step.
func TestEachStepIsAcceptedOnce(t *testing.T) {
	fx := newFixture(t)
	fx.addSecondFactor()
	alice := identity.User{ID: "user-alice", Handle: "alice"}
	last := int64(math.MinInt64)
	rapid.Check(t, func(t *rapid.T) {
		fx.clock.Advance(time.Duration(rapid.IntRange(0, 90_000).Draw(t, "milliseconds")) * time.Millisecond)
		now := fx.clock.Now().Unix() / 30
		for range rapid.IntRange(1, 4).Draw(t, "tries") {
			drift := rapid.Int64Range(-3, 3).Draw(t, "drift")
			code := identity.TOTP(seed, now+drift)
			step, inTime := identity.MatchTOTP(seed, code, fx.clock.Now())
			if !inTime && drift >= -1 && drift <= 1 {
				t.Fatalf("the code of step %+d does not match", drift)
			}
			want := error(nil)
			switch {
			case !inTime:
				want = identity.ErrCodeMismatch
			case step <= last:
				want = identity.ErrCodeUsed
			default:
				last = step
			}
			// Rolling back a refusal undoes its count, so that no attempt has to wait.
			err := fx.db.Write(fx.Context(), func(tx transaction.Tx) error {
				_, err := fx.authenticator.CheckCode(fx.Context(), tx, identity.CodeAttempt{User: alice, Code: secret.New(code), Source: home})
				return err
			})
			if want == nil && err != nil || !errors.Is(err, want) {
				t.Fatalf("the code of step %+d: %v, want %v", drift, err, want)
			}
		}
	})
}
