package dnanexus

import "context"

// Routes of the API server that look for what projects hold and what runs in
// them, and two that clients test themselves with. The inputs of the searches
// for apps, global workflows and executions have no type here, because nothing
// of them is looked at: use [Client.Call].
const (
	RouteFindDataObjects     = "/system/findDataObjects"
	RouteFindApps            = "/system/findApps"
	RouteFindGlobalWorkflows = "/system/findGlobalWorkflows"
	RouteFindExecutions      = "/system/findExecutions"
	RouteResolveDataObjects  = "/system/resolveDataObjects"
	RouteComeBackLater       = "/system/comeBackLater"
	RouteHeaders             = "/system/headers"
)

// FindDataObjects returns one page of the data objects in scope, by
// /system/findDataObjects. A project that the caller can't see is
// [TypePermissionDenied].
func (c *Client) FindDataObjects(ctx context.Context, request FindDataObjectsRequest) (FindResponse, error) {
	return post[FindResponse](ctx, c, c.config.APIServer, RouteFindDataObjects, request)
}

// ResolveDataObjects looks up data objects by their names, by
// /system/resolveDataObjects.
func (c *Client) ResolveDataObjects(ctx context.Context, request ResolveDataObjectsRequest) (ResolveDataObjectsResponse, error) {
	return post[ResolveDataObjectsResponse](ctx, c, c.config.APIServer, RouteResolveDataObjects, request)
}

// ComeBackLater returns the platform's time, by /system/comeBackLater. Until
// waitUntil it is [TypeServiceUnavailable].
func (c *Client) ComeBackLater(ctx context.Context, request ComeBackLaterRequest) (ComeBackLaterResponse, error) {
	return post[ComeBackLaterResponse](ctx, c, c.config.APIServer, RouteComeBackLater, request)
}

// Headers returns the headers that reached the platform, by their names in lower
// case, by /system/headers. The reference server leaves out those that hold a
// secret.
func (c *Client) Headers(ctx context.Context) (map[string]string, error) {
	return post[map[string]string](ctx, c, c.config.APIServer, RouteHeaders, Empty{})
}
