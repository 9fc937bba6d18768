package dnanexus

import (
	"context"
	"encoding/json"
)

// ListAuthTokens lists the tokens of the user of the client's token at once. A
// platform without the route answers [TypeResourceNotFound]. Calls
// /account/listAuthTokens.
func (c *Client) ListAuthTokens(ctx context.Context, request ListAuthTokensRequest) (ListAuthTokensResponse, error) {
	return post[ListAuthTokensResponse](ctx, c, c.config.AuthServer, RouteListAuthTokens, request)
}

// FindAccessTokens returns one page of the tokens that match. A platform
// without the route answers [TypeResourceNotFound]. Calls
// /account/findAccessTokens.
func (c *Client) FindAccessTokens(ctx context.Context, request FindAccessTokensRequest) (FindAccessTokensResponse, error) {
	return post[FindAccessTokensResponse](ctx, c, c.config.AuthServer, RouteFindAccessTokens, request)
}

// UpdateAuthToken changes a token of the user. It is an extension like
// ListSessions, and is sent once. Calls /account/updateAuthToken.
func (c *Client) UpdateAuthToken(ctx context.Context, request UpdateAuthTokenRequest) error {
	_, err := post[json.RawMessage](ctx, c, c.config.AuthServer, RouteUpdateAuthToken, request)
	return err
}

// FindMemberTokens returns one page of the API tokens of the members of the org
// with the given ID that reach projects of the org. It is an extension like
// ListSessions. Calls /org-xxxx/findMemberTokens.
func (c *Client) FindMemberTokens(ctx context.Context, orgID string, request FindMemberTokensRequest) (FindMemberTokensResponse, error) {
	return callEntity[FindMemberTokensResponse](ctx, c, orgID, "findMemberTokens", request)
}

// RevokeMemberToken takes the projects of an org out of the reach of a member's
// API token. It is an extension like ListSessions, and is sent once. Calls
// /org-xxxx/revokeMemberToken.
func (c *Client) RevokeMemberToken(ctx context.Context, orgID string, request RevokeMemberTokenRequest) error {
	_, err := callEntity[json.RawMessage](ctx, c, orgID, "revokeMemberToken", request)
	return err
}
