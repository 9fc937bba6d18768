package dnanexus

import (
	"context"

	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/service"
	wire "github.com/dxauth/dxauth/pkg/dnanexus"
)

// bootstrap creates the first administrator.
func (h *Handler) bootstrap(c call, in wire.BootstrapRequest) (wire.NamedUser, error) {
	switch {
	case in.Code.IsZero():
		return wire.NamedUser{}, missing("code")
	case in.Username == "":
		return wire.NamedUser{}, missing("username")
	case in.Password.IsZero():
		return wire.NamedUser{}, missing("password")
	}
	draft := identity.Draft{Username: in.Username, Email: in.Email, First: in.First, Last: in.Last}
	user, err := h.service.Bootstrap(c.ctx, in.Code.Text(), in.Password.Text(), draft, c.origin)
	return wire.NamedUser{ID: user.ID, Username: user.Handle}, err
}

// findUsers lists all accounts.
func (h *Handler) findUsers(c call, in wire.FindUsersRequest) (response wire.FindUsersResponse, err error) {
	limit, after, err := idPage(in.Limit, in.Starting)
	if err != nil {
		return response, err
	}
	accounts, after, err := h.service.DescribeAccounts(c.ctx, c.caller, after, limit)
	if err != nil {
		return response, err
	}
	response.Results = make([]wire.AdminUser, 0, len(accounts))
	for _, account := range accounts {
		response.Results = append(response.Results, adminUser(account))
	}
	response.Results, response.Next, err = fitting(response.Results, idCursor{after}, func(i int) cursor { return idCursor{accounts[i].ID} })
	return response, err
}

// describeAccount describes one account.
func (h *Handler) describeAccount(c call, in wire.AdminUserRequest) (wire.AdminUser, error) {
	if in.User == "" {
		return wire.AdminUser{}, missing("user")
	}
	account, err := h.service.DescribeAccount(c.ctx, c.caller, in.User)
	if err != nil {
		return wire.AdminUser{}, err
	}
	return adminUser(account), nil
}

func adminUser(account service.Account) wire.AdminUser {
	var owner wire.UserDescription
	addPrivate(&owner, account.User)
	shown := wire.AdminUser{
		ID: account.ID, Username: account.Handle, Email: account.Email,
		First: account.First, Middle: account.Middle, Last: account.Last, Created: owner.Created, BillTo: owner.BillTo,
		Superuser: account.Superuser, Disabled: account.Disabled, Locked: account.Locked,
		Activated: account.Activated, SSO: account.SSO, EmailVerified: account.EmailVerified, TwoFactor: account.TwoFactor, Orgs: []wire.UserOrg{},
	}
	if account.ProvisioningOrg != "" {
		shown.ProvisioningOrg = &account.ProvisioningOrg
	}
	for _, membership := range account.Memberships {
		shown.Orgs = append(shown.Orgs, wire.UserOrg{ID: membership.OrgID, Level: wire.OrgLevel(membership.Level)})
	}
	return shown
}

func (h *Handler) disableUser(c call, in wire.AdminUserRequest) (wire.Empty, error) {
	return actOnUser(c, in, h.service.DisableUser)
}

func (h *Handler) enableUser(c call, in wire.AdminUserRequest) (wire.Empty, error) {
	return actOnUser(c, in, h.service.EnableUser)
}

func (h *Handler) endLock(c call, in wire.AdminUserRequest) (wire.Empty, error) {
	return actOnUser(c, in, h.service.EndLock)
}

// actOnUser calls act with an account, given by user name, ID or e-mail address.
func actOnUser(c call, in wire.AdminUserRequest, act func(context.Context, service.Caller, string) error) (wire.Empty, error) {
	if in.User == "" {
		return wire.Empty{}, missing("user")
	}
	return wire.Empty{}, act(c.ctx, c.caller, in.User)
}

// licenseOrg changes the licences of an org.
func (h *Handler) licenseOrg(c call, in wire.LicenseOrgRequest) (wire.IDResponse, error) {
	if in.Org == "" {
		return wire.IDResponse{}, missing("org")
	}
	licences := directory.Licences{PHI: in.PHIFeaturesEnabled, UserCreation: in.UserCreationEnabled}
	return wire.IDResponse{ID: in.Org}, h.service.LicenseOrg(c.ctx, c.caller, in.Org, licences)
}
