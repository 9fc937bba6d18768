package dnanexus

import (
	"strings"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/syntax"
	wire "github.com/dxauth/dxauth/pkg/dnanexus"
)

func scopeOf(in *wire.Scope) (*access.Scope, error) {
	if in == nil {
		return nil, nil
	}
	if in.Full == (in.Projects != nil) {
		return nil, inputError("scope", `either {"full": true} or {"projects": {...}}`)
	}
	projects, err := projectsOf(in.Projects)
	if err != nil {
		return nil, err
	}
	for _, org := range in.ExcludedOrgs {
		if !isOrgID(org) {
			return nil, inputError("scope.excludedOrgs", "an array of org IDs")
		}
	}
	scope := access.Scope{Full: in.Full, Projects: projects, NoPHI: in.PHIAccess != nil && !*in.PHIAccess}.Without(in.ExcludedOrgs...)
	return &scope, nil
}

func isOrgID(s string) bool {
	handle, found := strings.CutPrefix(s, wire.ClassOrg+"-")
	return found && handle == strings.ToLower(handle) && syntax.IsOrgHandle(handle)
}

func projectsOf(in map[string]wire.Level) (map[string]directory.Level, error) {
	if len(in) == 0 {
		return nil, nil
	}
	projects := make(map[string]directory.Level, len(in))
	for project, level := range in {
		if project != access.Everything && !wire.IsProjectID(project) {
			return nil, inputError("scope.projects", `a hash of project IDs or "*"`)
		}
		var err error
		if projects[project], err = levelOf("scope.projects."+project, level); err != nil {
			return nil, err
		}
	}
	return projects, nil
}

// wireScope is the reverse of scopeOf.
func wireScope(scope access.Scope) *wire.Scope {
	shown := &wire.Scope{Full: scope.Full, ExcludedOrgs: scope.WithoutOrgs}
	if !scope.Full {
		shown.Projects = make(map[string]wire.Level, len(scope.Projects))
	}
	for project, level := range scope.Projects {
		shown.Projects[project] = wire.Level(level.String())
	}
	if scope.NoPHI {
		shown.PHIAccess = new(bool)
	}
	return shown
}
