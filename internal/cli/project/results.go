package project

import "github.com/dxauth/dxauth/internal/session"

// Results returns what each command prints with --json, for docs/schema: a value of its
// type, or of each of several.
func Results() map[string][]any {
	return map[string][]any{
		"cd":       {session.Project{}},
		"projects": {projectsJSON{}},
		"select":   {(*session.Project)(nil)}, // null: there was none to select
	}
}
