package service

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// Org shows an org to anybody; the standing says how much of it there is to see.
// It answers directory.ErrNoOrg.
func (s *Service) Org(ctx context.Context, caller Caller, id string) (directory.OrgView, error) {
	return readAs(ctx, s, caller, func(tx transaction.Tx, viewer directory.Viewer) (directory.OrgView, error) {
		return s.directory.DescribeOrg(ctx, tx, viewer, id)
	})
}

// FindOrgs returns a page of the orgs that the caller is in.
func (s *Service) FindOrgs(ctx context.Context, caller Caller, query directory.OrgQuery) (directory.OrgPage, error) {
	return readAs(ctx, s, caller, func(tx transaction.Tx, viewer directory.Viewer) (directory.OrgPage, error) {
		return s.directory.FindOrgs(ctx, tx, viewer, query)
	})
}

// MemberQuery says which members of an org are looked for.
type MemberQuery struct {
	directory.MemberQuery
	Users bool // fill in the users
}

// OrgMember is a member of an org.
type OrgMember struct {
	directory.Membership
	User identity.User // where the query asks for it
}

// MemberPage is a part of the result. Next is the After of the next page, empty
// at the end.
type MemberPage struct {
	Members []OrgMember
	Next    string
}

// OrgMembers returns a page of the members of an org to those who may see them.
// It returns directory.ErrNoOrg and refusal.OrgAccess.
func (s *Service) OrgMembers(ctx context.Context, caller Caller, orgID string, query MemberQuery) (MemberPage, error) {
	return readAs(ctx, s, caller, func(tx transaction.Tx, viewer directory.Viewer) (MemberPage, error) {
		found, err := s.directory.FindMembers(ctx, tx, viewer, orgID, query.MemberQuery)
		if err != nil {
			return MemberPage{}, err
		}
		page := MemberPage{Members: make([]OrgMember, len(found.Members)), Next: found.Next}
		for i, membership := range found.Members {
			page.Members[i].Membership = membership
			if !query.Users {
				continue
			}
			if page.Members[i].User, err = tx.UserByID(ctx, membership.UserID); err != nil {
				return MemberPage{}, err
			}
		}
		return page, nil
	})
}

// changeOrg is change for a subject that is known before.
func (s *Service) changeOrg(ctx context.Context, caller Caller, action audit.Action, subject string, f func(transaction.Tx, directory.Viewer) error) error {
	return s.change(ctx, caller, action, func(tx transaction.Tx, viewer directory.Viewer) (string, error) { return subject, f(tx, viewer) })
}

// NewOrg makes an org of which the caller is the admin, or returns the ID of the
// one that the same request with the same nonce made; input is a digest of the
// request. It answers the refusals of the desk.
func (s *Service) NewOrg(ctx context.Context, caller Caller, org directory.Org, nonce, input string) (string, error) {
	return transaction.Write(ctx, s.db, func(tx transaction.Tx) (id string, err error) {
		err = s.withViewer(ctx, tx, caller, func(tx transaction.Tx, viewer directory.Viewer) (err error) {
			id, err = s.directory.Once(ctx, tx, viewer, nonce, input, func() (string, error) {
				if err := s.directory.CreateOrg(ctx, tx, viewer, org); err != nil {
					return "", err
				}
				return org.ID, tx.AppendAudit(ctx, s.auditEntry(caller.Origin, caller.User.ID, audit.OrgNew, org.ID))
			})
			return err
		})
		return id, err
	})
}

// UpdateOrg changes an org on behalf of one of its admins. It answers the
// refusals of the desk.
func (s *Service) UpdateOrg(ctx context.Context, caller Caller, id string, change directory.OrgChange) error {
	return s.changeOrg(ctx, caller, audit.OrgUpdate, id, func(tx transaction.Tx, viewer directory.Viewer) error {
		return s.directory.UpdateOrg(ctx, tx, viewer, id, change)
	})
}

// LicenseOrg changes the licences of an org on behalf of an administrator of the
// platform. It answers ErrNotSuperuser and directory.ErrNoOrg.
func (s *Service) LicenseOrg(ctx context.Context, caller Caller, id string, licences directory.Licences) error {
	return s.administer(ctx, caller, audit.OrgLicense, func(tx transaction.Tx) (string, error) {
		return id, s.directory.License(ctx, tx, id, licences)
	})
}

// InviteMember makes the user with that ID or e-mail address a member of an org.
// It answers the refusals of the desk.
func (s *Service) InviteMember(ctx context.Context, caller Caller, orgID, invitee string, access directory.AccessChange) error {
	return s.change(ctx, caller, audit.MemberInvite, func(tx transaction.Tx, viewer directory.Viewer) (string, error) {
		if _, err := s.directory.Org(ctx, tx, viewer, orgID, directory.Admin); err != nil {
			return "", err // before the answer would tell who has that address
		}
		userID, err := inviteeID(ctx, tx, invitee)
		if err != nil {
			return "", err
		}
		return memberSubject(orgID, userID), s.directory.InviteMember(ctx, tx, viewer, orgID, userID, access)
	})
}

// memberSubject is how an audit row names members of an org.
func memberSubject(orgID string, userIDs ...string) string {
	return orgID + "/" + strings.Join(userIDs, ",")
}

// SetMemberAccess changes what members of an org may do. It answers the refusals
// of the desk.
func (s *Service) SetMemberAccess(ctx context.Context, caller Caller, orgID string, changes map[string]directory.AccessChange) error {
	return s.changeOrg(ctx, caller, audit.MemberAccess, memberSubject(orgID, slices.Sorted(maps.Keys(changes))...), func(tx transaction.Tx, viewer directory.Viewer) error {
		return s.directory.SetMemberAccess(ctx, tx, viewer, orgID, changes)
	})
}

// Removal says who is taken out of an org.
type Removal struct {
	UserID       string
	KeepProjects bool // the user's own grants on projects that the org pays for
}

// RemoveMember takes a user out of an org, and returns which levels on projects
// the user lost with it. An org that the user bills to by default is so no more.
// It answers the refusals of the desk.
func (s *Service) RemoveMember(ctx context.Context, caller Caller, orgID string, removal Removal) (map[string]directory.Level, error) {
	type levels = map[string]directory.Level
	return changeAs(ctx, s, caller, audit.MemberRemove, func(tx transaction.Tx, viewer directory.Viewer) (lost levels, subject string, err error) {
		subject = memberSubject(orgID, removal.UserID)
		if err := s.directory.RemoveMember(ctx, tx, viewer, orgID, removal.UserID); err != nil {
			return nil, subject, err
		}
		if err := s.stopBilling(ctx, tx, orgID, removal.UserID); err != nil || removal.KeepProjects {
			return nil, subject, err
		}
		lost, err = s.directory.RevokeOrgProjects(ctx, tx, viewer, orgID, removal.UserID)
		return lost, subject, err
	})
}

func (s *Service) stopBilling(ctx context.Context, tx transaction.Tx, orgID, userID string) error {
	user, err := tx.UserByID(ctx, userID)
	if err != nil || user.BillTo != orgID {
		return err
	}
	user.BillTo = ""
	return tx.UpdateUser(ctx, user)
}
