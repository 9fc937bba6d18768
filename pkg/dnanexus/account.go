package dnanexus

import (
	"context"
	"encoding/json"
)

// ListSessions lists where the user of the client's token is signed in. It is
// an extension: another platform answers [TypeResourceNotFound]. Calls
// /account/listSessions.
func (c *Client) ListSessions(ctx context.Context) (ListSessionsResponse, error) {
	return post[ListSessionsResponse](ctx, c, c.config.AuthServer, RouteListSessions, Empty{})
}

// DestroySessions ends sessions of the user. It is an extension like
// ListSessions, and is never repeated by itself: with a password, each try
// counts against the account's lock-out. Calls /account/destroySessions.
func (c *Client) DestroySessions(ctx context.Context, request DestroySessionsRequest) error {
	_, err := post[json.RawMessage](ctx, c, c.config.AuthServer, RouteDestroySessions, request)
	return err
}
