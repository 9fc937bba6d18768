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

// Config makes a Gate.
type Config struct {
	Hasher *Hasher
	Key    seal.Key // opens second factors
	Now    func() time.Time
	Random io.Reader  // fit for secrets
	Mode   FactorMode // empty: FactorsEnabled
	Issuer string     // what authenticator apps call this server
}

// Gate checks people at the door.
type Gate struct {
	hasher *Hasher
	key    seal.Key
	now    func() time.Time
	random io.Reader
	mode   FactorMode
	issuer string
}

// NewGate makes a gate.
func NewGate(c Config) *Gate {
	if c.Mode == "" {
		c.Mode = FactorsEnabled
	}
	return &Gate{hasher: c.Hasher, key: c.Key, now: c.Now, random: c.Random, mode: c.Mode, issuer: c.Issuer}
}

// Knock is an attempt that was counted and may be evaluated.
type Knock struct {
	attempt Attempt
	userID  string
	exists  bool
	encoded string // the stored hash; empty: no such user, or no password
	counted []reservation
}

// Reserve counts the attempt as failed before it is looked at, and loads what
// evaluating it needs. It does the same reads and writes whether or not the
// user exists. Answered with refusal.TooManyAttempts, the caller rolls back.
func (g *Gate) Reserve(ctx context.Context, tx Tx, attempt Attempt) (Knock, error) {
	knock := Knock{attempt: attempt, userID: UserID(attempt.Username)}
	user, err := tx.UserByID(ctx, knock.userID)
	if err != nil && !errors.Is(err, ErrNoUser) {
		return Knock{}, err
	}
	knock.exists, knock.encoded = err == nil, user.PasswordHash
	known, err := tx.KnownSource(ctx, knock.userID, attempt.Source)
	if err != nil {
		return Knock{}, err
	}
	knock.counted = passwordReservations(knock.userID, attempt.Source, known)
	return knock, take(ctx, tx, knock.counted, g.now())
}

// Verdict is what the password check found. Only Admit may act on it.
type Verdict struct {
	knock    Knock
	match    bool
	upgraded string // a new hash, where the stored one is weaker than today's
}

// Verify runs the password hash, once, also for a user that does not exist. It
// holds no transaction, because it is meant to be slow. It answers ErrBusy when
// too many wait, and ErrPasswordTooLong.
func (g *Gate) Verify(ctx context.Context, knock Knock) (Verdict, error) {
	match, stale, err := g.hasher.Verify(ctx, knock.encoded, knock.attempt.Password)
	if err != nil {
		return Verdict{}, err
	}
	verdict := Verdict{knock: knock, match: match}
	if match && stale {
		verdict.upgraded, err = g.hasher.Hash(ctx, knock.attempt.Password)
	}
	return verdict, err
}

// Admission is a sign-in that succeeded.
type Admission struct {
	User      User
	Factor    Factor
	CodesLeft int // recovery codes, where one was spent
}

// Admit decides, inside the transaction that will also make the session. A
// refusal is an error that the caller keeps and commits: what was counted and
// spent has to stay counted and spent.
func (g *Gate) Admit(ctx context.Context, tx Tx, verdict Verdict) (Admission, error) {
	knock := verdict.knock
	user, err := tx.UserByID(ctx, knock.userID)
	if err != nil && !errors.Is(err, ErrNoUser) {
		return Admission{}, err
	}
	switch {
	case user.SSO:
		return Admission{}, ErrSSORequired
	case !verdict.match || user.Shut():
		return Admission{}, ErrWrongCredentials
	case user.PasswordHash != knock.encoded:
		return Admission{}, ErrOvertaken
	}
	if err := forgive(ctx, tx, knock.counted); err != nil {
		return Admission{}, err
	}
	admission, err := g.CheckCode(ctx, tx, user, knock.attempt.Code)
	if err != nil {
		return Admission{}, err
	}
	return admission, g.welcome(ctx, tx, user, verdict)
}

// Pardon takes back what Reserve has counted, for a right password whose Admit
// was rolled back or never called.
func (g *Gate) Pardon(ctx context.Context, tx Tx, verdict Verdict) error {
	if !verdict.match {
		return nil
	}
	return forgive(ctx, tx, verdict.knock.counted)
}

// welcome notes where the user signed in from and ends the account's waits.
func (g *Gate) welcome(ctx context.Context, tx Tx, user User, verdict Verdict) error {
	if err := tx.RememberSource(ctx, user.ID, verdict.knock.attempt.Source, g.now()); err != nil {
		return err
	}
	if err := tx.ForgetAttempts(ctx, key("lock", user.ID)); err != nil {
		return err
	}
	if verdict.upgraded == "" {
		return nil
	}
	return tx.SetPasswordHash(ctx, user.ID, verdict.upgraded)
}

// HashPassword makes the stored form of a new password.
func (g *Gate) HashPassword(ctx context.Context, password secret.Text) (string, error) {
	return g.hasher.Hash(ctx, password)
}

// UserID names the account that the attempt was for. It is empty where there is
// no such account: what was typed there may be a password.
func (v Verdict) UserID() string {
	if !v.knock.exists {
		return ""
	}
	return v.knock.userID
}

// Match reports whether the password was right. That admits nobody yet.
func (v Verdict) Match() bool { return v.match }
