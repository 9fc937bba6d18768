package service

import (
	"context"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// RequireSuperuser returns an error unless the caller is an administrator of the
// platform and the token is not limited.
func RequireSuperuser(caller Caller) error { return caller.actor().RequireAdministrator() }

// administer is change for administrators of the platform only.
func (s *Service) administer(ctx context.Context, caller Caller, action audit.Action, f func(transaction.Tx) (subject string, err error)) error {
	if err := RequireSuperuser(caller); err != nil {
		return err
	}
	return s.Change(ctx, caller, action, func(tx transaction.Tx, _ directory.Viewer) (string, error) { return f(tx) })
}

// managedUser returns the account of a member if admins of the org may act on it.
// It returns directory.ErrNoOrg, refusal.OrgAccess, directory.ErrNoMember and
// directory.ErrNotManaged.
func (s *Service) managedUser(ctx context.Context, tx transaction.Tx, viewer directory.Viewer, orgID, userID string) (identity.User, error) {
	if err := s.directory.RequireMember(ctx, tx, viewer, orgID, userID); err != nil {
		return identity.User{}, err
	}
	user, err := tx.UserByID(ctx, userID)
	if err != nil {
		return identity.User{}, err
	}
	return user, directory.RequireManaged(viewer, orgID, managedAccount(user))
}

// managedAccount returns the parts of a user that the rules about orgs need.
func managedAccount(user identity.User) directory.Account {
	return directory.Account{UserID: user.ID, ProvisioningOrg: user.ProvisioningOrg, Superuser: user.Superuser}
}

// saveUserState stores the changed state of an account. A blocked account loses its
// sessions, partial sign-ins and API tokens in the same transaction.
func (s *Service) saveUserState(ctx context.Context, tx transaction.Tx, user identity.User) error {
	if err := s.authenticator.EndSignUp(ctx, tx, user); err != nil {
		return err
	}
	if err := tx.UpdateUser(ctx, user); err != nil {
		return err
	}
	if !user.Blocked() {
		return nil
	}
	return s.endAll(ctx, tx, user.ID, access.Revoked)
}
