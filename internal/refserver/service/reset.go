package service

import (
	"context"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// FactorReset says whose second factor is reset.
type FactorReset struct {
	UserID       string
	OrgID        string // the org on whose behalf; empty: the platform
	RevokeTokens bool   // end the user's API tokens too
}

// ResetSecondFactor removes the second factor of an account, on behalf of an admin
// of the org that created it or of an administrator of the platform, and ends the
// account's sessions. It returns the errors of LockUser, access.ErrNotSuperuser,
// identity.ErrAlreadyReset and identity.ErrOwnFactor.
func (s *Service) ResetSecondFactor(ctx context.Context, caller Caller, reset FactorReset) error {
	if err := identity.RequireOthersFactor(caller.User.ID, reset.UserID); err != nil {
		return err
	}
	return s.Change(ctx, caller, audit.TwoFactorReset, func(tx transaction.Tx, viewer directory.Viewer) (string, error) {
		user, err := s.resettable(ctx, tx, caller, viewer, reset)
		if err != nil {
			return "", err
		}
		if err := s.authenticator.ResetByAdministrator(ctx, tx, user.ID); err != nil {
			return "", err
		}
		if reset.RevokeTokens {
			return user.ID, s.endAll(ctx, tx, user.ID, access.Revoked)
		}
		return user.ID, s.EndOtherSessions(ctx, tx, user.ID, "", access.Revoked)
	})
}

// resettable returns the account if the caller may reset its second factor.
func (s *Service) resettable(ctx context.Context, tx transaction.Tx, caller Caller, viewer directory.Viewer, reset FactorReset) (identity.User, error) {
	if reset.OrgID != "" {
		return s.managedUser(ctx, tx, viewer, reset.OrgID, reset.UserID)
	}
	if err := RequireSuperuser(caller); err != nil {
		return identity.User{}, err
	}
	return tx.UserByID(ctx, reset.UserID)
}
