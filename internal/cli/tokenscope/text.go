package tokenscope

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/platform"
)

// maxEntries is how many entries of a scope are listed; more are counted.
const maxEntries = 2

// Text describes what a token reaches. names has the names of projects by ID; a
// project without a name is shown by its ID.
func Text(scope platform.Scope, names map[string]string) string {
	switch {
	case scope.Full:
		return limited("everything", scope)
	case IsUnknown(scope):
		return limited("not known", scope)
	case IsListed(scope):
		return limited(strings.Join(entries(scope, names), ", "), scope)
	default:
		return Counted(scope)
	}
}

// IsListed reports whether Text lists the projects of a scope, and does not count them.
func IsListed(scope platform.Scope) bool { return len(scope.Projects) <= maxEntries }

// Counted is Text without the names of projects.
func Counted(scope platform.Scope) string {
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
		return Text(scope, nil)
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

// IsUnknown reports whether the platform does not say the scope: no real scope
// is empty.
func IsUnknown(scope platform.Scope) bool { return !scope.Full && len(scope.Projects) == 0 }

// entries returns the entries as --project takes them, the one for all projects
// first.
func entries(scope platform.Scope, names map[string]string) []string {
	var entries []string
	for _, id := range slices.Sorted(maps.Keys(scope.Projects)) {
		entries = append(entries, cmp.Or(names[id], id)+"="+scope.Projects[id])
	}
	return entries
}

// Lines describes what a token reaches, one project a line.
func Lines(scope platform.Scope, names map[string]string) []string {
	if scope.Full || IsUnknown(scope) {
		return []string{Text(scope, names)}
	}
	return append(entries(scope, names), exceptions(scope)...)
}

// maxProjectNames bounds how many projects are looked up, one by one.
const maxProjectNames = 10

// ProjectNames looks up the names of projects, by ID. One that can't be looked up, or is one
// too many, has none.
func ProjectNames(ctx context.Context, in kit.SignedIn, ids []string) map[string]string {
	names := map[string]string{}
	for _, id := range ids {
		if _, known := names[id]; known || id == platform.Everything || len(names) == maxProjectNames {
			continue
		}
		project, err := in.Project(ctx, id)
		if err != nil {
			project.Name = ""
		}
		names[id] = project.Name
	}
	return names
}
