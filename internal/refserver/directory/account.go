package directory

import (
	"context"
	"errors"

	"github.com/dxauth/dxauth/internal/refusal"
)

// ErrNotManaged means that an org tried to act on an account that it did not
// create.
var ErrNotManaged = &refusal.Error{Code: refusal.Denied, Reason: refusal.NotManaged, Message: "the org does not manage the account"}

// Account holds the parts of a user account that the rules about orgs need.
type Account struct {
	UserID          string
	ProvisioningOrg string // ID of the org that created it; empty: none
	Superuser       bool
}

// RequireProvisioner returns an error unless the viewer may create accounts that
// the org manages. An admin of the org may if the org is licensed for it, and so
// may an administrator of the platform. Without an org, an admin of any licensed
// org may, because clients create an account first and invite it afterwards. It
// returns ErrNoOrg, refusal.OrgAccess and ErrUnlicensed.
func (s *Service) RequireProvisioner(ctx context.Context, tx Tx, viewer Viewer, orgID string) error {
	if orgID == "" {
		return requireProvisionerOfAny(ctx, tx, viewer)
	}
	org, err := ViewOrg(ctx, tx, viewer, orgID, Admin)
	if err == nil && !org.UserCreationEnabled && !viewer.Superuser {
		return ErrUnlicensed
	}
	return err
}

// maxProvisioners is how many orgs of a user are searched for one with a licence. Others can
// invite a user into any number of orgs; whoever is in more has to name the org.
const maxProvisioners = 1000

func requireProvisionerOfAny(ctx context.Context, tx Tx, viewer Viewer) error {
	if viewer.Superuser {
		return nil
	}
	memberships, err := tx.MembershipsAfter(ctx, viewer.UserID, "", maxProvisioners)
	if err != nil {
		return err
	}
	for _, membership := range memberships {
		if membership.Level != Admin || viewer.excludes(membership.OrgID) {
			continue
		}
		org, err := tx.OrgByID(ctx, membership.OrgID)
		if err != nil || org.UserCreationEnabled {
			return err
		}
	}
	return ErrUnlicensed
}

// RequireAnswerable returns an error unless the viewer may manage an account: an
// administrator of the platform may manage every account, others the accounts of
// orgs for which RequireProvisioner lets them create accounts. It returns the
// errors of RequireProvisioner and ErrNotManaged.
func (s *Service) RequireAnswerable(ctx context.Context, tx Tx, viewer Viewer, account Account) error {
	if viewer.Superuser {
		return nil
	}
	if account.ProvisioningOrg == "" || account.Superuser {
		return ErrNotManaged
	}
	return s.RequireProvisioner(ctx, tx, viewer, account.ProvisioningOrg)
}

// HideUnmanaged replaces an error that says why a viewer may not manage an
// account, or that the account does not exist, by ErrNotManaged. Only
// administrators of the platform see the original error.
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
// user is a member of it: ErrNoOrg, refusal.OrgAccess or ErrNoMember.
func (s *Service) RequireMember(ctx context.Context, tx Tx, viewer Viewer, orgID, userID string) error {
	if _, err := ViewOrg(ctx, tx, viewer, orgID, Admin); err != nil {
		return err
	}
	_, err := tx.Member(ctx, orgID, userID)
	return err
}

// RequireManaged returns ErrNotManaged unless admins of the org may act on the
// account of a member: the org must have created the account. An invitation to an
// org gives its admins no power over the account, because any user can create an
// org and invite any other user. Orgs can't act on administrators of the platform,
// who can act on every account.
func RequireManaged(viewer Viewer, orgID string, account Account) error {
	if !viewer.Superuser && (account.ProvisioningOrg != orgID || account.Superuser) {
		return ErrNotManaged
	}
	return nil
}

// RequirePayer returns an error unless the viewer may let the org pay for another
// user; without an org, users pay for themselves. It returns refusal.UnknownPayer
// and refusal.OrgAccess.
func (s *Service) RequirePayer(ctx context.Context, tx Tx, viewer Viewer, orgID string) error {
	if orgID == "" {
		return nil
	}
	_, err := ViewOrg(ctx, tx, viewer, orgID, Admin)
	if errors.Is(err, ErrNoOrg) {
		return refusal.New(refusal.Invalid, "%s is not an org", orgID).Because(refusal.UnknownPayer)
	}
	return err
}

// PayerOf checks the default payer that a viewer chose and returns what to store: the
// empty string if it is the viewer. It returns refusal.WrongInput for a payer that is
// neither the viewer nor an org, and refusal.Billing.
func PayerOf(ctx context.Context, tx Tx, viewer Viewer, payer string) (string, error) {
	err := checkPayer(ctx, tx, viewer, payer)
	switch {
	case errors.Is(err, ErrNoOrg):
		return "", refusal.Inputf("billTo", "must be yourself or an org in which you may bill")
	case err != nil, payer == viewer.UserID:
		return "", err
	default:
		return payer, nil
	}
}
