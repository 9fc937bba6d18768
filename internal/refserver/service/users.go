package service

import (
	"context"
	"errors"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Draft is an account that somebody asks for.
type Draft struct {
	Person          identity.Draft
	BillTo          string        // ID of an org; empty: the user
	ProvisioningOrg string        // ID; empty: none, so only administrators of the platform answer for it
	Lifetime        time.Duration // of the activation code; 0: the default
}

// Activation is a code that sets the first password of an account.
type Activation struct {
	UserID  string
	Code    secret.Text
	Expires time.Time
}

// NewUser makes an account without a password, and a code to set one, which
// whoever asked hands on: this server sends no e-mail. Administrators of the
// platform may do that, and the admins of an org that is licensed to, for the
// org that answers for the account. It answers the refusals of the desk,
// ErrNotSuperuser, refusal.WrongAccount, refusal.UnknownPayer, and
// identity.ErrUsernameTaken or ErrEmailTaken.
func (s *Service) NewUser(ctx context.Context, caller Caller, draft Draft) (activation Activation, err error) {
	err = s.change(ctx, caller, audit.UserNew, func(tx transaction.Tx, viewer directory.Viewer) (string, error) {
		if err := s.mayProvision(ctx, tx, viewer, draft.ProvisioningOrg); err != nil {
			return "", err
		}
		user, err := draft.Person.User(s.now())
		if err != nil {
			return "", err
		}
		if err := s.mayBillFor(ctx, tx, viewer, draft.BillTo); err != nil {
			return "", err
		}
		user.BillTo, user.ProvisioningOrg = draft.BillTo, draft.ProvisioningOrg
		if err := identity.Register(ctx, tx, user); err != nil {
			return "", err
		}
		activation, err = s.activate(ctx, tx, user.ID, draft.Lifetime)
		return user.ID, err
	})
	return activation, err
}

// mayProvision asks for an admin of the org that will answer for an account, or
// where there is none, for an administrator of the platform.
func (s *Service) mayProvision(ctx context.Context, tx transaction.Tx, viewer directory.Viewer, orgID string) error {
	if orgID == "" {
		return s.mayProvisionAnywhere(ctx, tx, viewer)
	}
	org, err := s.desk.Org(ctx, tx, viewer, orgID, directory.Admin)
	if err == nil && !org.UserCreationEnabled && !viewer.Superuser {
		err = directory.ErrUnlicensed
	}
	return err
}

// mayProvisionAnywhere lets an admin of a licensed org make accounts that no org
// answers for, as clients do that invite them afterwards.
func (s *Service) mayProvisionAnywhere(ctx context.Context, tx transaction.Tx, viewer directory.Viewer) error {
	if viewer.Superuser {
		return nil
	}
	memberships, err := tx.MembershipsOf(ctx, viewer.UserID)
	if err != nil {
		return err
	}
	for _, membership := range memberships {
		if membership.Level != directory.Admin {
			continue
		}
		org, err := tx.OrgByID(ctx, membership.OrgID)
		if err != nil || org.UserCreationEnabled {
			return err
		}
	}
	return directory.ErrUnlicensed
}

// mayBillFor asks for an admin of the org that is to pay for somebody else.
func (s *Service) mayBillFor(ctx context.Context, tx transaction.Tx, viewer directory.Viewer, orgID string) error {
	if orgID == "" {
		return nil
	}
	_, err := s.desk.Org(ctx, tx, viewer, orgID, directory.Admin)
	if errors.Is(err, directory.ErrNoOrg) {
		return refusal.New(refusal.Invalid, "%s is not an org", orgID).Because(refusal.UnknownPayer)
	}
	return err
}

// MemberAccount names an account that an admin of an org acts on.
type MemberAccount struct{ OrgID, UserID string }

// LockUser closes an account on behalf of an admin of the org that made it. Its
// sessions and API tokens end with it. It answers the refusals of managed.
func (s *Service) LockUser(ctx context.Context, caller Caller, account MemberAccount) error {
	return s.changeManaged(ctx, caller, audit.UserLock, account, func(user *identity.User) { user.Locked = true })
}

// UnlockUser undoes LockUser; the waits after wrong passwords are not over with
// it. It answers the refusals of managed.
func (s *Service) UnlockUser(ctx context.Context, caller Caller, account MemberAccount) error {
	return s.changeManaged(ctx, caller, audit.UserUnlock, account, func(user *identity.User) { user.Locked = false })
}

func (s *Service) changeManaged(ctx context.Context, caller Caller, action audit.Action, account MemberAccount, change func(*identity.User)) error {
	return s.change(ctx, caller, action, func(tx transaction.Tx, viewer directory.Viewer) (string, error) {
		user, err := s.managed(ctx, tx, viewer, account.OrgID, account.UserID)
		if err != nil {
			return "", err
		}
		change(&user)
		return user.ID, s.keep(ctx, tx, user)
	})
}
