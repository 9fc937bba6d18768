package directory

import (
	"context"

	"github.com/dxauth/dxauth/internal/refusal"
)

// Invite grants a level to the user or org of that ID, or to PUBLIC. It never
// takes away: a lower level than the present one changes nothing. It answers
// ErrNoInvitee.
func (s *Service) Invite(ctx context.Context, tx Tx, viewer Viewer, id, grantee string, level Level) error {
	sight, err := s.Project(ctx, tx, viewer, id, Administer)
	if err != nil {
		return err
	}
	if err := CheckGrant(grantee, level); err != nil {
		return err
	}
	if err := checkGrantee(ctx, tx, grantee); err != nil {
		return err
	}
	if sight.Permissions[grantee] >= level {
		return nil
	}
	if err := tx.SetPermission(ctx, id, grantee, level); err != nil {
		return err
	}
	return tx.TouchProject(ctx, id, s.now())
}

// CheckGrant returns refusal.WrongInput if a grantee can never have a level: everybody
// is given VIEW only.
func CheckGrant(grantee string, level Level) error {
	if grantee == Public && level != View {
		return refusal.Inputf("level", "PUBLIC can be given VIEW only")
	}
	return nil
}

func checkGrantee(ctx context.Context, tx Tx, grantee string) error {
	if grantee == Public {
		return nil
	}
	exists, err := tx.EntityExists(ctx, grantee)
	if err == nil && !exists {
		return ErrNoInvitee
	}
	return err
}

// DecreasePermissions leaves each grantee at most the level named for it; None
// takes everything away. It never grants: a higher level than the present one
// changes nothing. Somebody must keep ADMINISTER.
func (s *Service) DecreasePermissions(ctx context.Context, tx Tx, viewer Viewer, id string, keep map[string]Level) error {
	sight, err := s.Project(ctx, tx, viewer, id, Administer)
	if err != nil {
		return err
	}
	for grantee, level := range keep {
		if err := s.lower(ctx, tx, sight, grantee, level); err != nil {
			return err
		}
	}
	if !hasAdministrator(sight.Permissions) {
		return ErrLastAdmin
	}
	return tx.TouchProject(ctx, id, s.now())
}

// lower also keeps the permissions in sight up to date.
func (s *Service) lower(ctx context.Context, tx Tx, sight ProjectView, grantee string, level Level) error {
	present, has := sight.Permissions[grantee]
	if !has || present <= level {
		return nil
	}
	if level == None {
		delete(sight.Permissions, grantee)
		return tx.RemovePermission(ctx, sight.ID, grantee)
	}
	sight.Permissions[grantee] = level
	return tx.SetPermission(ctx, sight.ID, grantee, level)
}

func hasAdministrator(permissions map[string]Level) bool {
	for _, level := range permissions {
		if level == Administer {
			return true
		}
	}
	return false
}

// Leave gives up the viewer's own permission on a project; what comes through
// orgs or PUBLIC stays. A token that is limited below that permission can't
// give it up. Somebody must keep ADMINISTER.
func (s *Service) Leave(ctx context.Context, tx Tx, viewer Viewer, id string) error {
	sight, err := s.Project(ctx, tx, viewer, id, View)
	if err != nil {
		return err
	}
	own := sight.Permissions[viewer.UserID]
	if viewer.ceiling(sight.Project) < own {
		return denied(own)
	}
	if err := s.lower(ctx, tx, sight, viewer.UserID, None); err != nil {
		return err
	}
	if !hasAdministrator(sight.Permissions) {
		return ErrLastAdmin
	}
	return tx.TouchProject(ctx, id, s.now())
}
