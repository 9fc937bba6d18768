package signin

import (
	"github.com/dxauth/dxauth/internal/session"
)

// Results returns what each command prints with --json, for docs/schema: a value of its
// type, or of each of several.
func Results() map[string][]any {
	return map[string][]any{
		"login":    {loginJSON{}},
		"switch":   {switchJSON{}},
		"accounts": {accountsJSON{}},
		"whoami":   {whoamiJSON{}},
		"status":   {statusJSON{}},
		"pwd":      {session.Project{}},
	}
}
