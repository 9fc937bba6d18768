package dnanexus

import (
	"context"
	"encoding/json"
)

// FindProjects returns one page of the projects that match, by
// /system/findProjects. Without a level only projects with CONTRIBUTE or more
// are found. Filters that make no sense are [TypeInvalidInput].
func (c *Client) FindProjects(ctx context.Context, request FindProjectsRequest) (FindProjectsResponse, error) {
	return post[FindProjectsResponse](ctx, c, c.config.APIServer, RouteFindProjects, request)
}

// NewProject makes a project and returns its ID, by /project/new. PHI where the
// payer has no licence for it is [TypePermissionDenied], with a text that begins
// "PHI features must be enabled for"; an unknown org as payer is
// [TypeResourceNotFound], a region that is not permitted [TypeInvalidInput].
func (c *Client) NewProject(ctx context.Context, request NewProjectRequest) (IDResponse, error) {
	return post[IDResponse](ctx, c, c.config.APIServer, RouteNewProject, request)
}

// DescribeProject describes the project with the given ID, by
// /project-xxxx/describe. Below VIEW it is [TypePermissionDenied].
func (c *Client) DescribeProject(ctx context.Context, id string, request DescribeProjectRequest) (ProjectDescription, error) {
	return callEntity[ProjectDescription](ctx, c, id, "describe", request)
}

// UpdateProject changes the project with the given ID, by /project-xxxx/update.
// Another version than the one in the request is [TypeInvalidState].
func (c *Client) UpdateProject(ctx context.Context, id string, request UpdateProjectRequest) error {
	return c.changeProject(ctx, id, "update", request)
}

// DestroyProject removes a project with all that is in it, by
// /project-xxxx/destroy. It does not ask for running jobs to be ended: a
// platform refuses while there are any. Needs ADMINISTER.
func (c *Client) DestroyProject(ctx context.Context, id string) error {
	return c.changeProject(ctx, id, "destroy", DestroyProjectRequest{})
}

// LeaveProject gives up the caller's own permission on a project, by
// /project-xxxx/leave. The last administrator stays: [TypeInvalidState].
func (c *Client) LeaveProject(ctx context.Context, id string) error {
	return c.changeProject(ctx, id, "leave", Empty{})
}

// Invite grants a level on a project, by /project-xxxx/invite. It never lowers
// one. Needs ADMINISTER; an unknown user is [TypeResourceNotFound].
func (c *Client) Invite(ctx context.Context, projectID string, request InviteRequest) (InviteResponse, error) {
	return callEntity[InviteResponse](ctx, c, projectID, "invite", request)
}

// DecreasePermissions lowers levels on a project or takes them away, by
// /project-xxxx/decreasePermissions. It never raises one. Needs ADMINISTER; the
// last administrator stays: [TypeInvalidState].
func (c *Client) DecreasePermissions(ctx context.Context, projectID string, request DecreasePermissionsRequest) error {
	return c.changeProject(ctx, projectID, "decreasePermissions", request)
}

// AddTags labels a project with tags, by /project-xxxx/addTags.
func (c *Client) AddTags(ctx context.Context, projectID string, tags ...string) error {
	return c.changeProject(ctx, projectID, "addTags", TagsRequest{Tags: tags})
}

// RemoveTags takes tags from a project, by /project-xxxx/removeTags.
func (c *Client) RemoveTags(ctx context.Context, projectID string, tags ...string) error {
	return c.changeProject(ctx, projectID, "removeTags", TagsRequest{Tags: tags})
}

// SetProperties sets and unsets properties of a project, by
// /project-xxxx/setProperties. An empty name is [TypeInvalidInput], with a text
// that has "nonempty strings" in it.
func (c *Client) SetProperties(ctx context.Context, projectID string, request SetPropertiesRequest) error {
	return c.changeProject(ctx, projectID, "setProperties", request)
}

// ListFolder lists one folder of a project, by /project-xxxx/listFolder. A
// folder that does not exist is [TypeResourceNotFound]. Needs VIEW.
func (c *Client) ListFolder(ctx context.Context, projectID string, request ListFolderRequest) (FolderListing, error) {
	return callEntity[FolderListing](ctx, c, projectID, "listFolder", request)
}

// NewFolder makes a folder in a project, by /project-xxxx/newFolder. Without
// parents, a missing parent is [TypeResourceNotFound] and a folder that is there
// already [TypeInvalidState]. Needs UPLOAD.
func (c *Client) NewFolder(ctx context.Context, projectID string, request NewFolderRequest) error {
	return c.changeProject(ctx, projectID, "newFolder", request)
}

// RemoveFolder removes a folder of a project, by /project-xxxx/removeFolder. A
// folder that is not empty is [TypeInvalidState] without recurse, one that does
// not exist [TypeResourceNotFound] without force.
func (c *Client) RemoveFolder(ctx context.Context, projectID string, request RemoveFolderRequest) (RemoveFolderResponse, error) {
	return callEntity[RemoveFolderResponse](ctx, c, projectID, "removeFolder", request)
}

// RenameFolder gives a folder another path, by /project-xxxx/renameFolder. A
// path that is taken is [TypeInvalidState].
func (c *Client) RenameFolder(ctx context.Context, projectID string, request RenameFolderRequest) error {
	return c.changeProject(ctx, projectID, "renameFolder", request)
}

// RemoveObjects removes data objects from a project, by
// /project-xxxx/removeObjects. One that is not there is [TypeResourceNotFound]
// without force.
func (c *Client) RemoveObjects(ctx context.Context, projectID string, request RemoveObjectsRequest) error {
	return c.changeProject(ctx, projectID, "removeObjects", request)
}

// changeProject calls a method of which nothing but its success matters.
func (c *Client) changeProject(ctx context.Context, id, method string, request any) error {
	_, err := callEntity[json.RawMessage](ctx, c, id, method, request)
	return err
}
