package service

import (
	"context"

	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// OwnOrg is an org of which the caller is a member.
type OwnOrg struct {
	directory.Org
	directory.Membership
	IsMaker bool // the org created the caller's account
}

// OwnOrgs is one page of orgs. Next is the After of the next page, empty at the end.
type OwnOrgs struct {
	List []OwnOrg
	Next string
}

// OwnOrgs returns a page of the caller's orgs.
func (s *Service) OwnOrgs(ctx context.Context, caller Caller, after string, limit int) (OwnOrgs, error) {
	return readAs(ctx, s, caller, func(tx transaction.Tx, viewer directory.Viewer) (OwnOrgs, error) {
		query := directory.OrgQuery{MinLevel: directory.Member, After: after, Limit: limit}
		found, err := s.directory.FindOrgs(ctx, tx, viewer, query)
		if err != nil {
			return OwnOrgs{}, err
		}
		user, err := tx.UserByID(ctx, caller.User.ID)
		if err != nil {
			return OwnOrgs{}, err
		}
		page := OwnOrgs{Next: found.Next}
		for _, one := range found.Orgs {
			org, err := tx.OrgByID(ctx, one.OrgID)
			if err != nil {
				return OwnOrgs{}, err
			}
			page.List = append(page.List, OwnOrg{org, one.Membership, user.ProvisioningOrg == org.ID})
		}
		return page, nil
	})
}

// AcceptOrg gives an org of the caller power over the caller's account. It returns
// directory.ErrNoMember.
func (s *Service) AcceptOrg(ctx context.Context, caller Caller, orgID string) error {
	return s.changeOrg(ctx, caller, audit.MemberAccept, memberSubject(orgID, caller.User.ID), func(tx transaction.Tx, viewer directory.Viewer) error {
		return s.directory.Accept(ctx, tx, viewer, orgID)
	})
}

// LeaveOrg ends the caller's membership in an org and all power of the org over the
// caller's account, which does not come back with another invitation. It returns
// directory.ErrNoMember.
func (s *Service) LeaveOrg(ctx context.Context, caller Caller, orgID string) error {
	return s.changeOrg(ctx, caller, audit.MemberLeave, memberSubject(orgID, caller.User.ID), func(tx transaction.Tx, viewer directory.Viewer) error {
		if err := s.directory.LeaveOrg(ctx, tx, viewer, orgID); err != nil {
			return err
		}
		user, err := tx.UserByID(ctx, caller.User.ID)
		if err != nil {
			return err
		}
		if user.BillTo == orgID {
			user.BillTo = ""
		}
		if user.ProvisioningOrg == orgID {
			user.ProvisioningOrg = ""
		}
		return tx.UpdateUser(ctx, user)
	})
}
