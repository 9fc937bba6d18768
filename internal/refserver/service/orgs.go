package service

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/budget"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// Org returns an org to any caller; its Level says how much of it the caller may
// see. It returns directory.ErrNoOrg.
func (s *Service) Org(ctx context.Context, caller Caller, id string) (directory.OrgView, error) {
	return ReadAs(ctx, s, caller, func(tx transaction.Tx, viewer directory.Viewer) (directory.OrgView, error) {
		return s.directory.DescribeOrg(ctx, tx, viewer, id)
	})
}

// FindOrgs returns a page of the orgs of which the caller is a member, and the After of
// the next page, empty at the end. A page may have few orgs without being the last.
func (s *Service) FindOrgs(ctx context.Context, caller Caller, query directory.OrgQuery) (orgs []directory.FoundOrg, next string, err error) {
	type part = budget.Part[directory.FoundOrg, string]
	return budget.Page(ctx, query.After, query.Limit, func(after string, limit int) (part, error) {
		query.After, query.Limit = after, limit
		return ReadAs(ctx, s, caller, func(tx transaction.Tx, viewer directory.Viewer) (part, error) {
			return s.directory.FindOrgs(ctx, tx, viewer, query)
		})
	})
}

// MemberQuery selects members of an org.
type MemberQuery struct {
	directory.MemberQuery
	Users bool // fill in the users
}

// OrgMember is a member of an org.
type OrgMember struct {
	directory.Membership
	User identity.User // if the query asks for it
}

// membersAtOnce is how many members one transaction reads. Others run in between.
const membersAtOnce = 100

// OrgMembers returns a page of the members of an org to those who may see them, and the
// After of the next page, empty at the end. It returns directory.ErrNoOrg and
// refusal.OrgAccess.
func (s *Service) OrgMembers(ctx context.Context, caller Caller, orgID string, query MemberQuery) (members []OrgMember, next string, err error) {
	return budget.Page(ctx, query.After, query.Limit, func(after string, limit int) (budget.Part[OrgMember, string], error) {
		query.After, query.Limit = after, min(membersAtOnce, limit)
		return ReadAs(ctx, s, caller, func(tx transaction.Tx, viewer directory.Viewer) (budget.Part[OrgMember, string], error) {
			return s.someMembers(ctx, tx, viewer, orgID, query)
		})
	})
}

func (s *Service) someMembers(ctx context.Context, tx transaction.Tx, viewer directory.Viewer, orgID string, query MemberQuery) (part budget.Part[OrgMember, string], err error) {
	found, err := s.directory.FindMembers(ctx, tx, viewer, orgID, query.MemberQuery)
	if err != nil {
		return part, err
	}
	users := map[string]identity.User{}
	if query.Users {
		if users, err = tx.UsersByID(ctx, directory.UserIDs(found.Members)); err != nil {
			return part, err
		}
	}
	part.Next = found.Next
	for _, membership := range found.Members {
		member := OrgMember{membership, users[membership.UserID]}
		part.Rows = append(part.Rows, member)
		part.Steps, part.Bytes = part.Steps+2, part.Bytes+member.User.Size()
	}
	return part, err
}

// changeOrg is change for a subject that is known in advance.
func (s *Service) changeOrg(ctx context.Context, caller Caller, action audit.Action, subject string, f func(transaction.Tx, directory.Viewer) error) error {
	return s.Change(ctx, caller, action, func(tx transaction.Tx, viewer directory.Viewer) (string, error) { return subject, f(tx, viewer) })
}

// NewOrg creates an org with the caller as its admin. If the same request was sent
// before with the same nonce, it returns the ID of the org created then; input is a
// digest of the request. It returns the errors of directory.CreateOrg and
// directory.Once.
func (s *Service) NewOrg(ctx context.Context, caller Caller, org directory.Org, nonce, input string) (string, error) {
	return transaction.Write(ctx, s.db, func(tx transaction.Tx) (id string, err error) {
		err = s.withViewer(ctx, tx, caller, func(tx transaction.Tx, viewer directory.Viewer) (err error) {
			id, err = s.directory.Once(ctx, tx, viewer, nonce, input, func() (string, error) {
				if err := s.directory.CreateOrg(ctx, tx, viewer, org); err != nil {
					return "", err
				}
				return org.ID, tx.AppendAudit(ctx, s.AuditEntry(caller.Origin, caller.User.ID, audit.OrgNew, org.ID))
			})
			return err
		})
		return id, err
	})
}

// UpdateOrg changes an org on behalf of one of its admins. It returns the errors of
// directory.UpdateOrg.
func (s *Service) UpdateOrg(ctx context.Context, caller Caller, id string, change directory.OrgChange) error {
	return s.changeOrg(ctx, caller, audit.OrgUpdate, id, func(tx transaction.Tx, viewer directory.Viewer) error {
		return s.directory.UpdateOrg(ctx, tx, viewer, id, change)
	})
}

// LicenseOrg changes the licences of an org on behalf of an administrator of the
// platform. It returns access.ErrNotSuperuser and directory.ErrNoOrg.
func (s *Service) LicenseOrg(ctx context.Context, caller Caller, id string, licences directory.Licences) error {
	return s.administer(ctx, caller, audit.OrgLicense, func(tx transaction.Tx) (string, error) {
		return id, s.directory.License(ctx, tx, id, licences)
	})
}

// InviteMember makes the user with that ID or e-mail address a member of an org. It
// returns the errors of directory.InviteMember.
func (s *Service) InviteMember(ctx context.Context, caller Caller, orgID, invitee string, access directory.AccessChange) error {
	return s.Change(ctx, caller, audit.MemberInvite, func(tx transaction.Tx, viewer directory.Viewer) (string, error) {
		if _, err := directory.ViewOrg(ctx, tx, viewer, orgID, directory.Admin); err != nil {
			return "", err // first, so that only admins learn whose address it is
		}
		userID, err := InviteeID(ctx, tx, invitee)
		if err != nil {
			return "", err
		}
		user, err := tx.UserByID(ctx, userID)
		if errors.Is(err, identity.ErrNoUser) {
			err = directory.ErrNoInvitee
		}
		if err != nil {
			return "", err
		}
		return memberSubject(orgID, userID), s.directory.InviteMember(ctx, tx, viewer, orgID, managedAccount(user), access)
	})
}

// memberSubject returns the subject of an audit row about members of an org.
func memberSubject(orgID string, userIDs ...string) string {
	return orgID + "/" + strings.Join(userIDs, ",")
}

// SetMemberAccess changes the access of members of an org. It returns the errors of
// directory.SetMemberAccess.
func (s *Service) SetMemberAccess(ctx context.Context, caller Caller, orgID string, changes map[string]directory.AccessChange) error {
	return s.changeOrg(ctx, caller, audit.MemberAccess, memberSubject(orgID, slices.Sorted(maps.Keys(changes))...), func(tx transaction.Tx, viewer directory.Viewer) error {
		return s.directory.SetMemberAccess(ctx, tx, viewer, orgID, changes)
	})
}

// Removal says which member is removed from an org.
type Removal struct {
	UserID       string
	KeepProjects bool // keep the user's own permissions on projects that the org pays for
}

// RemoveMember removes a user from an org, and returns the permissions on projects
// that the user lost. The org stops being the user's default payer. It returns the
// errors of directory.RemoveMember.
//
// Permissions beyond those of the first transaction are removed afterwards, even if the
// client has gone. If that fails, the same request removes what is left.
func (s *Service) RemoveMember(ctx context.Context, caller Caller, orgID string, removal Removal) (map[string]directory.Level, error) {
	first, err := ChangeAs(ctx, s, caller, audit.MemberRemove, func(tx transaction.Tx, viewer directory.Viewer) (revoked revokedPermissions, subject string, err error) {
		subject = memberSubject(orgID, removal.UserID)
		if err := s.directory.RemoveMember(ctx, tx, viewer, orgID, removal.UserID); err != nil {
			return revoked, subject, err
		}
		if err := s.stopBilling(ctx, tx, orgID, removal.UserID); err != nil || removal.KeepProjects {
			return revoked, subject, err
		}
		revoked.levels, revoked.more, err = s.directory.RevokeOrgProjects(ctx, tx, viewer, orgID, removal.UserID)
		return revoked, subject, err
	})
	if err != nil || !first.more {
		return first.levels, err
	}
	return s.revokeRest(context.WithoutCancel(ctx), caller, orgID, removal.UserID, first.levels)
}

// revokedPermissions are permissions on projects that a user lost. More means that there
// are others to lose.
type revokedPermissions struct {
	levels map[string]directory.Level
	more   bool
}

// revokeRest removes what RemoveMember left, and adds it to the revoked permissions. It
// stops if the user is a member again.
func (s *Service) revokeRest(ctx context.Context, caller Caller, orgID, userID string, revoked map[string]directory.Level) (map[string]directory.Level, error) {
	all := maps.Clone(revoked)
	err := inSlices(ctx, func(ctx context.Context) (bool, error) {
		slice, err := transaction.Write(ctx, s.db, func(tx transaction.Tx) (slice revokedPermissions, err error) {
			if _, err := tx.Member(ctx, orgID, userID); !errors.Is(err, directory.ErrNoMember) {
				return slice, err
			}
			err = s.withViewer(ctx, tx, caller, func(tx transaction.Tx, viewer directory.Viewer) (err error) {
				slice.levels, slice.more, err = s.directory.RevokeOrgProjects(ctx, tx, viewer, orgID, userID)
				return err
			})
			return slice, err
		})
		maps.Copy(all, slice.levels)
		return slice.more, err
	})
	return all, err
}

func (s *Service) stopBilling(ctx context.Context, tx transaction.Tx, orgID, userID string) error {
	user, err := tx.UserByID(ctx, userID)
	if err != nil || user.BillTo != orgID {
		return err
	}
	user.BillTo = ""
	return tx.UpdateUser(ctx, user)
}
