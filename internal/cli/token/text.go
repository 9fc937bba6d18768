package token

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/cli/format"
	"github.com/dxauth/dxauth/internal/platform"
)

// maxEntries is how many entries of a scope are listed; more are counted.
const maxEntries = 2

// scopeText describes what a token reaches. names has the names of projects by ID; a
// project without a name is shown by its ID.
func scopeText(scope platform.Scope, names map[string]string) string {
	switch {
	case scope.Full:
		return limited("everything", scope)
	case scopeIsUnknown(scope):
		return limited("not known", scope)
	case len(scope.Projects) <= maxEntries:
		return limited(strings.Join(scopeEntries(scope, names), ", "), scope)
	default:
		return countedScope(scope)
	}
}

// countedScope is scopeText without the names of projects.
func countedScope(scope platform.Scope) string {
	named := len(scope.Projects)
	var entries []string
	if level, all := scope.Projects[platform.Everything]; all {
		entries = append(entries, platform.Everything+"="+level)
		named--
	}
	switch named {
	case 0:
	case 1:
		entries = append(entries, "1 project")
	default:
		entries = append(entries, fmt.Sprintf("%d projects", named))
	}
	if entries == nil {
		return scopeText(scope, nil)
	}
	return limited(strings.Join(entries, ", "), scope)
}

// limited appends the exceptions of a scope to the text.
func limited(text string, scope platform.Scope) string {
	return strings.Join(append([]string{text}, exceptions(scope)...), ", ")
}

// exceptions lists what a scope excludes.
func exceptions(scope platform.Scope) []string {
	var list []string
	if scope.NoPHI {
		list = append(list, "no PHI")
	}
	for _, org := range scope.WithoutOrgs {
		list = append(list, "not "+org)
	}
	return list
}

// scopeIsUnknown reports whether the platform does not say the scope: no real scope
// is empty.
func scopeIsUnknown(scope platform.Scope) bool { return !scope.Full && len(scope.Projects) == 0 }

// scopeEntries returns the entries as --project takes them, the one for all projects
// first.
func scopeEntries(scope platform.Scope, names map[string]string) []string {
	var entries []string
	for _, id := range slices.Sorted(maps.Keys(scope.Projects)) {
		entries = append(entries, cmp.Or(names[id], id)+"="+scope.Projects[id])
	}
	return entries
}

// usedText says when and from where a token was last used.
func usedText(t platform.Token, now time.Time) string {
	switch {
	case t.UseUnknown:
		return "last use unknown"
	case t.LastUsed.IsZero():
		return "never used"
	}
	text := "last used " + format.AgoText(t.LastUsed, now)
	if t.Address != "" {
		text += " from " + t.Address
	}
	return text
}

// someNames joins the names of projects, as many as fit a sentence.
func someNames(projects []projectJSON) string {
	const most = 5
	var names []string
	for _, p := range projects[:min(most, len(projects))] {
		names = append(names, p.Name)
	}
	text := strings.Join(names, ", ")
	if more := len(projects) - most; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// projectJSON is a project that a token reaches.
type projectJSON struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// scopeJSON is what a token reaches.
type scopeJSON struct {
	Full         bool              `json:"full"`     // it reaches everything
	Projects     map[string]string `json:"projects"` // level by project ID, or by * for all; empty if the scope is full
	PHIAccess    bool              `json:"phiAccess"`
	ExcludedOrgs []string          `json:"excludedOrgs"` // whose projects an admin excluded
}

func scopeOf(scope platform.Scope) scopeJSON {
	shown := scopeJSON{Full: scope.Full, Projects: map[string]string{}, PHIAccess: !scope.NoPHI, ExcludedOrgs: append([]string{}, scope.WithoutOrgs...)}
	maps.Copy(shown.Projects, scope.Projects)
	return shown
}
