package token

import (
	"github.com/dxauth/dxauth/internal/cli/kit"
)

// Results returns what each command prints with --json, for docs/schema: a value of its
// type, or of each of several.
func Results() map[string][]any {
	return map[string][]any{
		"token new":    {issuedJSON{}},
		"token list":   {listJSON{}},
		"token show":   {tokenJSON{}},
		"token edit":   {editedJSON{}},
		"token revoke": {kit.RevokedJSON{}},
		"token rotate": {issuedJSON{}},
	}
}
