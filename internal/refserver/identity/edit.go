package identity

import (
	"context"
	"errors"

	"github.com/dxauth/dxauth/internal/refusal"
)

// What can be refused of a change of an account by somebody else, or by its owner.
var (
	// ErrNotOwner refuses what nobody may change of an account but its owner.
	ErrNotOwner = &refusal.Error{Code: refusal.Denied, Reason: refusal.NotOwner, Message: "only its owner can change that of an account"}
	// ErrOwnAccount keeps the last administrator from locking everybody out.
	ErrOwnAccount = &refusal.Error{Code: refusal.Conflict, Reason: refusal.OwnAccount, Message: "nobody can disable their own account"}
	// ErrAlreadyReset is returned where there is no second factor to take off.
	ErrAlreadyReset = &refusal.Error{Code: refusal.Conflict, Reason: refusal.FactorReset, Message: "MFA is already reset"}
	// ErrOwnFactor refuses administrators to reset their own second factor: turning
	// that off takes a code.
	ErrOwnFactor = &refusal.Error{Code: refusal.Denied, Reason: refusal.OwnFactor, Message: "administrators can't reset their own second factor"}
)

// RequireOthersFactor returns ErrOwnFactor if an administrator means the own second
// factor.
func RequireOthersFactor(administratorID, userID string) error {
	if administratorID == userID {
		return ErrOwnFactor
	}
	return nil
}

// ResetByAdministrator is Reset for somebody else. It returns ErrAlreadyReset if
// there is no second factor.
func (a *Authenticator) ResetByAdministrator(ctx context.Context, tx Tx, userID string) error {
	err := a.Reset(ctx, tx, userID)
	if errors.Is(err, ErrFactorOff) {
		return ErrAlreadyReset
	}
	return err
}

// Edit is what somebody wants to change of an account.
type Edit struct {
	IsOwn       bool  // by its owner
	Credentials bool  // the password or the e-mail address
	Active      *bool // nil: stays
}

// Check returns ErrOwnAccount or ErrNotOwner unless the edit is allowed. That all
// but owners are administrators of the platform, and all who change Active, is
// checked apart.
func (e Edit) Check() error {
	switch {
	case e.IsOwn && e.Active != nil && !*e.Active:
		return ErrOwnAccount
	case !e.IsOwn && e.Credentials:
		return ErrNotOwner
	default:
		return nil
	}
}
