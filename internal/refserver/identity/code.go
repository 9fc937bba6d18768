package identity

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/dxauth/dxauth/internal/syntax"
	"github.com/dxauth/dxauth/pkg/secret"
)

// CodeAttempt is a code that a user entered, whose password was right.
type CodeAttempt struct {
	User   User
	Code   secret.Text // a verification or recovery code; zero: none
	Source string      // as returned by the function Source
}

// trimmed returns a verification code as it was meant.
func (c CodeAttempt) trimmed() string { return strings.TrimSpace(c.Code.Reveal()) }

// CheckCode requires a code if the user has a second factor, and spends it.
// Verification and recovery codes share one rate limit. Call it only after the
// password was right: otherwise it reveals that there is a second factor.
func (a *Authenticator) CheckCode(ctx context.Context, tx Tx, attempt CodeAttempt) (Authentication, error) {
	user := attempt.User
	stored, on, err := tx.SecondFactor(ctx, user.ID)
	if err != nil {
		return Authentication{}, err
	}
	switch {
	case !on:
		return Authentication{User: user, Factor: FactorPassword}, nil
	case attempt.Code.IsZero():
		return Authentication{}, ErrCodeRequired
	case syntax.IsVerificationCode(attempt.trimmed()):
		return Authentication{User: user, Factor: FactorTOTP}, a.withinBudget(ctx, tx, attempt, func() (codeResult, error) {
			return a.spendTOTP(ctx, tx, user.ID, stored, attempt.trimmed())
		})
	default:
		return a.checkRecoveryCode(ctx, tx, attempt)
	}
}

func (a *Authenticator) checkRecoveryCode(ctx context.Context, tx Tx, attempt CodeAttempt) (Authentication, error) {
	err := a.withinBudget(ctx, tx, attempt, func() (codeResult, error) {
		return a.spendRecoveryCode(ctx, tx, attempt.User.ID, attempt.Code)
	})
	if err != nil {
		return Authentication{}, err
	}
	left, err := CodesLeft(ctx, tx, attempt.User.ID)
	return Authentication{User: attempt.User, Factor: FactorRecoveryCode, CodesLeft: left}, err
}

type codeResult int

const (
	codeWrong codeResult = iota
	codeUsed
	codeGood
)

// spent returns the result of a matching code, given whether it could be spent.
func spent(ok bool, err error) (codeResult, error) {
	switch {
	case err != nil:
		return codeWrong, err
	case ok:
		return codeGood, nil
	default:
		return codeUsed, nil
	}
}

// withinBudget counts the attempt before it evaluates it, and clears the count
// if the code was good. A code that was used before is refused but not counted:
// only the second factor could have produced it.
func (a *Authenticator) withinBudget(ctx context.Context, tx Tx, attempt CodeAttempt, try func() (codeResult, error)) error {
	budget, err := codeReservations(ctx, tx, attempt.User.ID, attempt.Source)
	if err != nil {
		return err
	}
	if err := Take(ctx, tx, budget, a.now()); err != nil {
		return err
	}
	verdict, err := try()
	switch {
	case err != nil:
		return errors.Join(err, GiveBack(ctx, tx, budget)) // the code was not evaluated
	case verdict == codeWrong:
		return ErrCodeMismatch
	case verdict == codeUsed:
		return errors.Join(ErrCodeUsed, GiveBack(ctx, tx, budget))
	default:
		return forget(ctx, tx, keysOf(budget)...)
	}
}

func (a *Authenticator) spendTOTP(ctx context.Context, tx Tx, userID string, stored SecondFactor, code string) (codeResult, error) {
	seed, err := a.openSeed(stored.SealedSeed, seedPlace(userID))
	if err != nil {
		return codeWrong, err
	}
	step, matches := MatchTOTP(seed, code, a.now())
	if !matches {
		return codeWrong, nil
	}
	return spent(tx.SpendStep(ctx, userID, step, step+clockSlackSteps))
}

func (a *Authenticator) spendRecoveryCode(ctx context.Context, tx Tx, userID string, code secret.Text) (codeResult, error) {
	hash := a.hashCode(userID, code)
	codes, err := tx.RecoveryCodes(ctx, userID)
	if err != nil {
		return codeWrong, err
	}
	if !slices.ContainsFunc(codes, func(stored RecoveryCode) bool { return stored.Hash == hash }) {
		return codeWrong, nil
	}
	return spent(tx.SpendRecoveryCode(ctx, userID, hash, a.now()))
}
