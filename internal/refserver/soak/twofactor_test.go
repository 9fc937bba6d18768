//go:build unix

package soak

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/secret"
)

const (
	dorasPassword = "painter-2026"
	dorasToken    = "0123456789abcdefghijABCDEFGHdora"
	dorasWorld    = `users:
  - {username: dora, password: ` + dorasPassword + `}
tokens:
  - {user: dora, value: ` + dorasToken + `, label: laptop}
`
)

// An enabling is one run of dora turning on two-factor authentication, step by step.
type enabling struct {
	client *dnanexus.Client
	seed   []byte
	codes  []secret.Wire // recovery codes that she has
	active bool          // the last step was acknowledged
}

func dorasProof(otp *secret.Wire) dnanexus.Proof {
	return dnanexus.Proof{Password: secret.New(dorasPassword).OnWire(), OTP: otp}
}

// steps returns the steps, each with about the time that it takes. The first one hashes
// a password.
func (e *enabling) steps() []step {
	return []step{
		{150 * time.Millisecond, e.enroll}, {8 * time.Millisecond, e.confirm}, {8 * time.Millisecond, e.activate},
	}
}

type step struct {
	takes time.Duration
	do    func(context.Context) error
}

func (e *enabling) enroll(ctx context.Context) error {
	var answer dnanexus.Enrollment
	err := patiently(ctx, func() (err error) {
		answer, err = e.client.EnrollTwoFactor(ctx, dnanexus.EnrollRequest{Proof: dorasProof(nil)})
		return err
	})
	if err != nil {
		return err
	}
	e.seed, err = identity.DecodeSeed(answer.Secret.Text().Reveal())
	return err
}

func (e *enabling) confirm(ctx context.Context) error {
	code := secret.New(identity.TOTP(e.seed, time.Now().Unix()/30))
	answer, err := e.client.ConfirmTwoFactor(ctx, dnanexus.ConfirmRequest{Code: code.OnWire()})
	e.codes = answer.RecoveryCodes
	return err
}

func (e *enabling) activate(ctx context.Context) error {
	_, err := e.client.ActivateTwoFactor(ctx, dnanexus.ActivateRequest{RecoveryCode: e.codes[0]})
	e.active = err == nil
	return err
}

// upTo runs the steps before a number without a kill.
func (e *enabling) upTo(ctx context.Context, number int) error {
	for _, step := range e.steps()[:number] {
		if err := step.do(ctx); err != nil {
			return err
		}
	}
	return nil
}

// halves find second factors that are only partly on.
var halves = map[string]string{
	"a second factor without its recovery codes": `SELECT user_id FROM second_factors
		WHERE user_id NOT IN (SELECT user_id FROM recovery_codes)`,
	"a recovery code without its second factor": `SELECT user_id FROM recovery_codes
		WHERE user_id NOT IN (SELECT user_id FROM second_factors)`,
	"a second factor that is on and pending": `SELECT user_id FROM second_factors
		WHERE user_id IN (SELECT user_id FROM enrolments)`,
	"a change without its audit row, or a row without its change": `SELECT turned, there
		FROM (SELECT sum(CASE action WHEN 'two-factor.on' THEN 1 ELSE -1 END) AS turned FROM audit
			WHERE action IN ('two-factor.on', 'two-factor.off') AND result = 'ok'),
			(SELECT count(*) AS there FROM second_factors)
		WHERE coalesce(turned, 0) <> there`,
	"damage": oddities["damage"],
}

// At whatever step the server is killed, two-factor authentication is completely off or
// on afterwards, and dora can sign in with what she has.
func TestKilledWhileTwoFactorIsTurnedOn(t *testing.T) {
	t.Parallel()
	file := newStoreOf(t, dorasWorld)
	s := serve(t, file)
	on := 0
	for round := range kills(t) {
		e := &enabling{client: s.client(dorasToken)}
		number := round % 3
		must(t, e.upTo(t.Context(), number))
		disturbed := e.steps()[number]
		time.AfterFunc(rand.N(disturbed.takes), func() { _ = s.process.Kill() })
		err := disturbed.do(t.Context())
		<-s.ended
		if err != nil && !isLost(err) {
			t.Fatalf("step %d was refused: %v", number+1, err)
		}

		s = serve(t, file)
		e.client = s.client(dorasToken)
		if e.verify(t, s, number) {
			on++
		}
		lookFor(t, openDatabase(t, file), halves)
	}
	t.Logf("%d kills; two-factor authentication was on after %d of them", kills(t), on)
}

// verify checks whether it is on, signs in, and turns it off.
func (e *enabling) verify(t *testing.T, s *server, number int) (on bool) {
	t.Helper()
	status, err := e.client.TwoFactorStatus(t.Context())
	must(t, err)
	signIn := func(otp *secret.Wire) error {
		return patiently(t.Context(), func() error {
			_, err := s.client("").NewAuthToken(t.Context(), dnanexus.NewAuthTokenRequest{
				Username: "dora", Password: secret.New(dorasPassword).OnWire(), OTP: otp,
			})
			return err
		})
	}
	if !status.Enabled {
		if e.active || status.RecoveryCodesLeft != 0 {
			t.Fatalf("the last step was acknowledged (%v), and it is off: %+v", e.active, status)
		}
		must(t, signIn(nil))
		return false
	}
	if number < 2 || status.Pending || status.RecoveryCodesLeft != 10 {
		t.Fatalf("it is on after step %d: %+v", number+1, status)
	}
	if err := signIn(nil); !dnanexus.IsType(err, dnanexus.TypeOTPRequired) {
		t.Fatalf("without a code: %v", err)
	}
	must(t, signIn(&e.codes[1]))
	must(t, patiently(t.Context(), func() error {
		return e.client.DisableTwoFactor(t.Context(), dnanexus.DisableRequest{Proof: dorasProof(&e.codes[2])})
	}))
	return true
}

// newStoreOf makes a store with a fixture, which no server uses.
func newStoreOf(t testing.TB, fixture string) string {
	t.Helper()
	folder := t.TempDir()
	name := filepath.Join(folder, "world.yaml")
	if err := os.WriteFile(name, []byte(fixture), 0o600); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(folder, "data", "platform.db")
	serve(t, file, "--fixture", name).stop()
	return file
}
