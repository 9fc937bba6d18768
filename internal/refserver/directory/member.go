package directory

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/dxauth/dxauth/internal/refserver/quota"
	"github.com/dxauth/dxauth/internal/refusal"
)

// MemberQuery selects members of an org.
type MemberQuery struct {
	OrgID string
	IDs   []string // of users; nil: all members
	Level OrgLevel // exactly; empty: any
	After string   // ID of the last member of the previous page
	Limit int      // of members on a page; at least 1
}

// MemberPage is one page of members. Next is the After of the next page, empty at
// the end.
type MemberPage struct {
	Members []Membership
	Next    string
}

// FindMembers returns a page of the members of an org if its policy lets the
// viewer see them. A query for the viewer alone is always allowed. It returns
// ErrNoOrg and refusal.OrgAccess.
func (s *Service) FindMembers(ctx context.Context, tx Tx, viewer Viewer, orgID string, query MemberQuery) (MemberPage, error) {
	view, err := ViewOrg(ctx, tx, viewer, orgID, Everybody)
	if err != nil {
		return MemberPage{}, err
	}
	self := len(query.IDs) == 1 && query.IDs[0] == viewer.UserID && !viewer.excludes(orgID)
	if !self && !view.Level.includes(view.MemberList) {
		return MemberPage{}, orgDenied(orgID, view.MemberList)
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

// AccessChange is a change of a membership; the empty level keeps the level.
type AccessChange struct {
	Level OrgLevel
	RightsChange
}

// RightsChange is a change of a member's rights; nil keeps a right.
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
// starts from the default rights of the new level.
func (c AccessChange) apply(m Membership) Membership {
	if c.Level != "" && c.Level != m.Level {
		accepted := m.Accepted
		m = NewMembership(m.OrgID, m.UserID, c.Level)
		m.Accepted = accepted
	}
	if m.Level != Admin {
		m.Rights = c.RightsChange.Apply(m.Rights)
	}
	return m
}

// InviteMember makes a user a member of an org immediately. The membership counts as
// accepted if the org created the account. An admin gets all rights, no matter which
// ones the invitation names. It returns ErrNoOrg,
// refusal.OrgAccess, ErrNoInvitee, and ErrIsMember: SetMemberAccess changes the
// access of an existing member.
func (s *Service) InviteMember(ctx context.Context, tx Tx, viewer Viewer, orgID string, invitee Account, access AccessChange) error {
	if _, err := ViewOrg(ctx, tx, viewer, orgID, Admin); err != nil {
		return err
	}
	if err := checkUser(ctx, tx, invitee.UserID); err != nil {
		return err
	}
	_, err := tx.Member(ctx, orgID, invitee.UserID)
	switch {
	case err == nil:
		return ErrIsMember
	case !errors.Is(err, ErrNoMember):
		return err
	}
	if access.Level == "" {
		access.Level = Member
	}
	membership := access.apply(NewMembership(orgID, invitee.UserID, access.Level))
	membership.Accepted = invitee.ProvisioningOrg == orgID
	if err := tx.SetMember(ctx, orgID, membership); err != nil {
		return err
	}
	members, err := tx.CountMembers(ctx, orgID, quota.Members.Max()+1)
	if err != nil {
		return err
	}
	return quota.Members.Check(members)
}

// UserIDs returns the IDs of members.
func UserIDs(members []Membership) []string {
	ids := make([]string, len(members))
	for i, member := range members {
		ids[i] = member.UserID
	}
	return ids
}

func checkUser(ctx context.Context, tx Tx, id string) error {
	exists, err := tx.EntityExists(ctx, id)
	if err == nil && (!exists || !strings.HasPrefix(id, "user-")) {
		return ErrNoInvitee
	}
	return err
}

// SetMemberAccess changes the access of members of an org, of all of them or of
// none. An admin has all rights, so a change to that level must not name any. It
// returns ErrNoOrg, refusal.OrgAccess, ErrNoMember, ErrLastOfOrg and
// refusal.WrongInput.
func (s *Service) SetMemberAccess(ctx context.Context, tx Tx, viewer Viewer, orgID string, changes map[string]AccessChange) error {
	if _, err := ViewOrg(ctx, tx, viewer, orgID, Admin); err != nil {
		return err
	}
	if err := quota.MembersAtOnce.Check(len(changes)); err != nil {
		return err
	}
	ids := slices.Sorted(maps.Keys(changes))
	members, err := tx.Members(ctx, MemberQuery{OrgID: orgID, IDs: ids, Limit: len(ids)})
	if err != nil {
		return err
	}
	present := map[string]Membership{}
	for _, member := range members {
		present[member.UserID] = member
	}
	after := map[memberAccess][]string{}
	anyDemoted := false
	for _, userID := range ids {
		member, isMember := present[userID]
		if !isMember {
			return ErrNoMember
		}
		changed := changes[userID].apply(member)
		if changed.Level == Admin && changes[userID].RightsChange != (RightsChange{}) {
			return refusal.Inputf(userID, "must have no other key: an ADMIN has every right")
		}
		anyDemoted = anyDemoted || member.Level == Admin && changed.Level != Admin
		access := memberAccess{changed.Level, changed.Rights}
		after[access] = append(after[access], userID)
	}
	for access, userIDs := range after {
		if err := tx.ChangeMembers(ctx, orgID, userIDs, access.level, access.rights); err != nil {
			return err
		}
	}
	if !anyDemoted {
		return nil
	}
	return checkAdmins(ctx, tx, orgID)
}

// memberAccess is what several members may have in common.
type memberAccess struct {
	level  OrgLevel
	rights Rights
}

// checkAdmins returns ErrLastOfOrg if an org has no admin left.
func checkAdmins(ctx context.Context, tx Tx, orgID string) error {
	admins, err := tx.Members(ctx, MemberQuery{OrgID: orgID, Level: Admin, Limit: 1})
	if err == nil && len(admins) == 0 {
		return ErrLastOfOrg
	}
	return err
}

// RemoveMember removes a user from an org. It does nothing if the user is not a
// member. It returns ErrNoOrg, refusal.OrgAccess, ErrNoInvitee and ErrLastOfOrg.
func (s *Service) RemoveMember(ctx context.Context, tx Tx, viewer Viewer, orgID, userID string) error {
	if _, err := ViewOrg(ctx, tx, viewer, orgID, Admin); err != nil {
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

// revokedAtOnce is how many permissions one call of RevokeOrgProjects removes.
const revokedAtOnce = 100

// RevokeOrgProjects removes some of a user's own permissions on the projects that an org
// pays for, and returns them by project. More means that others are left. A project that
// has no administrator then gets an admin of the org as one: the viewer, or else the
// first admin.
func (s *Service) RevokeOrgProjects(ctx context.Context, tx Tx, viewer Viewer, orgID, userID string) (revoked map[string]Level, more bool, err error) {
	grants, err := tx.GrantsOn(ctx, orgID, userID, revokedAtOnce)
	if err != nil || len(grants) == 0 {
		return grants, false, err
	}
	successor, err := successorAdmin(ctx, tx, viewer, orgID)
	if err != nil {
		return nil, false, err
	}
	projects, users := slices.Sorted(maps.Keys(grants)), []string{userID}
	if err := tx.RemovePermissions(ctx, projects, users); err != nil {
		return nil, false, err
	}
	orphans, err := tx.ProjectsWithout(ctx, Administer, projects)
	if err != nil {
		return nil, false, err
	}
	if err := tx.SetPermissions(ctx, orphans, []string{successor}, Administer); err != nil {
		return nil, false, err
	}
	return grants, len(grants) == revokedAtOnce, tx.TouchProjects(ctx, s.now(), projects...)
}

func successorAdmin(ctx context.Context, tx Tx, viewer Viewer, orgID string) (string, error) {
	own, err := viewer.membership(ctx, tx, orgID)
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
