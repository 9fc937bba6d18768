package identity

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/clock"
	"github.com/dxauth/dxauth/internal/refserver/seal"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Refusals of turning a second factor on or off. They change nothing.
var (
	// ErrFactorsDisabled means that this server has no second factors.
	ErrFactorsDisabled = &refusal.Error{Code: refusal.Conflict, Reason: refusal.FactorsDisabled, Message: "two-factor authentication is disabled on this server"}
	// ErrFactorsEnforced means that users cannot turn theirs off.
	ErrFactorsEnforced = &refusal.Error{Code: refusal.Conflict, Reason: refusal.FactorsEnforced, Message: "two-factor authentication is required on this server"}
	// ErrFactorOff means that the user has no second factor.
	ErrFactorOff = &refusal.Error{Code: refusal.Conflict, Reason: refusal.FactorOff, Message: "two-factor authentication is off"}
	// ErrFactorUnreadable means that the stored secret is not what was stored for
	// this user: it was moved, changed or sealed with another key.
	ErrFactorUnreadable = &refusal.Error{
		Code: refusal.Conflict, Reason: refusal.FactorUnreadable,
		Message: "the second factor of this account can't be read: ask an administrator to reset it",
	}
	// ErrNoEnrollment means that no enrollment was started, or that it expired.
	ErrNoEnrollment = &refusal.Error{Code: refusal.Conflict, Reason: refusal.NoEnrollment, Message: "no enrollment in progress"}
	// ErrNotConfirmed means that no code of the new secret was entered yet.
	ErrNotConfirmed = &refusal.Error{Code: refusal.Conflict, Reason: refusal.EnrollmentUnproved, Message: "the enrollment was not confirmed with a code"}
	// ErrEnrollmentRequired means that the password was right, but that this
	// server requires a second factor.
	ErrEnrollmentRequired = &refusal.Error{Code: refusal.Denied, Reason: refusal.EnrollmentRequired, Message: "a second factor has to be enrolled"}
)

// FactorMode says whether a server offers or requires second factors.
type FactorMode string

// The modes. In every mode, a user who has a second factor needs it to sign in.
const (
	FactorsDisabled FactorMode = "disabled" // users cannot turn one on
	FactorsEnabled  FactorMode = "enabled"  // users may turn one on
	FactorsEnforced FactorMode = "enforced" // a password alone is not enough to sign in
)

// ParseFactorMode reads the name of a mode.
func ParseFactorMode(name string) (FactorMode, error) {
	switch mode := FactorMode(name); mode {
	case FactorsDisabled, FactorsEnabled, FactorsEnforced:
		return mode, nil
	default:
		return "", fmt.Errorf("%q is not disabled, enabled or enforced", name)
	}
}

// SecondFactor is a user's TOTP secret, sealed.
type SecondFactor struct {
	SealedSeed []byte
	LastStep   int64     // the last step that was used; 0: none
	Since      time.Time // when it was turned on; zero: not known
}

// RecoveryCode is a recovery code as stored.
type RecoveryCode struct {
	Hash string    // by HashRecoveryCode
	Used time.Time // zero: not yet
}

// Enrollment is a second factor that is being set up.
type Enrollment struct {
	SealedSeed []byte
	Step       int64    // of the code that confirmed it; 0: not confirmed
	CodeHashes []string // of the recovery codes, after confirmation
	Made       time.Time
	Expires    time.Time
}

// enrollmentTime is how long an enrollment may take.
const enrollmentTime = 10 * time.Minute

// FactorStatus is the state of a user's second factor.
type FactorStatus struct {
	On        bool
	Since     time.Time // zero: off, or not known
	Pending   bool      // an enrollment is in progress
	CodesLeft int       // unused recovery codes
	Mode      FactorMode
}

// UsersWithFactors returns the users that a query selects, and which of them have a second
// factor, by ID.
func UsersWithFactors(ctx context.Context, tx Tx, query UserQuery) (users []User, hasFactor map[string]bool, err error) {
	if users, err = tx.Users(ctx, query); err != nil {
		return nil, nil, err
	}
	ids := make([]string, len(users))
	for i, user := range users {
		ids[i] = user.ID
	}
	hasFactor, err = tx.HaveSecondFactor(ctx, ids)
	return users, hasFactor, err
}

// Mode returns whether the server has second factors, and requires one.
func (a *Authenticator) Mode() FactorMode { return a.mode }

// Status returns the state of a user's second factor.
func (a *Authenticator) Status(ctx context.Context, tx Tx, userID string) (FactorStatus, error) {
	status := FactorStatus{Mode: a.mode}
	factor, on, err := tx.SecondFactor(ctx, userID)
	if err != nil {
		return status, err
	}
	status.On, status.Since = on, factor.Since
	if status.CodesLeft, err = CodesLeft(ctx, tx, userID); err != nil {
		return status, err
	}
	_, err = a.pending(ctx, tx, userID)
	status.Pending = err == nil
	if errors.Is(err, ErrNoEnrollment) {
		err = nil
	}
	return status, err
}

// CodesLeft returns how many recovery codes of a user were not used yet.
func CodesLeft(ctx context.Context, tx Tx, userID string) (int, error) {
	codes, err := tx.RecoveryCodes(ctx, userID)
	left := 0
	for _, code := range codes {
		if code.Used.IsZero() {
			left++
		}
	}
	return left, err
}

// Begin starts an enrollment with a new secret, and replaces one in progress. The
// current factor stays in force until the new one is activated.
func (a *Authenticator) Begin(ctx context.Context, tx Tx, user User) (Offer, error) {
	switch {
	case user.SSO:
		return Offer{}, ErrFactorElsewhere
	case a.mode == FactorsDisabled:
		return Offer{}, ErrFactorsDisabled
	}
	seed, err := NewSeed(a.random)
	if err != nil {
		return Offer{}, err
	}
	sealed, err := a.key.Seal(a.random, seed, pendingPlace(user.ID))
	if err != nil {
		return Offer{}, fmt.Errorf("seal the new second factor of %s: %w", user.ID, err)
	}
	valid := a.validFor(enrollmentTime)
	pending := Enrollment{SealedSeed: sealed, Made: valid.Made, Expires: valid.Ends}
	return newOffer(a.issuer, user.Handle, seed, pending.Expires), tx.SetEnrollment(ctx, user.ID, pending)
}

// openSeed opens a sealed secret, or returns ErrFactorUnreadable.
func (a *Authenticator) openSeed(sealed []byte, place seal.Place) ([]byte, error) {
	seed, err := a.key.Open(sealed, place)
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", ErrFactorUnreadable, err)
	}
	return seed, nil
}

// pending returns the user's enrollment, or ErrNoEnrollment.
func (a *Authenticator) pending(ctx context.Context, tx Tx, userID string) (Enrollment, error) {
	enrollment, found, err := tx.Enrollment(ctx, userID)
	if err != nil {
		return Enrollment{}, err
	}
	if valid := (clock.Span{Made: enrollment.Made, Ends: enrollment.Expires}); !found || !valid.Contains(a.now()) {
		return Enrollment{}, ErrNoEnrollment
	}
	return enrollment, nil
}

// Confirm checks a code of the new secret and returns new recovery codes, which
// are not valid until the factor is activated. A client that did not get the
// response can confirm again with another code, for other recovery codes.
func (a *Authenticator) Confirm(ctx context.Context, tx Tx, attempt CodeAttempt) ([]secret.Text, error) {
	userID := attempt.User.ID
	pending, err := a.pending(ctx, tx, userID)
	if err != nil {
		return nil, err
	}
	seed, err := a.openSeed(pending.SealedSeed, pendingPlace(userID))
	if err != nil {
		return nil, err
	}
	codes, err := NewRecoveryCodes(a.random)
	if err != nil {
		return nil, err
	}
	return codes, a.withinBudget(ctx, tx, attempt, func() (codeResult, error) {
		step, matches := MatchTOTP(seed, attempt.trimmed(), a.now())
		if !matches {
			return codeWrong, nil
		}
		return spent(tx.ConfirmEnrollment(ctx, userID, step, a.hashCodes(userID, codes)))
	})
}

// Activate turns the second factor on. It requires one of the recovery codes, to
// prove that the user saved them, and does not spend it.
func (a *Authenticator) Activate(ctx context.Context, tx Tx, attempt CodeAttempt) error {
	userID := attempt.User.ID
	pending, err := a.confirmed(ctx, tx, userID)
	if err != nil {
		return err
	}
	err = a.withinBudget(ctx, tx, attempt, func() (codeResult, error) {
		if !slices.Contains(pending.CodeHashes, a.hashCode(userID, attempt.Code)) {
			return codeWrong, nil
		}
		return codeGood, nil
	})
	if err != nil {
		return err
	}
	return a.turnOn(ctx, tx, userID, pending)
}

// TurnOn is Confirm and Activate in one step, for a protocol without a proof that
// the recovery codes were saved.
func (a *Authenticator) TurnOn(ctx context.Context, tx Tx, attempt CodeAttempt) ([]secret.Text, error) {
	codes, err := a.Confirm(ctx, tx, attempt)
	if err != nil {
		return nil, err
	}
	pending, err := a.confirmed(ctx, tx, attempt.User.ID)
	if err != nil {
		return nil, err
	}
	return codes, a.turnOn(ctx, tx, attempt.User.ID, pending)
}

func (a *Authenticator) confirmed(ctx context.Context, tx Tx, userID string) (Enrollment, error) {
	pending, err := a.pending(ctx, tx, userID)
	if err == nil && pending.Step == 0 {
		err = ErrNotConfirmed
	}
	return pending, err
}

// turnOn makes a confirmed enrollment the user's second factor. The code that
// confirmed it cannot be used to sign in.
func (a *Authenticator) turnOn(ctx context.Context, tx Tx, userID string, pending Enrollment) error {
	seed, err := a.openSeed(pending.SealedSeed, pendingPlace(userID))
	if err != nil {
		return err
	}
	if err := tx.ClearEnrollment(ctx, userID); err != nil {
		return err
	}
	return a.install(ctx, tx, userID, seed, pending.Step, pending.CodeHashes)
}

// install stores a second factor and replaces the one the user has.
func (a *Authenticator) install(ctx context.Context, tx Tx, userID string, seed []byte, lastStep int64, codeHashes []string) error {
	sealed, err := a.key.Seal(a.random, seed, seedPlace(userID))
	if err != nil {
		return fmt.Errorf("seal the second factor of %s: %w", userID, err)
	}
	factor := SecondFactor{SealedSeed: sealed, LastStep: lastStep, Since: a.now()}
	if err := tx.SetSecondFactor(ctx, userID, factor); err != nil {
		return err
	}
	return tx.SetRecoveryCodes(ctx, userID, codeHashes)
}

// Provision turns on a second factor with a given secret, for a new user.
func (a *Authenticator) Provision(ctx context.Context, tx Tx, userID string, seed []byte, recoveryCodes []secret.Text) error {
	return a.install(ctx, tx, userID, seed, 0, a.hashCodes(userID, recoveryCodes))
}

// TurnOff removes the user's own second factor. It returns ErrFactorsEnforced if
// this server requires one, and ErrFactorOff if there is none.
func (a *Authenticator) TurnOff(ctx context.Context, tx Tx, userID string) error {
	if a.mode == FactorsEnforced {
		return ErrFactorsEnforced
	}
	return a.Reset(ctx, tx, userID)
}

// Reset removes a user's second factor, recovery codes and enrollment, and ends
// the wait after wrong codes. It returns ErrFactorOff if there is no factor.
func (a *Authenticator) Reset(ctx context.Context, tx Tx, userID string) error {
	removed, err := tx.ClearSecondFactor(ctx, userID)
	if err != nil {
		return err
	}
	if !removed {
		return ErrFactorOff
	}
	if err := tx.SetRecoveryCodes(ctx, userID, nil); err != nil {
		return err
	}
	if err := EndCodeWaits(ctx, tx, userID); err != nil {
		return err
	}
	return tx.ClearEnrollment(ctx, userID)
}

// ReplaceRecoveryCodes replaces all recovery codes, used or not. It returns
// ErrFactorOff if the user has no second factor.
func (a *Authenticator) ReplaceRecoveryCodes(ctx context.Context, tx Tx, userID string) ([]secret.Text, error) {
	_, on, err := tx.SecondFactor(ctx, userID)
	if err != nil {
		return nil, err
	}
	if !on {
		return nil, ErrFactorOff
	}
	codes, err := NewRecoveryCodes(a.random)
	if err != nil {
		return nil, err
	}
	return codes, tx.SetRecoveryCodes(ctx, userID, a.hashCodes(userID, codes))
}

// MustEnroll reports whether the user must enroll before this sign-in completes.
func (a *Authenticator) MustEnroll(authentication Authentication) bool {
	return a.mode == FactorsEnforced && authentication.Factor == FactorPassword
}

func (a *Authenticator) hashCode(userID string, code secret.Text) string {
	return HashRecoveryCode(a.key.Bytes(), userID, code)
}

func (a *Authenticator) hashCodes(userID string, codes []secret.Text) []string {
	hashes := make([]string, len(codes))
	for i, code := range codes {
		hashes[i] = a.hashCode(userID, code)
	}
	return hashes
}

func seedPlace(userID string) seal.Place {
	return seal.Place{Table: "second_factors", Column: "seed", Row: userID}
}

// pendingPlace differs from seedPlace, so that moving a row in the database does
// not turn a factor on.
func pendingPlace(userID string) seal.Place {
	return seal.Place{Table: "enrolments", Column: "seed", Row: userID}
}
