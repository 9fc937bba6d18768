package dnanexus

// This file is dxauth's own: the platform has none of these routes, and refuses
// them with [TypeResourceNotFound]. With them a user sees, accepts and leaves orgs.

import (
	"context"
	"encoding/json"
)

// Routes of dxauth's own about the caller's orgs, on the auth server.
const (
	RouteFindOwnOrgs = "/account/findOrgs"
	RouteAcceptOrg   = "/account/acceptOrg"
	RouteLeaveOrg    = "/account/leaveOrg"
)

// FindOwnOrgsRequest is the body of /account/findOrgs. To get the next page, every
// field is repeated with starting set to the last response's next.
type FindOwnOrgsRequest struct {
	Limit    *int            `json:"limit,omitempty"`    // 1 to 1000, the default
	Starting json.RawMessage `json:"starting,omitempty"` // opaque
}

// FindOwnOrgsResponse is one page. Next is always there, null at the end. Response of
// /account/findOrgs.
type FindOwnOrgsResponse struct {
	Results []OwnOrg        `json:"results"`
	Next    json.RawMessage `json:"next"`
}

// OwnOrg is an org of which the caller is a member. An org that was accepted, or that
// created the account, sees and restricts the caller's API tokens that name its
// projects, and sets the idle limit.
type OwnOrg struct {
	ID              string   `json:"id"`
	Name            string   `json:"name"`
	Level           OrgLevel `json:"level"`
	Accepted        bool     `json:"accepted"`
	CreatedAccount  bool     `json:"createdAccount"`  // the org created the caller's account
	AutoLogoutAfter *int64   `json:"autoLogoutAfter"` // ms; null: the org sets no idle limit
}

// OwnOrgRequest names an org of the caller. Input of /account/acceptOrg and
// /account/leaveOrg, which refuse an org without the caller as a member with
// [TypeResourceNotFound].
type OwnOrgRequest struct {
	Org string `json:"org"` // ID
}

// FindOwnOrgs returns one page of the orgs of the user. Calls /account/findOrgs.
func (c *Client) FindOwnOrgs(ctx context.Context, request FindOwnOrgsRequest) (FindOwnOrgsResponse, error) {
	return post[FindOwnOrgsResponse](ctx, c, c.config.AuthServer, RouteFindOwnOrgs, request)
}

// AcceptOrg accepts an org of which the user is a member. Calls /account/acceptOrg.
func (c *Client) AcceptOrg(ctx context.Context, request OwnOrgRequest) error {
	_, err := post[json.RawMessage](ctx, c, c.config.AuthServer, RouteAcceptOrg, request)
	return err
}

// LeaveOrg ends the user's membership in an org. Calls /account/leaveOrg.
func (c *Client) LeaveOrg(ctx context.Context, request OwnOrgRequest) error {
	_, err := post[json.RawMessage](ctx, c, c.config.AuthServer, RouteLeaveOrg, request)
	return err
}
