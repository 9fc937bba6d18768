// Package identity authenticates users: accounts, passwords, second factors,
// and the rate limits for wrong guesses. Package passwordhash has the hashes.
//
// It promises that neither the response nor its time or cost reveals whether an
// account exists; that a guess is counted before it is evaluated, so that
// parallel guesses gain nothing; that a one-time code is spent atomically; and
// that wrong guesses from one network do not lock the owner out on another.
//
// It knows neither HTTP nor SQL. It needs a store that implements [Tx]; time and
// randomness are passed in. Package access turns an authentication into a
// session or a token.
package identity

import (
	"context"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/clock"
	"github.com/dxauth/dxauth/internal/refserver/outbox"
	"github.com/dxauth/dxauth/internal/refserver/passwordhash"
	"github.com/dxauth/dxauth/internal/refserver/throttle"
	"github.com/dxauth/dxauth/internal/refusal"
)

// Refusals of a sign-in, besides refusal.TooManyAttempts.
var (
	// ErrWrongCredentials is returned for an unknown user, a wrong password and a
	// disabled account alike.
	ErrWrongCredentials = &refusal.Error{Code: refusal.WrongCredentials, Reason: refusal.WrongPassword, Message: "incorrect username and/or password"}
	// ErrCodeRequired means that the password was right but a code is missing.
	ErrCodeRequired = &refusal.Error{Code: refusal.WrongCredentials, Reason: refusal.OTPRequired, Message: "a verification code is required"}
	// ErrCodeMismatch means that the password was right but the code was wrong.
	ErrCodeMismatch = &refusal.Error{Code: refusal.WrongCredentials, Reason: refusal.WrongOTP, Message: "incorrect verification code"}
	// ErrCodeUsed wraps ErrCodeMismatch: the code was right but used before.
	ErrCodeUsed = &refusal.Error{
		Code: refusal.WrongCredentials, Reason: refusal.UsedOTP,
		Message: "incorrect verification code: it was used before", Err: ErrCodeMismatch,
	}
	// ErrSSORequired means that the account signs in at its identity provider.
	ErrSSORequired = &refusal.Error{Code: refusal.Denied, Reason: refusal.SSORequired, Message: "the account signs in through its identity provider"}
	// ErrFactorElsewhere is returned for a second factor of an account that has no password
	// which it could guard.
	ErrFactorElsewhere = &refusal.Error{
		Code: refusal.Conflict, Reason: refusal.FactorElsewhere,
		Message: "the account has no password here: its identity provider asks for a second factor, if you turn it on there",
	}
	// ErrPasswordChanged means that the stored password changed during the check,
	// which must be repeated. It never reaches a user.
	ErrPasswordChanged = &refusal.Error{Code: refusal.Conflict, Reason: refusal.PasswordChanged, Message: "the password changed meanwhile"}
	// ErrBusy means that too many passwords are being checked. The same request may succeed
	// later.
	ErrBusy = passwordhash.ErrBusy
	// ErrNoUser is returned by a store for an unknown user.
	ErrNoUser = &refusal.Error{Code: refusal.NotFound, Reason: refusal.NoUser, Message: "no such user"}
	// ErrUserExists is returned by a store if a name or e-mail is taken.
	ErrUserExists = &refusal.Error{Code: refusal.Conflict, Reason: refusal.UserExists, Message: "the user name or e-mail address is taken"}
)

// Refusals lists the refusals, besides refusal.TooManyAttempts, that follow after
// an attempt was counted or a code spent: their transaction must be committed.
func Refusals() []error {
	return []error{
		ErrWrongCredentials, ErrCodeRequired, ErrCodeMismatch, ErrSSORequired, ErrEnrollmentRequired,
		ErrFactorElsewhere, ErrLinkPassword, ErrNotLinked, ErrMailDomain, ErrLinkFactor, ErrFactorFirst, ErrAccountBlocked,
		ErrFactorsDisabled, ErrFactorsEnforced, ErrFactorOff, ErrFactorUnreadable, ErrUnreadableCodes, ErrEmailTaken,
	}
}

// Tx is what this package needs of a transaction.
type Tx interface {
	outbox.Tx

	// AnyUser reports whether there are any users.
	AnyUser(ctx context.Context) (bool, error)
	// UserByID returns ErrNoUser for an unknown ID.
	UserByID(ctx context.Context, id string) (User, error)
	// UsersByID returns the users that exist, by ID.
	UsersByID(ctx context.Context, ids []string) (map[string]User, error)
	// UserByEmail returns ErrNoUser for an unknown address; case is ignored.
	UserByEmail(ctx context.Context, email string) (User, error)
	// InsertUser returns ErrUserExists if the ID or e-mail is taken.
	InsertUser(ctx context.Context, user User) error
	// CountUsersBy returns how many users a user created, but at most atMost.
	CountUsersBy(ctx context.Context, creatorID string, atMost int) (int, error)
	SetPasswordHash(ctx context.Context, userID, encoded string) error
	// SetSSO stores whether a user signs in only through an identity provider.
	SetSSO(ctx context.Context, userID string, sso bool) error
	// SetEmail stores an address that is not verified, unless it is the present one. It
	// returns ErrUserExists if another user has the address.
	SetEmail(ctx context.Context, userID, email string) error
	// VerifyEmail returns false if this is not, or no longer, the address of the user.
	VerifyEmail(ctx context.Context, userID, email string) (bool, error)
	// Users returns users in the order of their IDs.
	Users(ctx context.Context, query UserQuery) ([]User, error)
	// CountUsers returns how many users there are.
	CountUsers(ctx context.Context) (int, error)
	// UpdateUser stores a user's names, BillTo, SSH key, provisioning org, Disabled
	// and Locked.
	UpdateUser(ctx context.Context, user User) error

	// SetAccessCode stores a code and replaces the one for the same purpose and user.
	SetAccessCode(ctx context.Context, code AccessCode) error
	// AccessCode returns false if no code has that hash.
	AccessCode(ctx context.Context, hash string) (AccessCode, bool, error)
	// SpendAccessCode deletes a code; it returns false if there was none.
	SpendAccessCode(ctx context.Context, hash string) (bool, error)
	// SweepAccessCodes deletes at most count codes that expired after since and not
	// after now.
	SweepAccessCodes(ctx context.Context, since, now time.Time, count int) error
	// SweepAccessCodesAhead deletes at most count codes that were made after latest.
	SweepAccessCodesAhead(ctx context.Context, latest time.Time, count int) error

	// LinkedIdentity returns false if no account is linked to the identity.
	LinkedIdentity(ctx context.Context, issuer, subject string) (LinkedIdentity, bool, error)
	// LinkedIdentities returns the identities of a user, in the order of their names.
	LinkedIdentities(ctx context.Context, userID string) ([]LinkedIdentity, error)
	// InsertLinkedIdentity returns false if the identity is linked to an account.
	InsertLinkedIdentity(ctx context.Context, linked LinkedIdentity) (bool, error)
	// UseLinkedIdentity notes when a user signed in with an identity.
	UseLinkedIdentity(ctx context.Context, issuer, subject string, now time.Time) error
	// DropLinkedIdentity returns false if there is none.
	DropLinkedIdentity(ctx context.Context, issuer, subject string) (bool, error)

	// InsertProviderSignIn returns false if there is one with that hash, spent or not.
	InsertProviderSignIn(ctx context.Context, s ProviderSignIn) (bool, error)
	// ProviderSignIn returns false if there is none with that hash or it was spent. It may
	// have expired.
	ProviderSignIn(ctx context.Context, hash string) (ProviderSignIn, bool, error)
	// SpendProviderSignIn returns false if there is none or it was spent before.
	SpendProviderSignIn(ctx context.Context, hash string) (bool, error)
	// SweepProviderSignIns deletes at most count that are not valid.
	SweepProviderSignIns(ctx context.Context, now time.Time, count int) error

	// SharedBootstrap returns the sealed code that servers of one store share, or nil.
	SharedBootstrap(ctx context.Context) ([]byte, error)
	// SetSharedBootstrap replaces it.
	SetSharedBootstrap(ctx context.Context, sealed []byte) error

	// SetSignUp stores the sign-up of a user who has none.
	SetSignUp(ctx context.Context, signUp SignUp) error
	// SignUp returns false if the user is not waiting for approval.
	SignUp(ctx context.Context, userID string) (SignUp, bool, error)
	// SignUpByCode returns false if no sign-up has a code with that hash.
	SignUpByCode(ctx context.Context, hash string) (SignUp, bool, error)
	// RenewSignUp replaces the hash of the code of a user who is waiting.
	RenewSignUp(ctx context.Context, userID, hash string) error
	// SweepSignUps ends at most count sign-ups that ended after since and not after now,
	// and removes their accounts, except for those that have something.
	SweepSignUps(ctx context.Context, since, now time.Time, count int) error
	// DropSignUp returns false if the user was not waiting.
	DropSignUp(ctx context.Context, userID string) (bool, error)
	// CountSignUps returns how many users are waiting.
	CountSignUps(ctx context.Context) (int, error)

	// SetUnreadCodes stores sealed recovery codes and replaces those of the user.
	SetUnreadCodes(ctx context.Context, userID string, sealed []byte, valid clock.Span) error
	// TakeUnreadCodes removes a user's codes and returns them, or nil if there are
	// none or they are not valid.
	TakeUnreadCodes(ctx context.Context, userID string, now time.Time) ([]byte, error)
	// SweepUnreadCodes deletes at most count codes that are not valid.
	SweepUnreadCodes(ctx context.Context, now time.Time, count int) error

	// SecondFactor returns false if the user has none.
	SecondFactor(ctx context.Context, userID string) (SecondFactor, bool, error)
	// HaveSecondFactor returns which of the users have a second factor, by ID.
	HaveSecondFactor(ctx context.Context, userIDs []string) (map[string]bool, error)
	SetSecondFactor(ctx context.Context, userID string, factor SecondFactor) error
	// ClearSecondFactor returns false if the user has none.
	ClearSecondFactor(ctx context.Context, userID string) (bool, error)
	// SpendStep marks a TOTP step as used, and returns false if that step or a
	// later one was used before. A used step beyond horizon is ignored: it dates
	// from a time when the clock was wrong.
	SpendStep(ctx context.Context, userID string, step, horizon int64) (bool, error)
	// RecoveryCodes returns a user's codes, used ones too, in any order.
	RecoveryCodes(ctx context.Context, userID string) ([]RecoveryCode, error)
	// SetRecoveryCodes replaces a user's codes.
	SetRecoveryCodes(ctx context.Context, userID string, hashes []string) error
	// SpendRecoveryCode returns false if the user has no such unused code.
	SpendRecoveryCode(ctx context.Context, userID, hash string, at time.Time) (bool, error)

	// Enrollment returns false if the user has none. It may have expired.
	Enrollment(ctx context.Context, userID string) (Enrollment, bool, error)
	// SetEnrollment stores the user's enrollment and replaces an earlier one.
	SetEnrollment(ctx context.Context, userID string, enrollment Enrollment) error
	// ConfirmEnrollment stores the step of the code and the hashes of the recovery
	// codes. It returns false if that step or a later one was stored before.
	ConfirmEnrollment(ctx context.Context, userID string, step int64, hashes []string) (bool, error)
	ClearEnrollment(ctx context.Context, userID string) error

	// InsertTicket also deletes the user's oldest tickets beyond a few.
	InsertTicket(ctx context.Context, ticket Ticket) error
	// TicketByHash returns ErrNoTicket if there is none. The ticket may have expired.
	TicketByHash(ctx context.Context, hash string) (Ticket, error)
	// DropTicket returns false if there is none.
	DropTicket(ctx context.Context, hash string) (bool, error)
	// DropTickets deletes all tickets of a user.
	DropTickets(ctx context.Context, userID string) error
	// SweepEnrollments deletes at most count enrollments that are not valid.
	SweepEnrollments(ctx context.Context, now time.Time, count int) error
	// SweepTickets deletes at most count tickets that are not valid.
	SweepTickets(ctx context.Context, now time.Time, count int) error

	// DropCodes deletes at most count access codes, tickets, enrollments, unread codes,
	// codes and devices of package grant, e-mails and unused recovery codes, or marks all
	// TOTP steps up to step as used for so many users.
	// It reports whether there may be more.
	DropCodes(ctx context.Context, step int64, count int) (more bool, err error)

	// Attempts returns those of the keys that have any.
	Attempts(ctx context.Context, keys ...string) (map[string]throttle.Attempts, error)
	SetAttempts(ctx context.Context, key string, attempts throttle.Attempts) error
	// ForgetAttempts deletes the key.
	ForgetAttempts(ctx context.Context, key string) error
	// SweepAttempts deletes the keys without a failure since before, then the
	// oldest of the others until keep are left: at most count of each.
	SweepAttempts(ctx context.Context, before time.Time, keep, count int) error

	// KnownSource returns when the user last signed in from a source, and false if
	// never.
	KnownSource(ctx context.Context, userID, source string) (seen time.Time, known bool, err error)
	// RememberSource also forgets the sources beyond a few that were used longest
	// ago; none counts as used later than at.
	RememberSource(ctx context.Context, userID, source string, at time.Time) error
}
