package tokenscope

import (
	"maps"

	"github.com/dxauth/dxauth/internal/platform"
)

// JSON is what a token reaches, for --json.
type JSON struct {
	Full         bool              `json:"full"`     // it reaches everything
	Projects     map[string]string `json:"projects"` // level by project ID, or by * for all; empty if the scope is full
	PHIAccess    bool              `json:"phiAccess"`
	ExcludedOrgs []string          `json:"excludedOrgs"` // whose projects an admin excluded
}

// JSONOf returns a scope for --json.
func JSONOf(scope platform.Scope) JSON {
	shown := JSON{Full: scope.Full, Projects: map[string]string{}, PHIAccess: !scope.NoPHI, ExcludedOrgs: append([]string{}, scope.WithoutOrgs...)}
	maps.Copy(shown.Projects, scope.Projects)
	return shown
}
