package dnanexus

// This file is dxauth's own: the platform has none of these routes, and refuses
// them with [TypeResourceNotFound]. They are about users who sign in through an OpenID
// provider, and about addresses, by which accounts are linked.

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"

	"github.com/dxauth/dxauth/pkg/secret"
)

// Routes about identities at OpenID providers and about addresses, on the auth server.
// Those that begin with /admin are PermissionDenied to anyone but administrators of the
// platform. All changes are in the audit log.
const (
	RouteFindIdentities = "/admin/findIdentities"
	RouteLinkIdentity   = "/admin/linkIdentity"
	RouteUnlinkIdentity = "/admin/unlinkIdentity"
	RouteVerifyEmail    = "/admin/verifyEmail"
	RouteNewEmailCode   = "/admin/newEmailCode"
	RouteConfirmEmail   = "/account/confirmEmail"
	RouteSendEmailCode  = "/account/sendEmailCode"

	RouteFindOwnIdentities = "/account/findIdentities"
	RouteUnlinkOwnIdentity = "/account/unlinkIdentity"
)

// Identity is an account of a user at an OpenID provider.
type Identity struct {
	Provider string `json:"provider"` // its name on this server; empty: not configured any more
	Issuer   string `json:"issuer"`
	Subject  string `json:"subject"`
	Email    string `json:"email"`  // as the provider said when it was linked
	Linked   int64  `json:"linked"` // ms since 1970
}

// ProviderName returns the name of the provider, or the issuer of one that is not
// configured any more.
func (i Identity) ProviderName() string { return cmp.Or(i.Provider, i.Issuer) }

// FindIdentitiesResponse lists the identities of an account. Response of
// /admin/findIdentities, whose input is an AdminUserRequest.
type FindIdentitiesResponse struct {
	Identities []Identity `json:"identities"`
}

// IdentityRequest names an identity to link or unlink. An identity of another account and
// the last one of an account without a password are InvalidState. Input of
// /admin/linkIdentity and /admin/unlinkIdentity.
type IdentityRequest struct {
	User     string `json:"user"`     // by user name, ID or e-mail address
	Provider string `json:"provider"` // by name or issuer
	Subject  string `json:"subject"`  // the user's ID at the provider
}

// NewEmailCodeResponse has a code with which the user confirms the present address.
// Response of /admin/newEmailCode, whose input is an AdminUserRequest.
type NewEmailCodeResponse struct {
	User    string      `json:"user"` // ID
	Email   string      `json:"email"`
	Code    secret.Wire `json:"code,omitzero"` // none: the server sent it by e-mail
	Expires int64       `json:"expires"`       // ms since 1970
}

// LogValue keeps the code out of logs, JSON ones too.
func (r NewEmailCodeResponse) LogValue() slog.Value { return slog.StringValue(fmt.Sprintf("%+v", r)) }

// ConfirmEmailRequest confirms the address of the caller's account. A code that is wrong,
// used or for another address is refused with [TypeEntryCode]. Input of
// /account/confirmEmail.
type ConfirmEmailRequest struct {
	Code secret.Wire `json:"code"`
}

// LogValue keeps the code out of logs, JSON ones too.
func (r ConfirmEmailRequest) LogValue() slog.Value { return slog.StringValue(fmt.Sprintf("%+v", r)) }

// OwnIdentity is an identity of the caller's account, with an ID to name it by.
type OwnIdentity struct {
	ID string `json:"id"`
	Identity
}

// FindOwnIdentitiesResponse lists the identities of the caller's account. Response of
// /account/findIdentities, whose input is empty.
type FindOwnIdentitiesResponse struct {
	Identities []OwnIdentity `json:"identities"`
}

// UnlinkOwnIdentityRequest removes an identity from the caller's account and ends its other
// sessions. The last one of an account without a password is InvalidState. Input of
// /account/unlinkIdentity.
type UnlinkOwnIdentityRequest struct {
	Proof
	ID string `json:"id"`
}

// LogValue keeps the password out of logs, JSON ones too.
func (r UnlinkOwnIdentityRequest) LogValue() slog.Value {
	return slog.StringValue(fmt.Sprintf("%+v", r))
}

// FindOwnIdentities lists the identities of the caller's account, by
// /account/findIdentities.
func (c *Client) FindOwnIdentities(ctx context.Context) ([]OwnIdentity, error) {
	found, err := post[FindOwnIdentitiesResponse](ctx, c, c.config.AuthServer, RouteFindOwnIdentities, Empty{})
	return found.Identities, err
}

// UnlinkOwnIdentity removes an identity from the caller's account, by
// /account/unlinkIdentity.
func (c *Client) UnlinkOwnIdentity(ctx context.Context, request UnlinkOwnIdentityRequest) error {
	return c.adminAction(ctx, RouteUnlinkOwnIdentity, request)
}

// SendEmailCode has the server send a new code to the address of the caller's account, for
// ConfirmEmail, by /account/sendEmailCode. It replaces an earlier one. A server that sends
// no e-mails, and an address that is confirmed, are InvalidState.
func (c *Client) SendEmailCode(ctx context.Context) error {
	return c.adminAction(ctx, RouteSendEmailCode, Empty{})
}

// FindIdentities lists the identities of an account, by /admin/findIdentities.
func (c *Client) FindIdentities(ctx context.Context, user string) ([]Identity, error) {
	found, err := post[FindIdentitiesResponse](ctx, c, c.config.AuthServer, RouteFindIdentities, AdminUserRequest{User: user})
	return found.Identities, err
}

// LinkIdentity links an identity to an account, by /admin/linkIdentity.
func (c *Client) LinkIdentity(ctx context.Context, request IdentityRequest) error {
	return c.adminAction(ctx, RouteLinkIdentity, request)
}

// UnlinkIdentity removes an identity from an account and ends the sessions of the account,
// by /admin/unlinkIdentity.
func (c *Client) UnlinkIdentity(ctx context.Context, request IdentityRequest) error {
	return c.adminAction(ctx, RouteUnlinkIdentity, request)
}

// VerifyEmail notes that the address of an account is its user's, by /admin/verifyEmail.
func (c *Client) VerifyEmail(ctx context.Context, user string) error {
	return c.adminAction(ctx, RouteVerifyEmail, AdminUserRequest{User: user})
}

// NewEmailCode makes a code with which a user confirms the address of the account, by
// /admin/newEmailCode. It replaces an earlier one.
func (c *Client) NewEmailCode(ctx context.Context, user string) (NewEmailCodeResponse, error) {
	return post[NewEmailCodeResponse](ctx, c, c.config.AuthServer, RouteNewEmailCode, AdminUserRequest{User: user})
}

// ConfirmEmail confirms the address of the caller's account, by /account/confirmEmail.
func (c *Client) ConfirmEmail(ctx context.Context, code secret.Text) error {
	return c.adminAction(ctx, RouteConfirmEmail, ConfirmEmailRequest{Code: code.OnWire()})
}
