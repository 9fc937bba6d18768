package identity

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/dxauth/dxauth/internal/syntax"
	"github.com/dxauth/dxauth/pkg/secret"
)

// CheckCode requires a code if the user has a second factor, and spends it.
// Verification and recovery codes share one rate limit. Call it only after the
// password was right: otherwise it reveals that there is a second factor.
func (a *Authenticator) CheckCode(ctx context.Context, tx Tx, user User, code secret.Text) (Authentication, error) {
	stored, on, err := tx.SecondFactor(ctx, user.ID)
	if err != nil {
		return Authentication{}, err
	}
	switch {
	case !on:
		return Authentication{User: user, Factor: FactorPassword}, nil
	case code.IsZero():
		return Authentication{}, ErrCodeRequired
	case syntax.IsVerificationCode(strings.TrimSpace(code.Reveal())):
		return Authentication{User: user, Factor: FactorTOTP}, a.withinBudget(ctx, tx, user.ID, func() (codeVerdict, error) {
			return a.spendTOTP(ctx, tx, user.ID, stored, strings.TrimSpace(code.Reveal()))
		})
	default:
		return a.checkRecoveryCode(ctx, tx, user, code)
	}
}

func (a *Authenticator) checkRecoveryCode(ctx context.Context, tx Tx, user User, code secret.Text) (Authentication, error) {
	err := a.withinBudget(ctx, tx, user.ID, func() (codeVerdict, error) {
		return a.spendRecoveryCode(ctx, tx, user.ID, code)
	})
	if err != nil {
		return Authentication{}, err
	}
	left, err := codesLeft(ctx, tx, user.ID)
	return Authentication{User: user, Factor: FactorRecoveryCode, CodesLeft: left}, err
}

type codeVerdict int

const (
	codeWrong codeVerdict = iota
	codeUsed
	codeGood
)

// spent returns the verdict on a matching code, given whether it could be spent.
func spent(ok bool, err error) (codeVerdict, error) {
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
func (a *Authenticator) withinBudget(ctx context.Context, tx Tx, userID string, try func() (codeVerdict, error)) error {
	budget := codeReservation(userID)
	if err := take(ctx, tx, []reservation{budget}, a.now()); err != nil {
		return err
	}
	verdict, err := try()
	switch {
	case err != nil:
		return errors.Join(err, giveBack(ctx, tx, budget)) // the code was not evaluated
	case verdict == codeWrong:
		return ErrCodeMismatch
	case verdict == codeUsed:
		return errors.Join(ErrCodeUsed, giveBack(ctx, tx, budget))
	default:
		return tx.ForgetAttempts(ctx, budget.key)
	}
}

func (a *Authenticator) spendTOTP(ctx context.Context, tx Tx, userID string, stored SecondFactor, code string) (codeVerdict, error) {
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

func (a *Authenticator) spendRecoveryCode(ctx context.Context, tx Tx, userID string, code secret.Text) (codeVerdict, error) {
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
