package identity

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
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

// SecondFactor is a user's TOTP secret, sealed.
type SecondFactor struct {
	SealedSeed []byte
	LastStep   int64 // the last step that was used; 0: none
}

// Gate checks people at the door.
type Gate struct {
	hasher *Hasher
	key    seal.Key
	now    func() time.Time
	random io.Reader
}

// NewGate makes a gate that hashes with hasher and opens second factors with key.
func NewGate(hasher *Hasher, key seal.Key, now func() time.Time, random io.Reader) *Gate {
	return &Gate{hasher: hasher, key: key, now: now, random: random}
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
// user exists. Answered with a ThrottledError, the caller rolls back.
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
	User   User
	Factor Factor
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
	case !verdict.match || user.Disabled:
		return Admission{}, ErrWrongCredentials
	case user.PasswordHash != knock.encoded:
		return Admission{}, ErrOvertaken
	}
	if err := forgive(ctx, tx, knock.counted); err != nil {
		return Admission{}, err
	}
	factor, err := g.checkCode(ctx, tx, user, knock.attempt.Code)
	if err != nil {
		return Admission{}, err
	}
	return Admission{User: user, Factor: factor}, g.welcome(ctx, tx, user, verdict)
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

// checkCode asks for the second factor where the user has one. Wrong codes have
// a budget of their own.
func (g *Gate) checkCode(ctx context.Context, tx Tx, user User, code secret.Text) (Factor, error) {
	stored, on, err := tx.SecondFactor(ctx, user.ID)
	if err != nil || !on {
		return FactorPassword, err
	}
	if code.IsZero() {
		return "", ErrCodeRequired
	}
	budget := codeReservation(user.ID)
	if err := take(ctx, tx, []reservation{budget}, g.now()); err != nil {
		return "", err
	}
	factor, verdict, err := g.spendCode(ctx, tx, user.ID, stored, code)
	switch {
	case err != nil:
		return "", err
	case verdict == codeWrong:
		return "", ErrCodeMismatch
	case verdict == codeUsedBefore:
		// Whoever sends it has the second factor: refused, but no guess.
		return "", errors.Join(ErrCodeMismatch, tx.GiveBackAttempt(ctx, budget.key, budget.rule))
	}
	return factor, tx.ForgetAttempts(ctx, budget.key)
}

type codeVerdict int

const (
	codeWrong codeVerdict = iota
	codeUsedBefore
	codeGood
)

func (g *Gate) spendCode(ctx context.Context, tx Tx, userID string, stored SecondFactor, code secret.Text) (Factor, codeVerdict, error) {
	if LooksLikeTOTP(strings.TrimSpace(code.Reveal())) {
		verdict, err := g.spendTOTP(ctx, tx, userID, stored, strings.TrimSpace(code.Reveal()))
		return FactorTOTP, verdict, err
	}
	spent, err := tx.SpendRecoveryCode(ctx, userID, HashRecoveryCode(g.key.Bytes(), userID, code), g.now())
	if err != nil || !spent {
		return FactorRecoveryCode, codeWrong, err
	}
	return FactorRecoveryCode, codeGood, nil
}

func (g *Gate) spendTOTP(ctx context.Context, tx Tx, userID string, stored SecondFactor, code string) (codeVerdict, error) {
	seed, err := g.key.Open(stored.SealedSeed, seedPlace(userID))
	if err != nil {
		return codeWrong, fmt.Errorf("open the second factor of %s: %w", userID, err)
	}
	step, ok := MatchTOTP(seed, code, g.now())
	if !ok {
		return codeWrong, nil
	}
	spent, err := tx.SpendStep(ctx, userID, step)
	if err != nil {
		return codeWrong, err
	}
	if !spent {
		return codeUsedBefore, nil
	}
	return codeGood, nil
}

// Provision turns on the second factor of a new user with a given secret.
func (g *Gate) Provision(ctx context.Context, tx Tx, userID string, seed []byte, recoveryCodes []secret.Text) error {
	sealed, err := g.key.Seal(g.random, seed, seedPlace(userID))
	if err != nil {
		return fmt.Errorf("seal the second factor of %s: %w", userID, err)
	}
	if err := tx.SetSecondFactor(ctx, userID, SecondFactor{SealedSeed: sealed}); err != nil {
		return err
	}
	for _, code := range recoveryCodes {
		if err := tx.AddRecoveryCode(ctx, userID, HashRecoveryCode(g.key.Bytes(), userID, code)); err != nil {
			return err
		}
	}
	return nil
}

// HashPassword makes the stored form of a new password.
func (g *Gate) HashPassword(ctx context.Context, password secret.Text) (string, error) {
	return g.hasher.Hash(ctx, password)
}

func seedPlace(userID string) seal.Place {
	return seal.Place{Table: "second_factors", Column: "seed", Row: userID}
}

// UserID names the account that the attempt was for. It is empty where there is
// no such account: what was typed there may be a password.
func (v Verdict) UserID() string {
	if !v.knock.exists {
		return ""
	}
	return v.knock.userID
}
