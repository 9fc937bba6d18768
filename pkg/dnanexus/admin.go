package dnanexus

import (
	"context"
	"encoding/json"
)

// The methods of this file are for administrators of the platform, and
// extensions: another platform answers [TypeResourceNotFound].

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
// tokens end. One's own is InvalidState.
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
