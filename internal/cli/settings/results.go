package settings

import (
	"github.com/dxauth/dxauth/internal/config"
)

// Results returns what each command prints with --json, for docs/schema: a value of its
// type, or of each of several.
func Results() map[string][]any {
	return map[string][]any{
		"config get":   {config.Setting{}},
		"config list":  {settingsJSON{}},
		"config path":  {pathJSON{}},
		"config set":   {changedJSON{}},
		"config unset": {changedJSON{}},
	}
}
