package identity

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/clock"
	"github.com/dxauth/dxauth/internal/refserver/keylock"
	"github.com/dxauth/dxauth/internal/refserver/outbox"
	"github.com/dxauth/dxauth/internal/refserver/passwordhash"
	"github.com/dxauth/dxauth/internal/refserver/seal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Attempt holds the credentials of one sign-in attempt.
type Attempt struct {
	Username string
	Password secret.Text
	Code     secret.Text // a verification or recovery code; zero: none
	Source   string      // as returned by the function Source
}

// Factor names how a user authenticated, for the audit log.
type Factor string

// The factors.
const (
	FactorPassword     Factor = "password"
	FactorTOTP         Factor = "password+totp"
	FactorRecoveryCode Factor = "password+recovery-code"
	FactorProvider     Factor = "provider" // whatever the provider asked for
)

// Config configures an Authenticator.
type Config struct {
	Hasher *passwordhash.Hasher
	Key    seal.Key // seals second factors
	Now    func() time.Time
	Random io.Reader      // must be fit for secrets
	Mode   FactorMode     // empty: FactorsEnabled
	Issuer string         // name of this server in authenticator apps
	Mail   *outbox.Outbox // nil: no e-mails
}

// Authenticator checks passwords, codes and rate limits.
type Authenticator struct {
	hasher *passwordhash.Hasher
	key    seal.Key
	now    func() time.Time
	random io.Reader
	mode   FactorMode
	issuer string
	mail   *outbox.Outbox

	atHasher *keylock.Locks // by source
}

// validFor returns the time for which something that is made now is valid.
func (a *Authenticator) validFor(lifetime time.Duration) clock.Span {
	now := a.now()
	return clock.Span{Made: now, Ends: now.Add(lifetime)}
}

// NewAuthenticator returns an Authenticator.
func NewAuthenticator(c Config) *Authenticator {
	if c.Mode == "" {
		c.Mode = FactorsEnabled
	}
	if c.Mail == nil {
		c.Mail = &outbox.Outbox{}
	}
	return &Authenticator{
		hasher: c.Hasher, key: c.Key, now: c.Now, random: c.Random, mode: c.Mode, issuer: c.Issuer, mail: c.Mail,
		atHasher: keylock.New(atHasher()),
	}
}

// CountedAttempt is an attempt that was counted and may be evaluated.
type CountedAttempt struct {
	attempt      Attempt
	userID       string
	exists       bool
	encoded      string // the stored hash; empty: no such user, or no password
	reservations []Reservation
}

// Admit waits until a password that came from a source can be checked. It comes before
// Reserve, so that only what will be evaluated is counted. It returns the errors of
// [passwordhash.Hasher.Admit].
func (a *Authenticator) Admit(ctx context.Context, password secret.Text, source string) (passwordhash.Admission, error) {
	leave, err := a.atHasher.Lock(ctx, source)
	if errors.Is(err, keylock.ErrFull) {
		err = ErrBusy
	}
	if err != nil {
		return passwordhash.Admission{}, err
	}
	admission, err := a.hasher.Admit(ctx, password)
	if err != nil {
		leave()
		return passwordhash.Admission{}, err
	}
	return admission.Releasing(leave), nil
}

// atHasher bounds the passwords from one source that are at the hasher, whose queue is
// short: one client could fill it, and nobody else could sign in. Others from the same
// source wait before it, so that many users behind one address can sign in at once.
func atHasher() keylock.Limits { return keylock.Limits{Slots: 8, Waiting: 100, Wait: 5 * time.Second} }

// Reserve counts the attempt as failed before it is evaluated, and loads what the
// evaluation needs. It does the same reads and writes whether or not the user
// exists. If it returns refusal.TooManyAttempts, the caller must roll back.
func (a *Authenticator) Reserve(ctx context.Context, tx Tx, attempt Attempt) (CountedAttempt, error) {
	counted := CountedAttempt{attempt: attempt, userID: UserID(attempt.Username)}
	user, err := tx.UserByID(ctx, counted.userID)
	if err != nil && !errors.Is(err, ErrNoUser) {
		return CountedAttempt{}, err
	}
	counted.exists, counted.encoded = err == nil, user.PasswordHash
	_, known, err := tx.KnownSource(ctx, counted.userID, attempt.Source)
	if err != nil {
		return CountedAttempt{}, err
	}
	counted.reservations = passwordReservations(counted.userID, attempt.Source, known)
	return counted, Take(ctx, tx, counted.reservations, a.now())
}

// PasswordCheck is the result of a password check. Only Decide may act on it.
type PasswordCheck struct {
	attempt  CountedAttempt
	match    bool
	upgraded string // a new hash if the stored one is stale; else empty
}

// Verify checks the password of an admission with exactly one hash, even if the user
// does not exist. It runs outside a transaction because hashes are slow by design.
func (a *Authenticator) Verify(admission passwordhash.Admission, counted CountedAttempt) (check PasswordCheck, err error) {
	match, stale := admission.Verify(counted.encoded)
	check = PasswordCheck{attempt: counted, match: match}
	if match && stale {
		check.upgraded, err = admission.Hash()
	}
	return check, err
}

// Authentication is a sign-in that succeeded.
type Authentication struct {
	User      User
	Factor    Factor
	CodesLeft int // unused recovery codes, if one was spent now
}

// Decide accepts or refuses the sign-in, in the transaction that also creates the
// session. The caller must commit after a refusal, so that what was counted and
// spent stays so.
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
	authentication, err := a.CheckCode(ctx, tx, CodeAttempt{User: user, Code: counted.attempt.Code, Source: counted.attempt.Source})
	if err == nil {
		err = a.RecordSuccess(ctx, tx, user.ID, counted.attempt.Source)
	}
	if err == nil && check.upgraded != "" {
		err = tx.SetPasswordHash(ctx, user.ID, check.upgraded)
	}
	if err != nil {
		return Authentication{}, err
	}
	return authentication, nil
}

// Refund undoes the count of Reserve for a right password if Decide was rolled
// back or never called.
func (a *Authenticator) Refund(ctx context.Context, tx Tx, check PasswordCheck) error {
	return refund(ctx, tx, check.attempt.reservations)
}

// RecordSuccess remembers the source of a sign-in that succeeded with all that the
// account requires, and ends the account's lock after wrong passwords.
func (a *Authenticator) RecordSuccess(ctx context.Context, tx Tx, userID, source string) error {
	if err := tx.RememberSource(ctx, userID, source, a.now()); err != nil {
		return err
	}
	return tx.ForgetAttempts(ctx, key("lock", userID))
}

// HashPassword returns the hash in which a new password is stored.
func (a *Authenticator) HashPassword(ctx context.Context, password secret.Text) (string, error) {
	return a.hasher.Hash(ctx, password)
}

// MakesHash reports whether a hash is of the cost that HashPassword makes.
func (a *Authenticator) MakesHash(encoded string) bool { return a.hasher.Makes(encoded) }

// UserID returns the account that the attempt was for, or "" if it does not exist:
// the user may have typed a password as the name.
func (c PasswordCheck) UserID() string {
	if !c.attempt.exists {
		return ""
	}
	return c.attempt.userID
}

// Match reports whether the password was right. That alone does not authenticate.
func (c PasswordCheck) Match() bool { return c.match }
