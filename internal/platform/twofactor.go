package platform

import (
	"context"
	"time"

	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/secret"
)

// TwoFactorMode says what a server wants of its users.
type TwoFactorMode string

// The modes.
const (
	TwoFactorDisabled TwoFactorMode = "disabled" // no user can turn it on
	TwoFactorEnabled  TwoFactorMode = "enabled"  // users may turn it on
	TwoFactorEnforced TwoFactorMode = "enforced" // no user signs in without it
)

// TwoFactorStatus tells how the user's second factor stands.
type TwoFactorStatus struct {
	On                bool
	Since             time.Time     // zero: it is off, or the platform does not say
	Pending           bool          // an enrollment is under way
	RecoveryCodesLeft int           // UnknownCount where the platform does not say
	Mode              TwoFactorMode // empty where it does not say
}

// UnknownCount stands for a number that is not known.
const UnknownCount = -1

// Enrollment is what an authenticator app has to know.
type Enrollment struct {
	URI       secret.Text // otpauth://totp/…
	Secret    secret.Text // base32 without padding
	Issuer    string
	Account   string
	Algorithm string
	Digits    int
	Period    time.Duration
	Expires   time.Time // of the enrollment, which then was for nothing; zero: not known

	// Immediate means that the platform has no more than one key for an account:
	// a second factor that was on has ended, and the confirmation turns the new
	// one on.
	Immediate bool
}

// TwoFactor turns the user's second factor on and off. Its calls return
// ErrNotOffered from a server that does not have them. Those that take
// credentials need no user name, and return the errors of SignIn. A ticket is
// that of an [Ticket], and stands for the sign-in; the zero
// secret means that somebody is signed in. No call but TwoFactorStatus is
// repeated by itself.
//
// An enrollment begins, is confirmed and is activated. A second beginning
// replaces the first one. Nothing changes before the activation, but see
// [Enrollment.Immediate].
type TwoFactor interface {
	TwoFactorStatus(ctx context.Context) (TwoFactorStatus, error)
	// BeginTwoFactor may be called while a second factor is on, which then holds
	// until the new one is activated.
	BeginTwoFactor(ctx context.Context, credentials Credentials, ticket secret.Text) (Enrollment, error)
	// ConfirmTwoFactor takes a verification code of the new secret and gives the
	// recovery codes. It returns ErrWrongCode or ErrTooManyAttempts.
	ConfirmTwoFactor(ctx context.Context, code, ticket secret.Text) ([]secret.Text, error)
	// ActivateTwoFactor turns the second factor on, with one of the recovery codes
	// as a proof that they were kept. With a ticket it returns the result
	// of the sign-in; without one, a session in the place of the one in use, if the
	// platform has ended that, else nil.
	ActivateTwoFactor(ctx context.Context, recoveryCode, ticket secret.Text) (*SignInResult, error)
	DisableTwoFactor(ctx context.Context, credentials Credentials) error
	// NewRecoveryCodes replaces the recovery codes.
	NewRecoveryCodes(ctx context.Context, credentials Credentials) ([]secret.Text, error)
	// EnrollsInSteps is false if an enrollment is lost with the process that began
	// it.
	EnrollsInSteps() bool
}

// TwoFactorStatus implements TwoFactor.
func (d dnanexusServer) TwoFactorStatus(ctx context.Context) (TwoFactorStatus, error) {
	answer, err := d.client.TwoFactorStatus(ctx)
	if err != nil {
		return TwoFactorStatus{}, offered(err)
	}
	status := TwoFactorStatus{
		On: answer.Enabled, Pending: answer.Pending,
		RecoveryCodesLeft: answer.RecoveryCodesLeft, Mode: TwoFactorMode(answer.Mode),
	}
	if answer.Since != nil {
		status.Since = timeOfMillis(*answer.Since)
	}
	return status, nil
}

// BeginTwoFactor implements TwoFactor.
func (d dnanexusServer) BeginTwoFactor(ctx context.Context, credentials Credentials, ticket secret.Text) (Enrollment, error) {
	answer, err := d.client.EnrollTwoFactor(ctx, dnanexus.EnrollRequest{Proof: credentials.Proof(), Ticket: ticket.OnWire()})
	if err != nil {
		return Enrollment{}, offered(err)
	}
	return Enrollment{
		URI: answer.URI.Text(), Secret: answer.Secret.Text(), Issuer: answer.Issuer, Account: answer.Account,
		Algorithm: answer.Algorithm, Digits: answer.Digits, Period: durationOf(int64(answer.Period), time.Second),
		Expires: timeOfMillis(answer.Expires),
	}, nil
}

// ConfirmTwoFactor implements TwoFactor.
func (d dnanexusServer) ConfirmTwoFactor(ctx context.Context, code, ticket secret.Text) ([]secret.Text, error) {
	answer, err := d.client.ConfirmTwoFactor(ctx, dnanexus.ConfirmRequest{Code: code.OnWire(), Ticket: ticket.OnWire()})
	return texts(answer.RecoveryCodes), offered(err)
}

// ActivateTwoFactor implements TwoFactor.
func (d dnanexusServer) ActivateTwoFactor(ctx context.Context, recoveryCode, ticket secret.Text) (*SignInResult, error) {
	answer, err := d.client.ActivateTwoFactor(ctx, dnanexus.ActivateRequest{RecoveryCode: recoveryCode.OnWire(), Ticket: ticket.OnWire()})
	if err != nil || answer.Session == nil {
		return nil, offered(err)
	}
	result := signInResult(*answer.Session)
	return &result, nil
}

// EnrollsInSteps implements TwoFactor.
func (d dnanexusServer) EnrollsInSteps() bool { return true }

// DisableTwoFactor implements TwoFactor.
func (d dnanexusServer) DisableTwoFactor(ctx context.Context, credentials Credentials) error {
	return offered(d.client.DisableTwoFactor(ctx, dnanexus.DisableRequest{Proof: credentials.Proof()}))
}

// NewRecoveryCodes implements TwoFactor.
func (d dnanexusServer) NewRecoveryCodes(ctx context.Context, credentials Credentials) ([]secret.Text, error) {
	answer, err := d.client.RegenerateRecoveryCodes(ctx, dnanexus.RegenerateRequest{Proof: credentials.Proof()})
	return texts(answer.RecoveryCodes), offered(err)
}
