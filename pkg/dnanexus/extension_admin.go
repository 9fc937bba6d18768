package dnanexus

// This file is dxauth's own: the platform has none of these routes, and refuses
// them with [TypeResourceNotFound]. They are for administrators of the platform.

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"

	"github.com/dxauth/dxauth/pkg/secret"
)

// Routes of dxauth's own for administrators of the platform, on the auth server. All but the first
// are PermissionDenied to anyone else, and all that they change is in the audit
// log.
const (
	RouteBootstrap   = "/admin/bootstrap"
	RouteFindUsers   = "/admin/findUsers"
	RouteAdminUser   = "/admin/describeUser"
	RouteDisableUser = "/admin/disableUser"
	RouteEnableUser  = "/admin/enableUser"
	RouteUnlockUser  = "/admin/unlockUser"
	RouteLicenseOrg  = "/admin/licenseOrg"
)

// BootstrapRequest makes the first user of an empty server, who is an
// administrator, with the code that the server printed at its start. It needs no
// token. A wrong code is refused with [TypeEntryCode]. Input of
// /admin/bootstrap.
type BootstrapRequest struct {
	Code     secret.Wire `json:"code"`
	Username string      `json:"username"`
	Email    string      `json:"email"`
	First    string      `json:"first,omitempty"` // this or the last name is needed
	Last     string      `json:"last,omitempty"`
	Password secret.Wire `json:"password"` // at least 8 characters
}

// LogValue keeps the secrets out of logs, JSON ones too.
func (r BootstrapRequest) LogValue() slog.Value { return slog.StringValue(fmt.Sprintf("%+v", r)) }

// AdminUserRequest names an account by user name, ID or e-mail address. An
// unknown one is ResourceNotFound. Input of /admin/describeUser, disableUser,
// enableUser and unlockUser.
type AdminUserRequest struct {
	User string `json:"user"`
}

// AdminUser is an account as an administrator of the platform sees it.
type AdminUser struct {
	ID              string    `json:"id"`
	Username        string    `json:"username"`
	Email           string    `json:"email"`
	First           string    `json:"first"`
	Middle          string    `json:"middle"`
	Last            string    `json:"last"`
	Created         int64     `json:"created"` // ms since 1970
	Superuser       bool      `json:"superuser"`
	Disabled        bool      `json:"disabled"`        // by an administrator of the platform
	Locked          bool      `json:"locked"`          // by an admin of the provisioning org
	Activated       bool      `json:"activated"`       // has a password, or signs in at an identity provider
	SSO             bool      `json:"sso"`             // signs in at an identity provider only
	EmailVerified   bool      `json:"emailVerified"`   // the address is known to be the user's
	TwoFactor       bool      `json:"twoFactor"`       // 2FA is on
	ProvisioningOrg *string   `json:"provisioningOrg"` // null: none
	BillTo          string    `json:"billTo"`
	Orgs            []UserOrg `json:"orgs"` // the first 1000
}

// UserOrg is an org of a user.
type UserOrg struct {
	ID    string   `json:"id"`
	Level OrgLevel `json:"level"`
}

// FindUsersRequest lists all accounts, in the order of their IDs. To get the
// next page, every field is repeated with starting set to the last response's
// next. Input of /admin/findUsers.
type FindUsersRequest struct {
	Limit    *int            `json:"limit,omitempty"`    // 1 to 1000, the default
	Starting json.RawMessage `json:"starting,omitempty"` // opaque
}

// FindUsersResponse is one page. Next is always there, null at the end. Response
// of /admin/findUsers.
type FindUsersResponse struct {
	Results []AdminUser     `json:"results"`
	Next    json.RawMessage `json:"next"`
}

// LicenseOrgRequest changes the licences of an org; what is absent does
// not change. Input of /admin/licenseOrg.
type LicenseOrgRequest struct {
	Org                 string `json:"org"` // ID
	PHIFeaturesEnabled  *bool  `json:"phiFeaturesEnabled,omitempty"`
	UserCreationEnabled *bool  `json:"userCreationFeaturesEnabled,omitempty"`
}

// Bootstrap makes the first administrator, by /admin/bootstrap. It needs no token.
func (c *Client) Bootstrap(ctx context.Context, request BootstrapRequest) (NamedUser, error) {
	return post[NamedUser](ctx, c, c.config.AuthServer, RouteBootstrap, request)
}

// FindUsers returns one page of all accounts, by /admin/findUsers.
func (c *Client) FindUsers(ctx context.Context, request FindUsersRequest) (FindUsersResponse, error) {
	return post[FindUsersResponse](ctx, c, c.config.AuthServer, RouteFindUsers, request)
}

// AdminUser describes an account, by /admin/describeUser.
func (c *Client) AdminUser(ctx context.Context, user string) (AdminUser, error) {
	return post[AdminUser](ctx, c, c.config.AuthServer, RouteAdminUser, AdminUserRequest{User: user})
}

// DisableUser closes an account, by /admin/disableUser. Its sessions and API
// tokens end. The caller's own is InvalidState.
func (c *Client) DisableUser(ctx context.Context, user string) error {
	return c.adminAction(ctx, RouteDisableUser, AdminUserRequest{User: user})
}

// EnableUser undoes DisableUser, by /admin/enableUser.
func (c *Client) EnableUser(ctx context.Context, user string) error {
	return c.adminAction(ctx, RouteEnableUser, AdminUserRequest{User: user})
}

// AdminUnlockUser undoes LockUser and ends the waits after wrong guesses, by
// /admin/unlockUser.
func (c *Client) AdminUnlockUser(ctx context.Context, user string) error {
	return c.adminAction(ctx, RouteUnlockUser, AdminUserRequest{User: user})
}

// LicenseOrg changes the licences of an org, by /admin/licenseOrg.
func (c *Client) LicenseOrg(ctx context.Context, request LicenseOrgRequest) error {
	return c.adminAction(ctx, RouteLicenseOrg, request)
}

func (c *Client) adminAction(ctx context.Context, route string, request any) error {
	_, err := post[json.RawMessage](ctx, c, c.config.AuthServer, route, request)
	return err
}
