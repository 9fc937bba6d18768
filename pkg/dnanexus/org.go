package dnanexus

import (
	"context"
	"encoding/json"
)

// NewOrg makes an org with the route /org/new and returns its ID. It is sent
// once; with a nonce the caller may send the same again.
func (c *Client) NewOrg(ctx context.Context, request NewOrgRequest) (IDResponse, error) {
	return post[IDResponse](ctx, c, c.config.APIServer, RouteNewOrg, request)
}

// DescribeOrg describes the org with the given ID, by /org-xxxx/describe.
func (c *Client) DescribeOrg(ctx context.Context, id string) (OrgDescription, error) {
	return callEntity[OrgDescription](ctx, c, id, "describe", Empty{})
}

// UpdateOrg changes the org with the given ID, by /org-xxxx/update.
func (c *Client) UpdateOrg(ctx context.Context, id string, request UpdateOrgRequest) error {
	_, err := callEntity[json.RawMessage](ctx, c, id, "update", request)
	return err
}

// FindOrgs returns one page of the caller's orgs, by /system/findOrgs.
func (c *Client) FindOrgs(ctx context.Context, request FindOrgsRequest) (FindOrgsResponse, error) {
	return post[FindOrgsResponse](ctx, c, c.config.APIServer, RouteFindOrgs, request)
}

// FindMembers returns one page of the members of an org, by
// /org-xxxx/findMembers.
func (c *Client) FindMembers(ctx context.Context, orgID string, request FindMembersRequest) (FindMembersResponse, error) {
	return callEntity[FindMembersResponse](ctx, c, orgID, "findMembers", request)
}

// InviteToOrg makes a user a member of an org, by /org-xxxx/invite. Somebody who
// is one already is InvalidState.
func (c *Client) InviteToOrg(ctx context.Context, orgID string, request OrgInviteRequest) (InviteResponse, error) {
	return callEntity[InviteResponse](ctx, c, orgID, "invite", request)
}

// SetMemberAccess changes what members of an org may do, by
// /org-xxxx/setMemberAccess. A user who is not a member is ResourceNotFound.
func (c *Client) SetMemberAccess(ctx context.Context, orgID string, request SetMemberAccessRequest) error {
	_, err := callEntity[json.RawMessage](ctx, c, orgID, "setMemberAccess", request)
	return err
}

// RemoveMember takes a user out of an org, by /org-xxxx/removeMember. The last
// admin stays: InvalidState.
func (c *Client) RemoveMember(ctx context.Context, orgID string, request RemoveMemberRequest) (RemoveMemberResponse, error) {
	return callEntity[RemoveMemberResponse](ctx, c, orgID, "removeMember", request)
}

// FindOrgProjects returns one page of the projects that an org pays for, by
// /org-xxxx/findProjects, to one of its admins. A level is a minimum and absent
// unless it is set; the rows of projects that the caller can't reach have NONE.
func (c *Client) FindOrgProjects(ctx context.Context, orgID string, request FindProjectsRequest) (FindProjectsResponse, error) {
	return callEntity[FindProjectsResponse](ctx, c, orgID, "findProjects", request)
}
