package service

import (
	"context"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/internal/refusal"
)

// What an administrator can be refused with.
var (
	// ErrNotSuperuser refuses what only an administrator of the platform may do.
	ErrNotSuperuser = access.ErrNotSuperuser
	// ErrNotManaged refuses what an org may do to the accounts that it made, and
	// to no others.
	ErrNotManaged = &refusal.Error{Code: refusal.Denied, Reason: refusal.NotManaged, Message: "the org does not answer for the account"}
	// ErrOwnAccount keeps an administrator from shutting the door on everybody.
	ErrOwnAccount = &refusal.Error{Code: refusal.Conflict, Reason: refusal.OwnAccount, Message: "nobody can disable their own account"}
)

// requireSuperuser is the first line of whatever only an administrator of the
// platform may do.
func requireSuperuser(caller Caller) error { return caller.actor().RequireAdministrator() }

// administer runs a transaction of an administrator of the platform that changes
// something, and writes its audit row. The function returns what was changed.
func (s *Service) administer(ctx context.Context, caller Caller, action audit.Action, f func(transaction.Tx) (subject string, err error)) error {
	if err := requireSuperuser(caller); err != nil {
		return err
	}
	return s.change(ctx, caller, action, func(tx transaction.Tx, _ directory.Viewer) (string, error) { return f(tx) })
}

// managed returns the account of a user whom an admin of an org acts on. The
// admin must be one of the org that made the account, and the user still a
// member of it: being invited into an org gives its admins no power over the
// account, because anybody can make an org and invite anybody. An administrator
// of the platform is out of the reach of orgs. It answers directory.ErrNoOrg,
// refusal.OrgAccess, directory.ErrNoMember and ErrNotManaged.
func (s *Service) managed(ctx context.Context, tx transaction.Tx, viewer directory.Viewer, orgID, userID string) (identity.User, error) {
	if _, err := s.desk.Org(ctx, tx, viewer, orgID, directory.Admin); err != nil {
		return identity.User{}, err
	}
	if _, err := tx.Member(ctx, orgID, userID); err != nil {
		return identity.User{}, err
	}
	user, err := tx.UserByID(ctx, userID)
	if err != nil {
		return identity.User{}, err
	}
	if !viewer.Superuser && (user.ProvisioningOrg != orgID || user.Superuser) {
		return identity.User{}, ErrNotManaged
	}
	return user, nil
}

// keep stores the changed state of an account. One that is shut loses its sessions,
// halves of sign-ins and API tokens in the same transaction.
func (s *Service) keep(ctx context.Context, tx transaction.Tx, user identity.User) error {
	// Whatever is decided about an account, it does not wait any more, and its
	// activation code undoes nothing.
	if _, err := tx.DropSignUp(ctx, user.ID); err != nil {
		return err
	}
	if err := tx.UpdateUser(ctx, user); err != nil {
		return err
	}
	if !user.Shut() {
		return nil
	}
	return s.endAll(ctx, tx, user.ID, access.Revoked)
}
