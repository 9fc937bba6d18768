package identity

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/clock"
	"github.com/dxauth/dxauth/internal/refserver/seal"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Purpose is what an access code is for.
type Purpose string

// The purposes.
const (
	Bootstrap  Purpose = "bootstrap"  // create the first user, an administrator
	Activation Purpose = "activation" // set the first password of an account

	EmailConfirmation Purpose = "email" // confirm the address of an account
)

// AccessCode lets a user who has no password yet set one, once. Only its hash is
// stored.
type AccessCode struct {
	Hash    string // by HashAccessCode
	Purpose Purpose
	UserID  string // empty: for the first user, who does not exist yet
	Made    time.Time
	Expires time.Time
}

// How long codes are valid.
const (
	BootstrapLifetime     = 24 * time.Hour
	ActivationLifetime    = 7 * 24 * time.Hour
	MaxActivationLifetime = 30 * 24 * time.Hour
)

// Refusals of codes.
var (
	// ErrBadAccessCode is returned for a code that is wrong, used or expired.
	ErrBadAccessCode = &refusal.Error{Code: refusal.WrongCredentials, Reason: refusal.WrongAccessCode, Message: "invalid code: wrong, already used or expired"}
	// ErrHasPassword is returned if an account to be activated has a password.
	ErrHasPassword = &refusal.Error{Code: refusal.Conflict, Reason: refusal.PasswordSet, Message: "the account already has a password"}
)

// IssuedCode is a new access code in plain text.
type IssuedCode struct {
	UserID  string // empty: for the first user
	Code    secret.Text
	Expires time.Time
}

// IssueActivation replaces the account's activation code with a new one, and sends it. It
// returns no code if only the user gets it. A lifetime of 0 means ActivationLifetime;
// MaxActivationLifetime is the limit.
func (a *Authenticator) IssueActivation(ctx context.Context, tx Tx, userID string, lifetime time.Duration) (IssuedCode, error) {
	lifetime = min(cmp.Or(lifetime, ActivationLifetime), MaxActivationLifetime)
	issued, err := a.issueCode(ctx, tx, AccessCode{Purpose: Activation, UserID: userID}, lifetime)
	if err != nil {
		return IssuedCode{}, err
	}
	return a.sendActivation(ctx, tx, issued)
}

// IssueBootstrap replaces the code that creates the first user with a new one.
func (a *Authenticator) IssueBootstrap(ctx context.Context, tx Tx) (IssuedCode, error) {
	return a.issueCode(ctx, tx, AccessCode{Purpose: Bootstrap}, BootstrapLifetime)
}

// ShareBootstrap returns the code that creates the first user and that all servers of
// one store print: a valid one that another server issued, or a new one. Only servers
// with the same key can read it in the store.
func (a *Authenticator) ShareBootstrap(ctx context.Context, tx Tx) (IssuedCode, error) {
	shared, err := a.sharedBootstrap(ctx, tx)
	if err != nil || !shared.Code.IsZero() {
		return shared, err
	}
	issued, err := a.IssueBootstrap(ctx, tx)
	if err != nil {
		return IssuedCode{}, err
	}
	sealed, err := a.key.Seal(a.random, []byte(issued.Code.Reveal()), bootstrapPlace())
	if err != nil {
		return IssuedCode{}, fmt.Errorf("seal the bootstrap code: %w", err)
	}
	return issued, tx.SetSharedBootstrap(ctx, sealed)
}

// sharedBootstrap returns the zero code if there is none that is valid and can be read.
func (a *Authenticator) sharedBootstrap(ctx context.Context, tx Tx) (IssuedCode, error) {
	sealed, err := tx.SharedBootstrap(ctx)
	if err != nil || sealed == nil {
		return IssuedCode{}, err
	}
	text, err := a.key.Open(sealed, bootstrapPlace())
	if err != nil {
		return IssuedCode{}, nil
	}
	code := secret.New(string(text))
	found, err := a.FindAccessCode(ctx, tx, code, Bootstrap)
	switch {
	case errors.Is(err, ErrBadAccessCode):
		return IssuedCode{}, nil
	case err != nil:
		return IssuedCode{}, err
	}
	return IssuedCode{Code: code, Expires: found.Expires}, nil
}

func bootstrapPlace() seal.Place {
	return seal.Place{Table: "meta", Column: "value", Row: "bootstrap-code"}
}

func (a *Authenticator) issueCode(ctx context.Context, tx Tx, issued AccessCode, lifetime time.Duration) (IssuedCode, error) {
	code, err := NewAccessCode(a.random)
	if err != nil {
		return IssuedCode{}, err
	}
	valid := a.validFor(lifetime)
	issued.Hash, issued.Made, issued.Expires = HashAccessCode(code), valid.Made, valid.Ends
	return IssuedCode{UserID: issued.UserID, Code: code, Expires: issued.Expires}, tx.SetAccessCode(ctx, issued)
}

// FindAccessCode returns the stored record of a code that is valid for a purpose,
// or ErrBadAccessCode.
func (a *Authenticator) FindAccessCode(ctx context.Context, tx Tx, code secret.Text, purpose Purpose) (AccessCode, error) {
	found, known, err := tx.AccessCode(ctx, HashAccessCode(code))
	if err == nil && !(known && found.Good(purpose, a.now())) {
		return AccessCode{}, ErrBadAccessCode
	}
	return found, err
}

// SetFirstPassword spends an activation code and sets the password of its account. The
// code shows that the address is the user's, unless an admin of an org, who sees it, made
// the account: not everybody's addresses are theirs. It returns ErrBadAccessCode if the code was spent meanwhile or the account has a
// password by now.
func SetFirstPassword(ctx context.Context, tx Tx, code AccessCode, passwordHash string) error {
	if err := spendAccessCode(ctx, tx, code); err != nil {
		return err
	}
	user, err := tx.UserByID(ctx, code.UserID)
	if err != nil {
		return err
	}
	if user.PasswordHash != "" {
		return ErrBadAccessCode
	}
	if user.CreatedBy == "" {
		if _, err := tx.VerifyEmail(ctx, user.ID, user.Email); err != nil {
			return err
		}
	}
	if err := tx.SetSSO(ctx, user.ID, false); err != nil {
		return err
	}
	return tx.SetPasswordHash(ctx, code.UserID, passwordHash)
}

// RegisterFirst spends a bootstrap code and stores the first user. It returns
// ErrBadAccessCode if there is a user or the code was spent.
func RegisterFirst(ctx context.Context, tx Tx, code AccessCode, user User) error {
	hasUsers, err := tx.AnyUser(ctx)
	if err != nil {
		return err
	}
	if hasUsers {
		return ErrBadAccessCode
	}
	if err := spendAccessCode(ctx, tx, code); err != nil {
		return err
	}
	user.EmailVerified = user.Email != "" // an administrator says so
	return Register(ctx, tx, user)
}

func spendAccessCode(ctx context.Context, tx Tx, code AccessCode) error {
	spent, err := tx.SpendAccessCode(ctx, code.Hash)
	if err == nil && !spent {
		return ErrBadAccessCode
	}
	return err
}

// SpendRefused deletes a code for a purpose that FindAccessCode refused because of
// its times, so that another change of the clock can't revive it.
func SpendRefused(ctx context.Context, tx Tx, code secret.Text, purpose Purpose) error {
	found, known, err := tx.AccessCode(ctx, HashAccessCode(code))
	if err != nil || !known || found.Purpose != purpose {
		return err
	}
	_, err = tx.SpendAccessCode(ctx, found.Hash)
	return err
}

// Good reports whether a code has that purpose and is valid.
func (c AccessCode) Good(purpose Purpose, now time.Time) bool {
	return c.Purpose == purpose && clock.Span{Made: c.Made, Ends: c.Expires}.Contains(now)
}

// accessCodeBytes gives 160 bits: too many to guess, so the hash needs neither
// salt nor key.
const accessCodeBytes = 20

// NewAccessCode draws a code, written as 32 characters in groups of four.
func NewAccessCode(random io.Reader) (secret.Text, error) {
	drawn := make([]byte, accessCodeBytes)
	if _, err := io.ReadFull(random, drawn); err != nil {
		return secret.Text{}, fmt.Errorf("draw a code: %w", err)
	}
	encoding := base32.NewEncoding(recoveryAlphabet).WithPadding(base32.NoPadding)
	return secret.New(grouped(encoding.EncodeToString(drawn))), nil
}

// HashAccessCode returns the SHA-256 of a code in lower-case hexadecimal, in which
// it is stored. It ignores case and dashes.
func HashAccessCode(code secret.Text) string {
	sum := sha256.Sum256([]byte(NormalizeRecoveryCode(code).Reveal()))
	return hex.EncodeToString(sum[:])
}
