package domain

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/directory"
)

// Org shows an org to anybody; the standing says how much of it there is to see.
// It answers directory.ErrNoOrg.
func (d *Domain) Org(ctx context.Context, caller Caller, id string) (standing directory.Standing, err error) {
	err = d.Read(ctx, caller, func(tx Tx, viewer directory.Viewer) error {
		standing, err = d.desk.DescribeOrg(ctx, tx, viewer, id)
		return err
	})
	return standing, err
}

// changeOrg is Change for a subject that is known before.
func (d *Domain) changeOrg(ctx context.Context, caller Caller, action audit.Action, subject string, f func(Tx, directory.Viewer) error) error {
	return d.Change(ctx, caller, action, func(tx Tx, viewer directory.Viewer) (string, error) { return subject, f(tx, viewer) })
}

// NewOrg makes an org of which the caller is the admin, or returns the ID of the
// one that the same request with the same nonce made; input is a digest of the
// request. It answers the refusals of the desk.
func (d *Domain) NewOrg(ctx context.Context, caller Caller, org directory.Org, nonce, input string) (id string, err error) {
	err = d.db.Write(ctx, func(tx Tx) error {
		return d.withViewer(ctx, tx, caller, func(tx Tx, viewer directory.Viewer) error {
			id, err = d.desk.Once(ctx, tx, viewer, nonce, input, func() (string, error) {
				if err := d.desk.CreateOrg(ctx, tx, viewer, org); err != nil {
					return "", err
				}
				return org.ID, tx.AppendAudit(ctx, d.entry(caller.Origin, caller.User.ID, audit.OrgNew, org.ID))
			})
			return err
		})
	})
	return id, err
}

// UpdateOrg changes an org on behalf of one of its admins. It answers the
// refusals of the desk.
func (d *Domain) UpdateOrg(ctx context.Context, caller Caller, id string, change directory.OrgChange) error {
	return d.changeOrg(ctx, caller, audit.OrgUpdate, id, func(tx Tx, viewer directory.Viewer) error {
		return d.desk.UpdateOrg(ctx, tx, viewer, id, change)
	})
}

// LicenseOrg changes the licences of an org on behalf of an administrator of the
// platform. It answers ErrNotSuperuser and directory.ErrNoOrg.
func (d *Domain) LicenseOrg(ctx context.Context, caller Caller, id string, licences directory.Licences) error {
	return d.Administer(ctx, caller, audit.OrgLicense, func(tx Tx) (string, error) {
		return id, d.desk.License(ctx, tx, id, licences)
	})
}

// InviteMember makes the user with that ID or e-mail address a member of an org.
// It answers the refusals of the desk.
func (d *Domain) InviteMember(ctx context.Context, caller Caller, orgID, invitee string, access directory.AccessChange) error {
	return d.Change(ctx, caller, audit.MemberInvite, func(tx Tx, viewer directory.Viewer) (string, error) {
		if _, err := d.desk.Org(ctx, tx, viewer, orgID, directory.Admin); err != nil {
			return "", err // before the answer would tell who has that address
		}
		userID, err := d.Invitee(ctx, tx, invitee)
		if err != nil {
			return "", err
		}
		return memberSubject(orgID, userID), d.desk.InviteMember(ctx, tx, viewer, orgID, userID, access)
	})
}

// memberSubject is how an audit row names members of an org.
func memberSubject(orgID string, userIDs ...string) string {
	return orgID + "/" + strings.Join(userIDs, ",")
}

// SetMemberAccess changes what members of an org may do. It answers the refusals
// of the desk.
func (d *Domain) SetMemberAccess(ctx context.Context, caller Caller, orgID string, changes map[string]directory.AccessChange) error {
	return d.changeOrg(ctx, caller, audit.MemberAccess, memberSubject(orgID, slices.Sorted(maps.Keys(changes))...), func(tx Tx, viewer directory.Viewer) error {
		return d.desk.SetMemberAccess(ctx, tx, viewer, orgID, changes)
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
func (d *Domain) RemoveMember(ctx context.Context, caller Caller, orgID string, removal Removal) (lost map[string]directory.Level, err error) {
	err = d.changeOrg(ctx, caller, audit.MemberRemove, memberSubject(orgID, removal.UserID), func(tx Tx, viewer directory.Viewer) error {
		if err := d.desk.RemoveMember(ctx, tx, viewer, orgID, removal.UserID); err != nil {
			return err
		}
		if err := d.stopBilling(ctx, tx, orgID, removal.UserID); err != nil || removal.KeepProjects {
			return err
		}
		lost, err = d.desk.RevokeOrgProjects(ctx, tx, viewer, orgID, removal.UserID)
		return err
	})
	return lost, err
}

func (d *Domain) stopBilling(ctx context.Context, tx Tx, orgID, userID string) error {
	user, err := tx.UserByID(ctx, userID)
	if err != nil || user.BillTo != orgID {
		return err
	}
	user.BillTo = ""
	return tx.UpdateUser(ctx, user)
}
