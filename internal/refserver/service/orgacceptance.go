package service

import (
	"context"

	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/budget"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// OwnOrg is an org of which the caller is a member.
type OwnOrg struct {
	directory.Org
	directory.Membership
	IsMaker bool // the org created the caller's account
}

// OwnOrgs returns a page of the caller's orgs, and the after of the next page, empty at
// the end. A page may have few orgs without being the last.
func (s *Service) OwnOrgs(ctx context.Context, caller Caller, after string, limit int) (orgs []OwnOrg, next string, err error) {
	return budget.Page(ctx, after, limit, func(after string, limit int) (budget.Part[OwnOrg, string], error) {
		query := directory.OrgQuery{MinLevel: directory.Member, After: after, Limit: limit}
		return ReadAs(ctx, s, caller, func(tx transaction.Tx, viewer directory.Viewer) (budget.Part[OwnOrg, string], error) {
			return s.someOwnOrgs(ctx, tx, viewer, query)
		})
	})
}

func (s *Service) someOwnOrgs(ctx context.Context, tx transaction.Tx, viewer directory.Viewer, query directory.OrgQuery) (part budget.Part[OwnOrg, string], err error) {
	found, err := s.directory.FindOrgs(ctx, tx, viewer, query)
	if err != nil {
		return part, err
	}
	user, err := tx.UserByID(ctx, viewer.UserID)
	if err != nil {
		return part, err
	}
	part.Next, part.Steps = found.Next, found.Steps+1+len(found.Rows)
	for _, one := range found.Rows {
		org, err := tx.OrgByID(ctx, one.OrgID)
		if err != nil {
			return part, err
		}
		part.Rows = append(part.Rows, OwnOrg{org, one.Membership, user.ProvisioningOrg == org.ID})
		part.Bytes += len(org.Name)
	}
	return part, nil
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
