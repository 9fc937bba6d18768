package directory

import (
	"context"
	"errors"

	"github.com/dxauth/dxauth/internal/refusal"
)

// ErrNotManaged refuses what an org may do to the accounts that it made, and to
// no others.
var ErrNotManaged = &refusal.Error{Code: refusal.Denied, Reason: refusal.NotManaged, Message: "the org does not answer for the account"}

// Account is what the rules about orgs and accounts know of an account.
type Account struct {
	UserID          string
	ProvisioningOrg string // ID of the org that made it; empty: none
	Superuser       bool
}

// RequireProvisioner returns an error unless the viewer may make accounts for
// which the org answers: an admin of the org may, if it is licensed to that, and
// an administrator of the platform. Without an org it is an admin of any licensed
// org, as clients make accounts that they invite afterwards. It returns ErrNoOrg,
// refusal.OrgAccess and ErrUnlicensed.
func (s *Service) RequireProvisioner(ctx context.Context, tx Tx, viewer Viewer, orgID string) error {
	if orgID == "" {
		return requireProvisionerOfAny(ctx, tx, viewer)
	}
	org, err := s.Org(ctx, tx, viewer, orgID, Admin)
	if err == nil && !org.UserCreationEnabled && !viewer.Superuser {
		return ErrUnlicensed
	}
	return err
}

func requireProvisionerOfAny(ctx context.Context, tx Tx, viewer Viewer) error {
	if viewer.Superuser {
		return nil
	}
	memberships, err := tx.MembershipsOf(ctx, viewer.UserID)
	if err != nil {
		return err
	}
	for _, membership := range memberships {
		if membership.Level != Admin {
			continue
		}
		org, err := tx.OrgByID(ctx, membership.OrgID)
		if err != nil || org.UserCreationEnabled {
			return err
		}
	}
	return ErrUnlicensed
}

// RequireAnswerable returns an error unless the viewer answers for an account:
// an administrator of the platform does for all, others as RequireProvisioner
// says of the org that made it. It returns ErrNotManaged, too.
func (s *Service) RequireAnswerable(ctx context.Context, tx Tx, viewer Viewer, account Account) error {
	if viewer.Superuser {
		return nil
	}
	if account.ProvisioningOrg == "" || account.Superuser {
		return ErrNotManaged
	}
	return s.RequireProvisioner(ctx, tx, viewer, account.ProvisioningOrg)
}

// HideUnmanaged returns ErrNotManaged in place of an error that says why a viewer
// does not answer for an account, or that there is none: only administrators of
// the platform learn that.
func HideUnmanaged(viewer Viewer, err error) error {
	switch refusal.CodeOf(err) {
	case refusal.Denied, refusal.NotFound:
		if !viewer.Superuser {
			return ErrNotManaged
		}
	}
	return err
}

// RequireMember returns an error unless the viewer is an admin of the org and the
// user a member: ErrNoOrg, refusal.OrgAccess and ErrNoMember.
func (s *Service) RequireMember(ctx context.Context, tx Tx, viewer Viewer, orgID, userID string) error {
	if _, err := s.Org(ctx, tx, viewer, orgID, Admin); err != nil {
		return err
	}
	_, err := tx.Member(ctx, orgID, userID)
	return err
}

// RequireManaged returns ErrNotManaged unless admins of the org may act on the
// account of a member: it must be the org that made the account. Being invited
// into an org gives its admins no power over the account, because anybody can
// make an org and invite anybody. An administrator of the platform is out of the
// reach of orgs, and reaches every account.
func RequireManaged(viewer Viewer, orgID string, account Account) error {
	if !viewer.Superuser && (account.ProvisioningOrg != orgID || account.Superuser) {
		return ErrNotManaged
	}
	return nil
}

// RequirePayer returns an error unless the viewer may let the org pay for somebody
// else; without an org everybody pays for themselves. It returns
// refusal.UnknownPayer and refusal.OrgAccess.
func (s *Service) RequirePayer(ctx context.Context, tx Tx, viewer Viewer, orgID string) error {
	if orgID == "" {
		return nil
	}
	_, err := s.Org(ctx, tx, viewer, orgID, Admin)
	if errors.Is(err, ErrNoOrg) {
		return refusal.New(refusal.Invalid, "%s is not an org", orgID).Because(refusal.UnknownPayer)
	}
	return err
}

// PayerOf checks whom a user wants to pay by default, as CheckPayer does, and
// returns what is stored of it: nothing where it is the user.
func PayerOf(ctx context.Context, tx Tx, userID, payer string) (string, error) {
	err := CheckPayer(ctx, tx, userID, payer)
	switch {
	case errors.Is(err, ErrNoOrg):
		return "", refusal.Inputf("billTo", "must be yourself or an org in which you may bill")
	case err != nil, payer == userID:
		return "", err
	default:
		return payer, nil
	}
}
