package directory

import (
	"context"
	"maps"

	"github.com/dxauth/dxauth/internal/refserver/quota"
	"github.com/dxauth/dxauth/internal/refusal"
)

// Invite grants a level to the user or org with that ID, or to PUBLIC. It never
// lowers a level: one below the present level changes nothing. It returns
// ErrNoInvitee.
func (s *Service) Invite(ctx context.Context, tx Tx, viewer Viewer, id, grantee string, level Level) error {
	view, err := s.Project(ctx, tx, viewer, id, Administer)
	if err != nil {
		return err
	}
	if err := CheckGrant(grantee, level); err != nil {
		return err
	}
	if err := checkGrantee(ctx, tx, grantee); err != nil {
		return err
	}
	present, has := view.Permissions[grantee]
	if present >= level {
		return nil
	}
	if !has && len(view.Permissions) >= quota.Permissions.Max() {
		return quota.Permissions.Reached()
	}
	if err := tx.SetPermission(ctx, id, grantee, level); err != nil {
		return err
	}
	return tx.TouchProjects(ctx, s.now(), id)
}

// CheckGrant returns refusal.WrongInput if a grantee can't have a level: PUBLIC
// can have VIEW only.
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

// DecreasePermissions lowers each grantee to the level named for it; None removes
// the permission. It never grants: a level above the present one changes nothing.
// It returns ErrNoInvitee if a grantee does not exist, and ErrLastAdmin if no grantee
// would keep ADMINISTER.
func (s *Service) DecreasePermissions(ctx context.Context, tx Tx, viewer Viewer, id string, keep map[string]Level) error {
	view, err := s.Project(ctx, tx, viewer, id, Administer)
	if err != nil {
		return err
	}
	if err := knownGrantees(ctx, tx, view, keep); err != nil {
		return err
	}
	return s.lower(ctx, tx, view, keep)
}

// knownGrantees returns ErrNoInvitee if a grantee neither has a permission nor exists.
func knownGrantees(ctx context.Context, tx Tx, view ProjectView, keep map[string]Level) error {
	var others []string
	for grantee := range keep {
		if _, has := view.Permissions[grantee]; !has && grantee != Public {
			others = append(others, grantee)
		}
	}
	if len(others) == 0 {
		return nil
	}
	exist, err := tx.EntitiesExist(ctx, others)
	if err == nil && !exist {
		return ErrNoInvitee
	}
	return err
}

// lower lowers the levels of grantees, unless no grantee would keep ADMINISTER.
func (s *Service) lower(ctx context.Context, tx Tx, view ProjectView, keep map[string]Level) error {
	after, lowered := maps.Clone(view.Permissions), map[Level][]string{}
	for grantee, level := range keep {
		if present, has := after[grantee]; !has || present <= level {
			continue
		}
		after[grantee] = level // None gives nothing
		lowered[level] = append(lowered[level], grantee)
	}
	if !hasAdministrator(after) {
		return ErrLastAdmin
	}
	project := []string{view.ID}
	if err := tx.RemovePermissions(ctx, project, lowered[None]); err != nil {
		return err
	}
	for _, level := range []Level{View, Upload, Contribute} {
		if err := tx.SetPermissions(ctx, project, lowered[level], level); err != nil {
			return err
		}
	}
	return tx.TouchProjects(ctx, s.now(), view.ID)
}

func hasAdministrator(permissions map[string]Level) bool {
	for _, level := range permissions {
		if level == Administer {
			return true
		}
	}
	return false
}

// Leave removes the viewer's own permission on a project; those through orgs or
// PUBLIC stay. A token that is limited below that permission can't remove it. It
// returns ErrLastAdmin if no grantee would keep ADMINISTER.
func (s *Service) Leave(ctx context.Context, tx Tx, viewer Viewer, id string) error {
	view, err := s.Project(ctx, tx, viewer, id, View)
	if err != nil {
		return err
	}
	own := view.Permissions[viewer.UserID]
	if viewer.ceiling(view.Project) < own {
		return denied(own)
	}
	return s.lower(ctx, tx, view, map[string]Level{viewer.UserID: None})
}
