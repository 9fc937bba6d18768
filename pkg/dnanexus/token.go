package dnanexus

import (
	"context"
)

// ListAuthTokens returns the tokens of the user of the client's token at once. A
// platform without the route refuses it with [TypeResourceNotFound]. Calls
// /account/listAuthTokens.
func (c *Client) ListAuthTokens(ctx context.Context, request ListAuthTokensRequest) (ListAuthTokensResponse, error) {
	return post[ListAuthTokensResponse](ctx, c, c.config.AuthServer, RouteListAuthTokens, request)
}

// FindAccessTokens returns one page of the tokens that match. A platform
// without the route refuses it with [TypeResourceNotFound]. Calls
// /account/findAccessTokens.
func (c *Client) FindAccessTokens(ctx context.Context, request FindAccessTokensRequest) (FindAccessTokensResponse, error) {
	return post[FindAccessTokensResponse](ctx, c, c.config.AuthServer, RouteFindAccessTokens, request)
}
