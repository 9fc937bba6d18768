package service

import (
	"context"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// Draft is an account that somebody asks for.
type Draft struct {
	Person          identity.Draft
	BillTo          string        // ID of an org; empty: the user
	ProvisioningOrg string        // ID; empty: none, so only administrators of the platform answer for it
	Lifetime        time.Duration // of the activation code; 0: the default
}

// NewUser makes an account without a password, and a code to set one, which
// whoever asked hands on: this server sends no e-mail. Administrators of the
// platform may do that, and the admins of an org that is licensed to, for the
// org that answers for the account. It answers the refusals of the desk,
// ErrNotSuperuser, refusal.WrongAccount, refusal.UnknownPayer, and
// identity.ErrUsernameTaken or ErrEmailTaken.
func (s *Service) NewUser(ctx context.Context, caller Caller, draft Draft) (identity.IssuedCode, error) {
	return changeAs(ctx, s, caller, audit.UserNew, func(tx transaction.Tx, viewer directory.Viewer) (code identity.IssuedCode, subject string, err error) {
		if err := s.directory.RequireProvisioner(ctx, tx, viewer, draft.ProvisioningOrg); err != nil {
			return code, "", err
		}
		user, err := draft.Person.User(s.now())
		if err != nil {
			return code, "", err
		}
		if err := s.directory.RequirePayer(ctx, tx, viewer, draft.BillTo); err != nil {
			return code, "", err
		}
		user.BillTo, user.ProvisioningOrg = draft.BillTo, draft.ProvisioningOrg
		if err := identity.Register(ctx, tx, user); err != nil {
			return code, "", err
		}
		code, err = s.authenticator.IssueActivation(ctx, tx, user.ID, draft.Lifetime)
		return code, user.ID, err
	})
}

// MemberAccount names an account that an admin of an org acts on.
type MemberAccount struct{ OrgID, UserID string }

// LockUser closes an account on behalf of an admin of the org that made it. Its
// sessions and API tokens end with it. It returns the errors of
// managedUser.
func (s *Service) LockUser(ctx context.Context, caller Caller, account MemberAccount) error {
	return s.changeManaged(ctx, caller, audit.UserLock, account, func(user *identity.User) { user.Locked = true })
}

// UnlockUser undoes LockUser; the waits after wrong passwords are not over with
// it. It returns the errors of
// managedUser.
func (s *Service) UnlockUser(ctx context.Context, caller Caller, account MemberAccount) error {
	return s.changeManaged(ctx, caller, audit.UserUnlock, account, func(user *identity.User) { user.Locked = false })
}

func (s *Service) changeManaged(ctx context.Context, caller Caller, action audit.Action, account MemberAccount, change func(*identity.User)) error {
	return s.change(ctx, caller, action, func(tx transaction.Tx, viewer directory.Viewer) (string, error) {
		user, err := s.managedUser(ctx, tx, viewer, account.OrgID, account.UserID)
		if err != nil {
			return "", err
		}
		change(&user)
		return user.ID, s.saveUserState(ctx, tx, user)
	})
}
