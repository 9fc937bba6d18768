package tokens

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
)

// maxEntries is how many entries of a scope a text lists; more are counted.
const maxEntries = 3

// scopeText describes what a token reaches. names has the names of projects by ID.
func scopeText(scope access.Scope, names map[string]string) string {
	var parts []string
	switch {
	case scope.Full:
		parts = append(parts, "whole account")
	case len(scope.Projects) > maxEntries:
		parts = append(parts, fmt.Sprintf("%d projects", len(scope.Projects)))
	case len(scope.Projects) == 0:
		parts = append(parts, "nothing")
	default:
		for _, id := range slices.Sorted(maps.Keys(scope.Projects)) {
			parts = append(parts, projectText(id, names)+": "+scope.Projects[id].String())
		}
	}
	if scope.NoPHI {
		parts = append(parts, "no PHI data")
	}
	for _, org := range scope.WithoutOrgs {
		parts = append(parts, "not "+org)
	}
	return strings.Join(parts, ", ")
}

func projectText(id string, names map[string]string) string {
	if id == access.Everything {
		return "all projects"
	}
	if name := names[id]; name != "" {
		return name
	}
	return id
}

// projectNames returns the names of the projects that the scopes of tokens list, as far
// as the visitor can see them.
func (p *Pages) projectNames(ctx context.Context, v browser.Visitor, tokens []access.Token) (map[string]string, error) {
	var ids []string
	for _, token := range tokens {
		if len(token.Scope.Projects) <= maxEntries {
			ids = slices.AppendSeq(ids, maps.Keys(token.Scope.Projects))
		}
	}
	return p.ProjectNames(ctx, v, slices.DeleteFunc(ids, func(id string) bool { return id == access.Everything }))
}
