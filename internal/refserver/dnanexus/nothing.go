package dnanexus

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/dxauth/dxauth/internal/refserver/service/projects"
	"github.com/dxauth/dxauth/internal/refserver/web"
	wire "github.com/dxauth/dxauth/pkg/dnanexus"
)

// absentClasses are the classes of the platform of which this server has no
// entities.
var absentClasses = []string{
	"analysis", "app", "applet", "container", "database", "dbcluster", "file", "globalworkflow", "job", "record", "workflow",
}

// anyMethod is the method of a route for all methods of its resource that have no
// route of their own.
const anyMethod = "*"

// absentRoutes returns routes that refuse every method of the absent classes.
func (h *Handler) absentRoutes() []Route {
	var routes []Route
	for _, class := range absentClasses {
		routes = append(routes, Route{Resource: class + "-*", Method: anyMethod, Access: web.OptionalToken, handle: takesPart(h.absent)})
	}
	return routes
}

// absent refuses in the platform's order: an invalid token first, then a missing
// login, then the unknown entity. For an execution, every caller gets
// PermissionDenied, as on the platform.
func (h *Handler) absent(c call, _ wire.Empty) (wire.Empty, error) {
	class := wire.ClassOf(c.entity)
	switch {
	case class == "job" || class == "analysis":
		return wire.Empty{}, refusalf(wire.TypePermissionDenied, "VIEW permission required in the project of %s", c.entity)
	case c.signedIn():
		return wire.Empty{}, noObject(c.entity)
	default:
		return wire.Empty{}, web.ErrNotSignedIn
	}
}

// findNothing returns no results, for searches of the absent classes.
func (h *Handler) findNothing(call, wire.Empty) (wire.FindResponse, error) {
	return nothingFound(), nil
}

func nothingFound() wire.FindResponse {
	return wire.FindResponse{Results: []json.RawMessage{}, Next: json.RawMessage("null")}
}

// findDataObjects finds nothing in projects that the caller can see.
func (h *Handler) findDataObjects(c call, in wire.FindDataObjectsRequest) (wire.FindResponse, error) {
	if in.Scope == nil || in.Scope.Project == "" {
		return nothingFound(), nil
	}
	return nothingFound(), projects.RequireVisible(c.ctx, h.service, c.caller, in.Scope.Project)
}

// maxResolved is the maximum number of objects in a request of resolveDataObjects.
const maxResolved = 1000

// resolveDataObjects returns an empty list for each object.
func (h *Handler) resolveDataObjects(c call, in wire.ResolveDataObjectsRequest) (wire.ResolveDataObjectsResponse, error) {
	response := wire.ResolveDataObjectsResponse{Results: [][]json.RawMessage{}}
	if in.Objects == nil {
		return response, missing("objects")
	}
	if len(in.Objects) > maxResolved {
		return response, inputError("objects", "an array of at most 1000 elements")
	}
	named := map[string]bool{in.Project: true}
	for _, object := range in.Objects {
		named[object.Project] = true
		response.Results = append(response.Results, []json.RawMessage{})
	}
	delete(named, "")
	return response, projects.RequireVisible(c.ctx, h.service, c.caller, slices.Sorted(maps.Keys(named))...)
}
