package identity

import (
	"context"
	"errors"

	"github.com/dxauth/dxauth/internal/refusal"
)

// Refusals of changes to an account.
var (
	// ErrNotOwner is returned if someone else changes what only the owner may change.
	ErrNotOwner = &refusal.Error{Code: refusal.Denied, Reason: refusal.NotOwner, Message: "only the owner of the account can change that"}
	// ErrOwnAccount keeps the last administrator from disabling all administrators.
	ErrOwnAccount = &refusal.Error{Code: refusal.Conflict, Reason: refusal.OwnAccount, Message: "you cannot disable your own account"}
	// ErrAlreadyReset is returned if there is no second factor to reset.
	ErrAlreadyReset = &refusal.Error{Code: refusal.Conflict, Reason: refusal.FactorReset, Message: "MFA is already reset"}
	// ErrOwnFactor is returned if administrators reset their own second factor:
	// turning that off requires a code.
	ErrOwnFactor = &refusal.Error{Code: refusal.Denied, Reason: refusal.OwnFactor, Message: "administrators cannot reset their own second factor"}
)

// RequireOthersFactor returns ErrOwnFactor if the second factor is the
// administrator's own.
func RequireOthersFactor(administratorID, userID string) error {
	if administratorID == userID {
		return ErrOwnFactor
	}
	return nil
}

// ResetByAdministrator resets another user's second factor. It returns
// ErrAlreadyReset if there is none.
func (a *Authenticator) ResetByAdministrator(ctx context.Context, tx Tx, userID string) error {
	err := a.Reset(ctx, tx, userID)
	if errors.Is(err, ErrFactorOff) {
		return ErrAlreadyReset
	}
	return err
}

// Edit describes a change to an account.
type Edit struct {
	IsOwn       bool  // made by its owner
	Credentials bool  // the password or the e-mail address
	Active      *bool // nil: unchanged
}

// Check returns ErrOwnAccount or ErrNotOwner unless the edit is allowed. The
// caller checks that a user who edits another account, or changes Active,
// administers the platform.
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
