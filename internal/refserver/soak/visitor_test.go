//go:build unix

package soak

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/secret"
)

// visitor is bob, who signs in with a code each time.
type visitor struct {
	client   *dnanexus.Client
	seed     []byte
	lastStep int64 // of the last TOTP code that was tried
	nextCode int   // of the recovery codes
	tried    []*code
	sessions []*token
	acked    int
}

// code is a TOTP or recovery code that was tried.
type code struct {
	value secret.Text
	spent fact[bool]
}

func newVisitor(t testing.TB) *visitor {
	t.Helper()
	seed, err := identity.DecodeSeed(bobsSeed)
	if err != nil {
		t.Fatal(err)
	}
	return &visitor{seed: seed}
}

// next returns a code that was never tried: that of the authenticator if it is new, or
// else a recovery code.
func (v *visitor) next(now time.Time) *code {
	const seconds = 30
	if step := now.Unix() / seconds; step > v.lastStep {
		v.lastStep = step
		return &code{value: secret.New(identity.TOTP(v.seed, step))}
	}
	v.nextCode++
	return &code{value: secret.New(recoveryCode(v.nextCode - 1))}
}

// step signs in with a new code.
func (v *visitor) step(ctx context.Context) error {
	code := v.next(time.Now())
	v.tried = append(v.tried, code)
	return v.signIn(ctx, code)
}

// signIn signs in with a code.
func (v *visitor) signIn(ctx context.Context, code *code) error {
	otp := code.value.OnWire()
	var answer dnanexus.NewAuthTokenResponse
	err := patiently(ctx, func() (err error) {
		answer, err = v.client.NewAuthToken(ctx, dnanexus.NewAuthTokenRequest{
			Username: "bob", Password: secret.New(bobsPassword).OnWire(), OTP: &otp,
		})
		return err
	})
	code.spent.change(true, err)
	if err != nil {
		return err
	}
	v.acked++
	v.sessions = append(v.sessions, tokenOf(answer))
	return nil
}

// patiently repeats an attempt as often as the server refuses it because of others, after
// the time that the server says. Attempts that the server was killed in count as wrong guesses.
func patiently(ctx context.Context, attempt func() error) error {
	for {
		err := attempt()
		refused, ok := errors.AsType[*dnanexus.Error](err)
		if !ok || refused.Type != dnanexus.TypeTooManyAttempts {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(refused.Retry):
		}
	}
}

// mostTries is how often a sign-in is sent to a server that runs: on a busy machine a
// connection may be lost all the same.
const mostTries = 3

// verify checks the sessions, and tries the codes again that were used since its last
// call. After a refusal bob signs in with another code, because a few wrong ones in a
// row would make him wait.
func (v *visitor) verify(ctx context.Context) error {
	for _, session := range v.sessions {
		if err := session.verify(ctx, v.client); err != nil {
			return err
		}
	}
	for _, code := range v.tried {
		spent := code.spent
		err := v.signIn(ctx, code)
		for try := 1; try < mostTries && isLost(err); try++ {
			spent.change(true, err)
			err = v.signIn(ctx, code)
		}
		if err != nil && !dnanexus.IsType(err, dnanexus.TypeOTPMismatch) {
			return err
		}
		refused := err != nil
		if !spent.settle(refused) {
			return fmt.Errorf("a code was refused: %v, which does not fit what was acknowledged", refused)
		}
		if !refused {
			continue
		}
		err = v.step(ctx)
		for try := 1; try < mostTries && isLost(err); try++ {
			err = v.step(ctx)
		}
		if err != nil {
			return err
		}
	}
	v.sessions, v.tried = nil, nil
	return nil
}
