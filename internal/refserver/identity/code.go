package identity

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/dxauth/dxauth/internal/syntax"
	"github.com/dxauth/dxauth/pkg/secret"
)

// CheckCode asks for the second factor where the user has one, and spends the
// code. Wrong codes have a budget of their own, which verification and recovery
// codes share. It is for somebody whose password was right: to others it would
// tell that there is a second factor.
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
	codeUsedBefore
	codeGood
)

// spent is the check over a code that fits, by whether it could be spent.
func spent(now bool, err error) (codeVerdict, error) {
	switch {
	case err != nil:
		return codeWrong, err
	case now:
		return codeGood, nil
	default:
		return codeUsedBefore, nil
	}
}

// withinBudget counts a try before it is looked at, and ends the wait of the
// account when the code was good. One that was used before is refused and not
// counted: whoever sends it has had the second factor.
func (a *Authenticator) withinBudget(ctx context.Context, tx Tx, userID string, try func() (codeVerdict, error)) error {
	budget := codeReservation(userID)
	if err := take(ctx, tx, []reservation{budget}, a.now()); err != nil {
		return err
	}
	check, err := try()
	switch {
	case err != nil:
		return err
	case check == codeWrong:
		return ErrCodeMismatch
	case check == codeUsedBefore:
		return errors.Join(ErrCodeUsed, giveBack(ctx, tx, budget))
	default:
		return tx.ForgetAttempts(ctx, budget.key)
	}
}

func (a *Authenticator) spendTOTP(ctx context.Context, tx Tx, userID string, stored SecondFactor, code string) (codeVerdict, error) {
	seed, err := a.key.Open(stored.SealedSeed, seedPlace(userID))
	if err != nil {
		return codeWrong, fmt.Errorf("open the second factor of %s: %w", userID, err)
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
