package service

import (
	"context"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// Draft is an account to create.
type Draft struct {
	Account         identity.Draft
	BillTo          string        // ID of an org; empty: the user
	ProvisioningOrg string        // ID; empty: none, so only administrators of the platform manage it
	Lifetime        time.Duration // of the activation code; 0: the default
}

// NewUser creates an account without a password, and returns a code to set one, which
// the caller passes on; none if it was sent by e-mail. Administrators of
// the platform may create accounts, and admins of an org with a licence for it. It
// returns the errors of directory.RequireProvisioner, refusal.WrongAccount,
// refusal.UnknownPayer, identity.ErrUsernameTaken and identity.ErrEmailTaken.
func (s *Service) NewUser(ctx context.Context, caller Caller, draft Draft) (identity.IssuedCode, error) {
	return ChangeAs(ctx, s, caller, audit.UserNew, func(tx transaction.Tx, viewer directory.Viewer) (code identity.IssuedCode, subject string, err error) {
		if err := s.directory.RequireProvisioner(ctx, tx, viewer, draft.ProvisioningOrg); err != nil {
			return code, "", err
		}
		user, err := draft.Account.User(s.now())
		if err != nil {
			return code, "", err
		}
		if err := s.directory.RequirePayer(ctx, tx, viewer, draft.BillTo); err != nil {
			return code, "", err
		}
		user.BillTo, user.ProvisioningOrg = draft.BillTo, draft.ProvisioningOrg
		if !viewer.Superuser {
			user.CreatedBy = viewer.UserID
		}
		if err := identity.Register(ctx, tx, user); err != nil {
			return code, "", err
		}
		code, err = s.authenticator.IssueActivation(ctx, tx, user.ID, draft.Lifetime)
		return code, user.ID, err
	})
}

// MemberAccount names an account that an admin of an org acts on.
type MemberAccount struct{ OrgID, UserID string }

// LockUser locks an account on behalf of an admin of the org that created it, and
// ends its sessions and API tokens. It returns the errors of managedUser.
func (s *Service) LockUser(ctx context.Context, caller Caller, account MemberAccount) error {
	return s.changeManaged(ctx, caller, audit.UserLock, account, func(user *identity.User) { user.Locked = true })
}

// UnlockUser undoes LockUser; waits after wrong passwords stay. It returns the
// errors of managedUser.
func (s *Service) UnlockUser(ctx context.Context, caller Caller, account MemberAccount) error {
	return s.changeManaged(ctx, caller, audit.UserUnlock, account, func(user *identity.User) { user.Locked = false })
}

func (s *Service) changeManaged(ctx context.Context, caller Caller, action audit.Action, account MemberAccount, change func(*identity.User)) error {
	return s.Change(ctx, caller, action, func(tx transaction.Tx, viewer directory.Viewer) (string, error) {
		user, err := s.managedUser(ctx, tx, viewer, account.OrgID, account.UserID)
		if err != nil {
			return "", err
		}
		change(&user)
		return user.ID, s.saveUserState(ctx, tx, user)
	})
}
