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

// S-18, S-19: in whatever order codes come in while time goes on, each step is
// accepted once at most, only in its own time and a step before and after it, and
// never after a later one.
func TestEachStepIsAcceptedOnceInItsTime(t *testing.T) {
	d := newDoor(t)
	d.addSecondFactor()
	alice := identity.User{ID: "user-alice", Handle: "alice"}
	last := int64(math.MinInt64)
	rapid.Check(t, func(t *rapid.T) {
		d.clock.Advance(time.Duration(rapid.IntRange(0, 90_000).Draw(t, "milliseconds")) * time.Millisecond)
		now := d.clock.Now().Unix() / 30
		for range rapid.IntRange(1, 4).Draw(t, "tries") {
			drift := rapid.Int64Range(-3, 3).Draw(t, "drift")
			code := identity.TOTP(seed, now+drift)
			step, inTime := identity.MatchTOTP(seed, code, d.clock.Now())
			if !inTime && drift >= -1 && drift <= 1 {
				t.Fatalf("the code of step %+d does not fit", drift)
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
			// A refusal takes its count back, so that no try has to wait.
			err := d.db.Write(d.Context(), func(tx transaction.Tx) error {
				_, err := d.gate.CheckCode(d.Context(), tx, alice, secret.New(code))
				return err
			})
			if want == nil && err != nil || !errors.Is(err, want) {
				t.Fatalf("the code of step %+d: %v, want %v", drift, err, want)
			}
		}
	})
}
