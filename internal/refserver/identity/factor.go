package identity

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/seal"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// What can be refused where second factors are turned on and off. Nothing was
// changed then.
var (
	// ErrFactorsDisabled means that nobody can turn one on here.
	ErrFactorsDisabled = &refusal.Error{Code: refusal.Conflict, Reason: refusal.FactorsDisabled, Message: "two-factor authentication is disabled on this server"}
	// ErrFactorsEnforced means that nobody can turn theirs off here.
	ErrFactorsEnforced = &refusal.Error{Code: refusal.Conflict, Reason: refusal.FactorsEnforced, Message: "two-factor authentication is required on this server"}
	// ErrFactorOff means that the user has none.
	ErrFactorOff = &refusal.Error{Code: refusal.Conflict, Reason: refusal.FactorOff, Message: "two-factor authentication is off"}
	// ErrNoEnrolment means that none was begun, or that its time is over.
	ErrNoEnrolment = &refusal.Error{Code: refusal.Conflict, Reason: refusal.NoEnrollment, Message: "no enrolment is under way"}
	// ErrNotConfirmed means that no code of the new secret was shown yet.
	ErrNotConfirmed = &refusal.Error{Code: refusal.Conflict, Reason: refusal.EnrollmentUnproved, Message: "the enrolment was not confirmed with a code"}
	// ErrEnrolmentRequired means that the password was right and that this
	// server lets nobody in without a second factor.
	ErrEnrolmentRequired = &refusal.Error{Code: refusal.Denied, Reason: refusal.EnrollmentRequired, Message: "a second factor has to be enrolled"}
)

// FactorMode says what a server wants of its users.
type FactorMode string

// The modes. Whatever the mode, who has a second factor is asked for it.
const (
	FactorsDisabled FactorMode = "disabled" // nobody can turn one on
	FactorsEnabled  FactorMode = "enabled"  // who wants to can
	FactorsEnforced FactorMode = "enforced" // nobody signs in with a password alone
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

// RecoveryCode is a recovery code as it is stored.
type RecoveryCode struct {
	Hash string    // of HashRecoveryCode
	Used time.Time // zero: not yet
}

// Enrolment is a second factor that is not on yet.
type Enrolment struct {
	SealedSeed []byte
	Step       int64    // of the code that confirmed it; 0: not confirmed
	CodeHashes []string // of the recovery codes, once it is confirmed
	Expires    time.Time
}

// enrolmentTime is how long an enrolment may take.
const enrolmentTime = 10 * time.Minute

// FactorStatus tells how a user's second factor stands.
type FactorStatus struct {
	On        bool
	Since     time.Time // zero: off, or not known
	Pending   bool      // an enrolment is under way
	CodesLeft int       // recovery codes that were not used
	Mode      FactorMode
}

// Status tells how a user's second factor stands.
func (a *Authenticator) Status(ctx context.Context, tx Tx, userID string) (FactorStatus, error) {
	status := FactorStatus{Mode: a.mode}
	factor, on, err := tx.SecondFactor(ctx, userID)
	if err != nil {
		return status, err
	}
	status.On, status.Since = on, factor.Since
	if status.CodesLeft, err = codesLeft(ctx, tx, userID); err != nil {
		return status, err
	}
	_, err = a.pending(ctx, tx, userID)
	status.Pending = err == nil
	if errors.Is(err, ErrNoEnrolment) {
		err = nil
	}
	return status, err
}

func codesLeft(ctx context.Context, tx Tx, userID string) (int, error) {
	codes, err := tx.RecoveryCodes(ctx, userID)
	left := 0
	for _, code := range codes {
		if code.Used.IsZero() {
			left++
		}
	}
	return left, err
}

// Begin draws the secret of a new second factor, in place of one that is
// pending. A factor that is on stays as it is until the new one is activated.
func (a *Authenticator) Begin(ctx context.Context, tx Tx, user User) (Offer, error) {
	switch {
	case user.SSO:
		return Offer{}, ErrSSORequired
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
	pending := Enrolment{SealedSeed: sealed, Expires: a.now().Add(enrolmentTime)}
	return newOffer(a.issuer, user.Handle, seed, pending.Expires), tx.SetEnrolment(ctx, user.ID, pending)
}

// pending loads the enrolment of a user, or answers ErrNoEnrolment.
func (a *Authenticator) pending(ctx context.Context, tx Tx, userID string) (Enrolment, error) {
	enrolment, found, err := tx.Enrolment(ctx, userID)
	if err != nil {
		return Enrolment{}, err
	}
	if !found || !a.now().Before(enrolment.Expires) {
		return Enrolment{}, ErrNoEnrolment
	}
	return enrolment, nil
}

// Confirm takes a code of the new secret and gives the recovery codes, which are
// good for nothing before the factor is activated. Whoever lost the answer can
// confirm once more, with another code, and gets other recovery codes.
func (a *Authenticator) Confirm(ctx context.Context, tx Tx, user User, code secret.Text) ([]secret.Text, error) {
	pending, err := a.pending(ctx, tx, user.ID)
	if err != nil {
		return nil, err
	}
	seed, err := a.key.Open(pending.SealedSeed, pendingPlace(user.ID))
	if err != nil {
		return nil, fmt.Errorf("open the new second factor of %s: %w", user.ID, err)
	}
	codes, err := NewRecoveryCodes(a.random)
	if err != nil {
		return nil, err
	}
	return codes, a.withinBudget(ctx, tx, user.ID, func() (codeVerdict, error) {
		step, matches := MatchTOTP(seed, strings.TrimSpace(code.Reveal()), a.now())
		if !matches {
			return codeWrong, nil
		}
		return spent(tx.ConfirmEnrolment(ctx, user.ID, step, a.hashCodes(user.ID, codes)))
	})
}

// Activate takes one of the recovery codes, as a proof that they were kept, and
// turns the second factor on. The code is not spent.
func (a *Authenticator) Activate(ctx context.Context, tx Tx, user User, recoveryCode secret.Text) error {
	pending, err := a.confirmed(ctx, tx, user.ID)
	if err != nil {
		return err
	}
	err = a.withinBudget(ctx, tx, user.ID, func() (codeVerdict, error) {
		if !slices.Contains(pending.CodeHashes, a.hashCode(user.ID, recoveryCode)) {
			return codeWrong, nil
		}
		return codeGood, nil
	})
	if err != nil {
		return err
	}
	return a.turnOn(ctx, tx, user.ID, pending)
}

// TurnOn is Confirm and Activate in one step, for a platform on which nobody
// shows that the recovery codes were kept.
func (a *Authenticator) TurnOn(ctx context.Context, tx Tx, user User, code secret.Text) ([]secret.Text, error) {
	codes, err := a.Confirm(ctx, tx, user, code)
	if err != nil {
		return nil, err
	}
	pending, err := a.confirmed(ctx, tx, user.ID)
	if err != nil {
		return nil, err
	}
	return codes, a.turnOn(ctx, tx, user.ID, pending)
}

func (a *Authenticator) confirmed(ctx context.Context, tx Tx, userID string) (Enrolment, error) {
	pending, err := a.pending(ctx, tx, userID)
	if err == nil && pending.Step == 0 {
		err = ErrNotConfirmed
	}
	return pending, err
}

// turnOn makes a confirmed enrolment the user's second factor. The code that
// confirmed it can't sign in.
func (a *Authenticator) turnOn(ctx context.Context, tx Tx, userID string, pending Enrolment) error {
	seed, err := a.key.Open(pending.SealedSeed, pendingPlace(userID))
	if err != nil {
		return fmt.Errorf("open the new second factor of %s: %w", userID, err)
	}
	if err := tx.ClearEnrolment(ctx, userID); err != nil {
		return err
	}
	return a.install(ctx, tx, userID, seed, pending.Step, pending.CodeHashes)
}

// install replaces whatever second factor a user has.
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

// Provision turns on the second factor of a new user with a given secret.
func (a *Authenticator) Provision(ctx context.Context, tx Tx, userID string, seed []byte, recoveryCodes []secret.Text) error {
	return a.install(ctx, tx, userID, seed, 0, a.hashCodes(userID, recoveryCodes))
}

// TurnOff is for the user: it answers ErrFactorsEnforced where that is not
// allowed, and ErrFactorOff.
func (a *Authenticator) TurnOff(ctx context.Context, tx Tx, userID string) error {
	if a.mode == FactorsEnforced {
		return ErrFactorsEnforced
	}
	return a.Reset(ctx, tx, userID)
}

// Reset takes the second factor off a user, with its recovery codes, what is
// pending, and the wait after wrong codes. It answers ErrFactorOff.
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
	if err := tx.ForgetAttempts(ctx, codeReservation(userID).key); err != nil {
		return err
	}
	return tx.ClearEnrolment(ctx, userID)
}

// ReplaceRecoveryCodes gives new ones for the old, used or not. It answers
// ErrFactorOff.
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

// MustEnrol reports whether this sign-in has to wait for a second factor.
func (a *Authenticator) MustEnrol(authentication Authentication) bool {
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

// pendingPlace is another one, so that nobody who can write to the database
// turns a factor on by moving a row.
func pendingPlace(userID string) seal.Place {
	return seal.Place{Table: "enrolments", Column: "seed", Row: userID}
}
