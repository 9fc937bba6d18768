package directory

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/dxauth/dxauth/internal/refusal"
)

// MemberQuery says which members are looked for.
type MemberQuery struct {
	OrgID string
	IDs   []string // of users; nil: all members
	Level OrgLevel // exactly; empty: any
	After string   // ID of the last member of the page before
	Limit int      // of members on a page; at least 1
}

// MemberPage is a part of the answer. Next is the After of the next page, empty
// at the end.
type MemberPage struct {
	Members []Membership
	Next    string
}

// FindMembers returns a page of the members of an org to those who may see them
// by its policy. Everybody may look for themselves alone. It answers ErrNoOrg
// and refusal.OrgAccess.
func (s *Service) FindMembers(ctx context.Context, tx Tx, viewer Viewer, orgID string, query MemberQuery) (MemberPage, error) {
	standing, err := s.Org(ctx, tx, viewer, orgID, Everybody)
	if err != nil {
		return MemberPage{}, err
	}
	self := len(query.IDs) == 1 && query.IDs[0] == viewer.UserID && !slices.Contains(viewer.Excluded, orgID)
	if !self && !standing.Level.includes(standing.MemberList) {
		return MemberPage{}, orgDenied(orgID, standing.MemberList)
	}
	oneMore := query
	oneMore.OrgID, oneMore.Limit = orgID, query.Limit+1
	var page MemberPage
	page.Members, err = tx.Members(ctx, oneMore)
	if len(page.Members) > query.Limit {
		page.Members = page.Members[:query.Limit]
		page.Next = page.Members[query.Limit-1].UserID
	}
	return page, err
}

// AccessChange is what changes of a membership; the empty level stays as it is.
type AccessChange struct {
	Level OrgLevel
	RightsChange
}

// RightsChange is what changes of the rights of a member; nil stays as it is.
type RightsChange struct {
	ProjectAccess              *Level
	AllowBillableActivities    *bool
	AppAccess                  *bool
	CloudIntegrationManagement *bool
	TREManagement              *bool
	ArchivalManagement         *bool
	DataDeletion               *bool
	DataSearch                 *bool
	ProjectMemberDemotion      *bool
}

// Apply returns the rights with the change.
func (c RightsChange) Apply(r Rights) Rights {
	set(&r.ProjectAccess, c.ProjectAccess)
	set(&r.AllowBillableActivities, c.AllowBillableActivities)
	set(&r.AppAccess, c.AppAccess)
	set(&r.CloudIntegrationManagement, c.CloudIntegrationManagement)
	set(&r.TREManagement, c.TREManagement)
	set(&r.ArchivalManagement, c.ArchivalManagement)
	set(&r.DataDeletion, c.DataDeletion)
	set(&r.DataSearch, c.DataSearch)
	set(&r.ProjectMemberDemotion, c.ProjectMemberDemotion)
	return r
}

// apply changes a membership. An admin has all rights, so a change of level
// starts from what the new one gives by itself.
func (c AccessChange) apply(m Membership) Membership {
	if c.Level != "" && c.Level != m.Level {
		m = NewMembership(m.OrgID, m.UserID, c.Level)
	}
	if m.Level != Admin {
		m.Rights = c.RightsChange.Apply(m.Rights)
	}
	return m
}

// InviteMember makes a user a member of an org, at once. An admin has all rights,
// whatever else the invitation says. It answers ErrNoOrg, refusal.OrgAccess,
// ErrNoInvitee, and ErrIsMember: what a member may do is changed by
// SetMemberAccess.
func (s *Service) InviteMember(ctx context.Context, tx Tx, viewer Viewer, orgID, userID string, access AccessChange) error {
	if _, err := s.Org(ctx, tx, viewer, orgID, Admin); err != nil {
		return err
	}
	if err := checkUser(ctx, tx, userID); err != nil {
		return err
	}
	_, err := tx.Member(ctx, orgID, userID)
	switch {
	case err == nil:
		return ErrIsMember
	case !errors.Is(err, ErrNoMember):
		return err
	}
	if access.Level == "" {
		access.Level = Member
	}
	return tx.SetMember(ctx, orgID, access.apply(NewMembership(orgID, userID, access.Level)))
}

func checkUser(ctx context.Context, tx Tx, id string) error {
	exists, err := tx.EntityExists(ctx, id)
	if err == nil && (!exists || !strings.HasPrefix(id, "user-")) {
		return ErrNoInvitee
	}
	return err
}

// SetMemberAccess changes what members of an org may do, of all or of none of
// them. An admin has all rights, so beside that level no other is named. It
// answers ErrNoOrg, refusal.OrgAccess, ErrNoMember, ErrLastOfOrg and
// refusal.WrongInput.
func (s *Service) SetMemberAccess(ctx context.Context, tx Tx, viewer Viewer, orgID string, changes map[string]AccessChange) error {
	if _, err := s.Org(ctx, tx, viewer, orgID, Admin); err != nil {
		return err
	}
	lost := false
	for _, userID := range slices.Sorted(maps.Keys(changes)) {
		demoted, err := setAccess(ctx, tx, orgID, userID, changes[userID])
		if err != nil {
			return err
		}
		lost = lost || demoted
	}
	if !lost {
		return nil
	}
	return checkAdmins(ctx, tx, orgID)
}

// setAccess also reports whether an admin is one no more.
func setAccess(ctx context.Context, tx Tx, orgID, userID string, change AccessChange) (demoted bool, err error) {
	present, err := tx.Member(ctx, orgID, userID)
	if err != nil {
		return false, err
	}
	changed := change.apply(present)
	if changed.Level == Admin && change.RightsChange != (RightsChange{}) {
		return false, refusal.Inputf(userID, "must have no other key: an ADMIN has every right")
	}
	return present.Level == Admin && changed.Level != Admin, tx.SetMember(ctx, orgID, changed)
}

// checkAdmins answers ErrLastOfOrg where an org has no admin left.
func checkAdmins(ctx context.Context, tx Tx, orgID string) error {
	admins, err := tx.Members(ctx, MemberQuery{OrgID: orgID, Level: Admin, Limit: 1})
	if err == nil && len(admins) == 0 {
		return ErrLastOfOrg
	}
	return err
}

// RemoveMember takes a user out of an org; that there is no such member is no
// error. It answers ErrNoOrg, refusal.OrgAccess, ErrNoInvitee and ErrLastOfOrg.
func (s *Service) RemoveMember(ctx context.Context, tx Tx, viewer Viewer, orgID, userID string) error {
	if _, err := s.Org(ctx, tx, viewer, orgID, Admin); err != nil {
		return err
	}
	if err := checkUser(ctx, tx, userID); err != nil {
		return err
	}
	present, err := tx.Member(ctx, orgID, userID)
	if errors.Is(err, ErrNoMember) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := tx.RemoveMember(ctx, orgID, userID); err != nil || present.Level != Admin {
		return err
	}
	return checkAdmins(ctx, tx, orgID)
}

// RevokeOrgProjects takes from a user what was granted to the user alone on the
// projects that an org pays for, and returns it by project. Where nobody else
// administers one of them, an admin of the org does from then on: the viewer, or
// the first.
func (s *Service) RevokeOrgProjects(ctx context.Context, tx Tx, viewer Viewer, orgID, userID string) (map[string]Level, error) {
	grants, err := tx.GrantsOn(ctx, orgID, userID)
	if err != nil || len(grants) == 0 {
		return grants, err
	}
	heir, err := successorAdmin(ctx, tx, viewer, orgID)
	if err != nil {
		return nil, err
	}
	for _, projectID := range slices.Sorted(maps.Keys(grants)) {
		if err := s.bequeath(ctx, tx, projectID, userID, heir); err != nil {
			return nil, err
		}
	}
	return grants, nil
}

func successorAdmin(ctx context.Context, tx Tx, viewer Viewer, orgID string) (string, error) {
	own, err := membershipOf(ctx, tx, orgID, viewer.UserID)
	if err != nil {
		return "", err
	}
	if own.Level == Admin {
		return viewer.UserID, nil
	}
	admins, err := tx.Members(ctx, MemberQuery{OrgID: orgID, Level: Admin, Limit: 1})
	if err != nil {
		return "", err
	}
	if len(admins) == 0 {
		return "", ErrLastOfOrg
	}
	return admins[0].UserID, nil
}

// bequeath takes a user off a project and keeps it administered.
func (s *Service) bequeath(ctx context.Context, tx Tx, projectID, userID, heir string) error {
	if err := tx.RemovePermission(ctx, projectID, userID); err != nil {
		return err
	}
	permissions, err := tx.Permissions(ctx, projectID)
	if err != nil {
		return err
	}
	if !hasAdministrator(permissions) {
		if err := tx.SetPermission(ctx, projectID, heir, Administer); err != nil {
			return err
		}
	}
	return tx.TouchProject(ctx, projectID, s.now())
}
