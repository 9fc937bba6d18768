package identity

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/seal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Attempt is what somebody hands in to sign in.
type Attempt struct {
	Username string
	Password secret.Text
	Code     secret.Text // a verification or recovery code; zero: none
	Source   string      // of the function of that name
}

// Factor names how a sign-in was proved, for the audit log.
type Factor string

// The factors.
const (
	FactorPassword     Factor = "password"
	FactorTOTP         Factor = "password+totp"
	FactorRecoveryCode Factor = "password+recovery-code"
)

// Config makes an Authenticator.
type Config struct {
	Hasher *Hasher
	Key    seal.Key // opens second factors
	Now    func() time.Time
	Random io.Reader  // fit for secrets
	Mode   FactorMode // empty: FactorsEnabled
	Issuer string     // what authenticator apps call this server
}

// Authenticator checks people at the door.
type Authenticator struct {
	hasher *Hasher
	key    seal.Key
	now    func() time.Time
	random io.Reader
	mode   FactorMode
	issuer string
}

// NewAuthenticator makes a gate.
func NewAuthenticator(c Config) *Authenticator {
	if c.Mode == "" {
		c.Mode = FactorsEnabled
	}
	return &Authenticator{hasher: c.Hasher, key: c.Key, now: c.Now, random: c.Random, mode: c.Mode, issuer: c.Issuer}
}

// CountedAttempt is an attempt that was counted and may be evaluated.
type CountedAttempt struct {
	attempt      Attempt
	userID       string
	exists       bool
	encoded      string // the stored hash; empty: no such user, or no password
	reservations []reservation
}

// Reserve counts the attempt as failed before it is looked at, and loads what
// evaluating it needs. It does the same reads and writes whether or not the
// user exists. Answered with refusal.TooManyAttempts, the caller rolls back.
func (a *Authenticator) Reserve(ctx context.Context, tx Tx, attempt Attempt) (CountedAttempt, error) {
	counted := CountedAttempt{attempt: attempt, userID: UserID(attempt.Username)}
	user, err := tx.UserByID(ctx, counted.userID)
	if err != nil && !errors.Is(err, ErrNoUser) {
		return CountedAttempt{}, err
	}
	counted.exists, counted.encoded = err == nil, user.PasswordHash
	known, err := tx.KnownSource(ctx, counted.userID, attempt.Source)
	if err != nil {
		return CountedAttempt{}, err
	}
	counted.reservations = passwordReservations(counted.userID, attempt.Source, known)
	return counted, take(ctx, tx, counted.reservations, a.now())
}

// PasswordCheck is what the password check found. Only Decide may act on it.
type PasswordCheck struct {
	attempt  CountedAttempt
	match    bool
	upgraded string // a new hash, where the stored one is weaker than today's
}

// Verify runs the password hash, once, also for a user that does not exist. It
// holds no transaction, because it is meant to be slow. It answers ErrBusy when
// too many wait, and ErrPasswordTooLong.
func (a *Authenticator) Verify(ctx context.Context, counted CountedAttempt) (PasswordCheck, error) {
	match, stale, err := a.hasher.Verify(ctx, counted.encoded, counted.attempt.Password)
	if err != nil {
		return PasswordCheck{}, err
	}
	check := PasswordCheck{attempt: counted, match: match}
	if match && stale {
		check.upgraded, err = a.hasher.Hash(ctx, counted.attempt.Password)
	}
	return check, err
}

// Authentication is a sign-in that succeeded.
type Authentication struct {
	User      User
	Factor    Factor
	CodesLeft int // recovery codes, where one was spent
}

// Decide decides, inside the transaction that will also make the session. A
// refusal is an error that the caller keeps and commits: what was counted and
// spent has to stay counted and spent.
func (a *Authenticator) Decide(ctx context.Context, tx Tx, check PasswordCheck) (Authentication, error) {
	counted := check.attempt
	user, err := tx.UserByID(ctx, counted.userID)
	if err != nil && !errors.Is(err, ErrNoUser) {
		return Authentication{}, err
	}
	switch {
	case user.SSO:
		return Authentication{}, ErrSSORequired
	case !check.match || user.Blocked():
		return Authentication{}, ErrWrongCredentials
	case user.PasswordHash != counted.encoded:
		return Authentication{}, ErrPasswordChanged
	}
	if err := refund(ctx, tx, counted.reservations); err != nil {
		return Authentication{}, err
	}
	authentication, err := a.CheckCode(ctx, tx, user, counted.attempt.Code)
	if err != nil {
		return Authentication{}, err
	}
	return authentication, a.recordSuccess(ctx, tx, user, check)
}

// Refund takes back what Reserve has counted, for a right password whose Decide
// was rolled back or never called.
func (a *Authenticator) Refund(ctx context.Context, tx Tx, check PasswordCheck) error {
	if !check.match {
		return nil
	}
	return refund(ctx, tx, check.attempt.reservations)
}

// welcome notes where the user signed in from and ends the account's waits.
func (a *Authenticator) recordSuccess(ctx context.Context, tx Tx, user User, check PasswordCheck) error {
	if err := tx.RememberSource(ctx, user.ID, check.attempt.attempt.Source, a.now()); err != nil {
		return err
	}
	if err := tx.ForgetAttempts(ctx, key("lock", user.ID)); err != nil {
		return err
	}
	if check.upgraded == "" {
		return nil
	}
	return tx.SetPasswordHash(ctx, user.ID, check.upgraded)
}

// HashPassword makes the stored form of a new password.
func (a *Authenticator) HashPassword(ctx context.Context, password secret.Text) (string, error) {
	return a.hasher.Hash(ctx, password)
}

// UserID names the account that the attempt was for. It is empty where there is
// no such account: what was typed there may be a password.
func (v PasswordCheck) UserID() string {
	if !v.attempt.exists {
		return ""
	}
	return v.attempt.userID
}

// Match reports whether the password was right. That admits nobody yet.
func (v PasswordCheck) Match() bool { return v.match }
