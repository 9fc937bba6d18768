package directory

import (
	"context"

	"github.com/dxauth/dxauth/internal/refserver/quota"
)

// Accept gives an org of which the viewer is a member power over the viewer's account.
// It does nothing if the viewer accepted the org before. It returns ErrNoMember, also
// for an unknown org.
func (s *Service) Accept(ctx context.Context, tx Tx, viewer Viewer, orgID string) error {
	membership, err := requireMembership(ctx, tx, viewer, orgID)
	if err != nil || membership.Accepted {
		return err
	}
	if err := tx.AcceptOrg(ctx, orgID, viewer.UserID); err != nil {
		return err
	}
	accepted, err := tx.CountAccepted(ctx, viewer.UserID, quota.AcceptedOrgs.Max()+1)
	if err != nil {
		return err
	}
	return quota.AcceptedOrgs.Check(accepted)
}

// LeaveOrg ends the viewer's membership in an org. Every member can leave, even the
// last admin: otherwise an org could keep a user by making that user its only admin.
// An org without admins is left to the administrators of the platform. Permissions
// that the viewer has without the org stay. It returns ErrNoMember, also for an
// unknown org.
func (s *Service) LeaveOrg(ctx context.Context, tx Tx, viewer Viewer, orgID string) error {
	if _, err := requireMembership(ctx, tx, viewer, orgID); err != nil {
		return err
	}
	return tx.RemoveMember(ctx, orgID, viewer.UserID)
}

func requireMembership(ctx context.Context, tx Tx, viewer Viewer, orgID string) (Membership, error) {
	membership, err := viewer.membership(ctx, tx, orgID)
	if err == nil && membership.Level == "" {
		err = ErrNoMember
	}
	return membership, err
}
