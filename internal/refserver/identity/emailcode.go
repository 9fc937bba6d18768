package identity

import (
	"context"
	"io"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/clock"
	"github.com/dxauth/dxauth/pkg/secret"
)

// EmailCodeLifetime is how long a code that confirms an address is valid.
const EmailCodeLifetime = 24 * time.Hour

// EmailCode is a new code that confirms the address of an account.
type EmailCode struct {
	UserID  string
	Email   string
	Code    secret.Text
	Expires time.Time
}

// IssueEmailCode replaces the code that confirms the address of an account with a new
// one. It is good for this address only: what is stored depends on both. It returns
// refusal.WrongAccount for an account without an address.
func IssueEmailCode(ctx context.Context, tx Tx, random io.Reader, user User, now time.Time) (EmailCode, error) {
	if err := CheckNewEmail(user.Email); err != nil {
		return EmailCode{}, err
	}
	code, err := NewAccessCode(random)
	if err != nil {
		return EmailCode{}, err
	}
	stored := AccessCode{Hash: hashEmailCode(code, user), Purpose: EmailConfirmation, UserID: user.ID, Made: now, Expires: now.Add(EmailCodeLifetime)}
	return EmailCode{UserID: user.ID, Email: user.Email, Code: code, Expires: stored.Expires}, tx.SetAccessCode(ctx, stored)
}

// ConfirmEmail spends a code and notes that the address of an account is its user's. It
// returns ErrBadAccessCode.
func ConfirmEmail(ctx context.Context, tx Tx, user User, code secret.Text, now time.Time) error {
	found, known, err := tx.AccessCode(ctx, hashEmailCode(code, user))
	if err != nil {
		return err
	}
	if valid := (clock.Span{Made: found.Made, Ends: found.Expires}); !known || found.Purpose != EmailConfirmation || found.UserID != user.ID || !valid.Contains(now) {
		return ErrBadAccessCode
	}
	if err := spendAccessCode(ctx, tx, found); err != nil {
		return err
	}
	verified, err := tx.VerifyEmail(ctx, user.ID, user.Email)
	if err == nil && !verified {
		err = ErrBadAccessCode
	}
	return err
}

// SpendRefusedEmailCode deletes a code that ConfirmEmail refused because of its times, so
// that a change of the clock can't revive it.
func SpendRefusedEmailCode(ctx context.Context, tx Tx, userID string, code secret.Text) error {
	user, err := tx.UserByID(ctx, userID)
	if err != nil {
		return err
	}
	_, err = tx.SpendAccessCode(ctx, hashEmailCode(code, user))
	return err
}

// hashEmailCode returns the hash of a code for the address of a user.
func hashEmailCode(code secret.Text, user User) string {
	return HashAccessCode(secret.New(code.Reveal() + "\x00" + user.ID + "\x00" + user.Email))
}
