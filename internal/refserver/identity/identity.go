// Package identity knows who people are and how they prove it: users,
// passwords, second factors, and the waits after wrong guesses.
//
// It promises that nobody learns from an answer, its time or its cost whether
// an account exists; that a guess is counted before it is looked at, so that
// guesses in parallel gain nothing; that a one-time code is spent atomically;
// and that one place's wrong guesses do not lock the owner out of another.
//
// It knows neither HTTP nor SQL. What it needs of a store is the interface
// [Tx]; time and randomness come in from outside. What a proof leads to, a
// session or a token, is the matter of package access.
package identity

import (
	"context"
	"time"

	"github.com/dxauth/dxauth/internal/refusal"
)

// What a sign-in can be refused with, beside refusal.TooManyAttempts.
var (
	// ErrWrongCredentials stands for an unknown user, a wrong password and a
	// disabled account alike.
	ErrWrongCredentials = &refusal.Error{Code: refusal.WrongCredentials, Reason: refusal.WrongPassword, Message: "incorrect username and/or password"}
	// ErrCodeRequired means that the password was right and a code is missing.
	ErrCodeRequired = &refusal.Error{Code: refusal.WrongCredentials, Reason: refusal.OTPRequired, Message: "a verification code is required"}
	// ErrCodeMismatch means that the password was right and the code was not.
	ErrCodeMismatch = &refusal.Error{Code: refusal.WrongCredentials, Reason: refusal.WrongOTP, Message: "incorrect verification code"}
	// ErrCodeUsed is an ErrCodeMismatch: the code was right and was used before.
	ErrCodeUsed = &refusal.Error{
		Code: refusal.WrongCredentials, Reason: refusal.UsedOTP,
		Message: "incorrect verification code: it was used before", Err: ErrCodeMismatch,
	}
	// ErrSSORequired means that the account signs in at its identity provider.
	ErrSSORequired = &refusal.Error{Code: refusal.Denied, Reason: refusal.SSORequired, Message: "the account signs in through its identity provider"}
	// ErrPasswordChanged means that the stored password changed while this one was
	// checked: the check has to be made again. It never reaches a person.
	ErrPasswordChanged = &refusal.Error{Code: refusal.Conflict, Reason: refusal.PasswordChanged, Message: "the password changed meanwhile"}
	// ErrNoUser is what a store answers for an unknown user.
	ErrNoUser = &refusal.Error{Code: refusal.NotFound, Reason: refusal.NoUser, Message: "no such user"}
	// ErrUserExists is what a store answers when a name or e-mail is taken.
	ErrUserExists = &refusal.Error{Code: refusal.Conflict, Reason: refusal.UserExists, Message: "the user name or e-mail address is taken"}
)

// Refusals lists what somebody can be refused with, beside refusal.TooManyAttempts,
// after their try was counted or their code was spent. That has to be kept.
func Refusals() []error {
	return []error{
		ErrWrongCredentials, ErrCodeRequired, ErrCodeMismatch, ErrSSORequired, ErrEnrolmentRequired,
		ErrFactorsDisabled, ErrFactorsEnforced, ErrFactorOff, ErrEmailTaken,
	}
}

// Tx is what this package needs of a transaction.
type Tx interface {
	// AnyUser reports whether there is a user at all.
	AnyUser(ctx context.Context) (bool, error)
	// UserByID answers ErrNoUser for an unknown ID.
	UserByID(ctx context.Context, id string) (User, error)
	// UserByEmail answers ErrNoUser for an unknown address; case is ignored.
	UserByEmail(ctx context.Context, email string) (User, error)
	// InsertUser answers ErrUserExists when ID or e-mail are taken.
	InsertUser(ctx context.Context, user User) error
	SetPasswordHash(ctx context.Context, userID, encoded string) error
	// SetEmail answers ErrUserExists when another user has the address.
	SetEmail(ctx context.Context, userID, email string) error
	// Users lists those whose IDs come after one, in order, at most count.
	Users(ctx context.Context, after string, count int) ([]User, error)
	// UpdateUser stores names, billing, SSH key, provisioning org, disabled and
	// locked of a user.
	UpdateUser(ctx context.Context, user User) error

	// SetEntryCode keeps a code, in place of the one for the same purpose and user.
	SetEntryCode(ctx context.Context, code EntryCode) error
	// EntryCode answers false when there is none with that hash.
	EntryCode(ctx context.Context, hash string) (EntryCode, bool, error)
	// SpendEntryCode answers false when there is none with that hash (any more).
	SpendEntryCode(ctx context.Context, hash string) (bool, error)

	// SetSignUp keeps the sign-up of a user who has none.
	SetSignUp(ctx context.Context, signUp SignUp) error
	// SignUp answers false when the user does not wait.
	SignUp(ctx context.Context, userID string) (SignUp, bool, error)
	// SignUpByCode answers false when nobody waits with a code of that hash.
	SignUpByCode(ctx context.Context, hash string) (SignUp, bool, error)
	// DropSignUp answers false when the user does not wait.
	DropSignUp(ctx context.Context, userID string) (bool, error)
	// CountSignUps counts those who wait.
	CountSignUps(ctx context.Context) (int, error)

	// SetUnreadCodes keeps sealed recovery codes in place of those of the user.
	SetUnreadCodes(ctx context.Context, userID string, sealed []byte, expires time.Time) error
	// TakeUnreadCodes removes and returns those of a user that have not expired;
	// nil where there are none.
	TakeUnreadCodes(ctx context.Context, userID string, now time.Time) ([]byte, error)
	// SweepUnreadCodes drops those that expired.
	SweepUnreadCodes(ctx context.Context, now time.Time) error

	// SecondFactor answers false when the user has none.
	SecondFactor(ctx context.Context, userID string) (SecondFactor, bool, error)
	SetSecondFactor(ctx context.Context, userID string, factor SecondFactor) error
	// ClearSecondFactor answers false when the user has none.
	ClearSecondFactor(ctx context.Context, userID string) (bool, error)
	// SpendStep marks a TOTP step as used, and answers false when that step or
	// a later one was used before. One beyond horizon does not count: it was
	// used while the clock was wrong.
	SpendStep(ctx context.Context, userID string, step, horizon int64) (bool, error)
	// RecoveryCodes lists those of a user, used ones too, in no order.
	RecoveryCodes(ctx context.Context, userID string) ([]RecoveryCode, error)
	// SetRecoveryCodes replaces those of a user.
	SetRecoveryCodes(ctx context.Context, userID string, hashes []string) error
	// SpendRecoveryCode answers false when the user has no such unused code.
	SpendRecoveryCode(ctx context.Context, userID, hash string, at time.Time) (bool, error)

	// Enrolment answers false when the user has none. It may have expired.
	Enrolment(ctx context.Context, userID string) (Enrolment, bool, error)
	// SetEnrolment puts it in place of one that the user has.
	SetEnrolment(ctx context.Context, userID string, enrolment Enrolment) error
	// ConfirmEnrolment notes a code by its step and the hashes of the recovery
	// codes, and answers false when that step or a later one was noted before.
	ConfirmEnrolment(ctx context.Context, userID string, step int64, hashes []string) (bool, error)
	ClearEnrolment(ctx context.Context, userID string) error

	// InsertTicket also drops the oldest of a user's beyond a few.
	InsertTicket(ctx context.Context, ticket Ticket) error
	// TicketByHash answers ErrNoTicket. It may have expired.
	TicketByHash(ctx context.Context, hash string) (Ticket, error)
	// DropTicket answers false when there is none.
	DropTicket(ctx context.Context, hash string) (bool, error)
	// DropTickets drops all of a user's.
	DropTickets(ctx context.Context, userID string) error
	// SweepEnrolments drops the enrolments and tickets that expired before.
	SweepEnrolments(ctx context.Context, before time.Time) error

	// Attempts returns the zero value for a key that nothing is counted against.
	Attempts(ctx context.Context, key string) (Attempts, error)
	SetAttempts(ctx context.Context, key string, attempts Attempts) error
	// ForgetAttempts clears the key.
	ForgetAttempts(ctx context.Context, key string) error
	// SweepAttempts drops the keys without a failure since before, and of the
	// others the oldest beyond keep.
	SweepAttempts(ctx context.Context, before time.Time, keep int) error

	// KnownSource reports whether the user has signed in from there before.
	KnownSource(ctx context.Context, userID, source string) (bool, error)
	RememberSource(ctx context.Context, userID, source string, at time.Time) error
}
