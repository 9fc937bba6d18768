package dnanexus

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/dxauth/dxauth/internal/refserver/web"
	wire "github.com/dxauth/dxauth/pkg/dnanexus"
)

// absentClasses are those of the platform that this server knows of and holds
// nothing of.
var absentClasses = []string{
	"analysis", "app", "applet", "container", "database", "dbcluster", "file", "globalworkflow", "job", "record", "workflow",
}

// anyMethod is the method of a route that takes all methods of its resource
// that have no route of their own.
const anyMethod = "*"

// absentRoutes answer every method of everything that is not here.
func (h *Handler) absentRoutes() []Route {
	var routes []Route
	for _, class := range absentClasses {
		routes = append(routes, Route{Resource: class + "-*", Method: anyMethod, Access: web.OptionalToken, handle: takes(h.absent)})
	}
	return routes
}

// absent refuses in the platform's order: a token that is no good, nobody signed
// in, and only then that there is no such thing. Of an execution, the platform
// says to nobody that permission is missing, and not that a login is.
func (h *Handler) absent(c call, _ wire.Empty) (wire.Empty, error) {
	if c.signedIn() {
		return wire.Empty{}, noObject(c.entity)
	}
	switch wire.ClassOf(c.entity) {
	case "job", "analysis":
		return wire.Empty{}, refusalf(wire.TypePermissionDenied, "VIEW permission required in the project of %s", c.entity)
	default:
		return wire.Empty{}, web.ErrNotSignedIn
	}
}

// findNothing answers the searches for what is not here.
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
	return nothingFound(), h.service.RequireProjects(c.ctx, c.caller, in.Scope.Project)
}

// maxResolved bounds one request of resolveDataObjects.
const maxResolved = 1000

// resolveDataObjects answers one empty list for each object.
func (h *Handler) resolveDataObjects(c call, in wire.ResolveDataObjectsRequest) (wire.ResolveDataObjectsResponse, error) {
	answer := wire.ResolveDataObjectsResponse{Results: [][]json.RawMessage{}}
	if in.Objects == nil {
		return answer, missing("objects")
	}
	if len(in.Objects) > maxResolved {
		return answer, inputError("objects", "an array of at most 1000 elements")
	}
	projects := map[string]bool{in.Project: true}
	for _, object := range in.Objects {
		projects[object.Project] = true
		answer.Results = append(answer.Results, []json.RawMessage{})
	}
	delete(projects, "")
	return answer, h.service.RequireProjects(c.ctx, c.caller, slices.Sorted(maps.Keys(projects))...)
}
