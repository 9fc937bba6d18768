package account

import (
	"github.com/dxauth/dxauth/internal/cli/activation"
	"github.com/dxauth/dxauth/internal/cli/kit"
)

// Results returns what each command prints with --json, for docs/schema: a value of its
// type, or of each of several.
func Results() map[string][]any {
	return map[string][]any{
		"account show":            {accountJSON{}},
		"account update":          {changedJSON{}},
		"account password":        {changedJSON{}},
		"account confirm-email":   {changedJSON{}, sentJSON{}},
		"account email":           {changedJSON{}},
		"account activate":        {activation.ResultJSON{}},
		"account sessions":        {sessionsJSON{}},
		"account sessions list":   {sessionsJSON{}},
		"account sessions revoke": {kit.RevokedJSON{}},
		"account orgs":            {orgsJSON{}},
		"account orgs list":       {orgsJSON{}},
		"account orgs accept":     {acceptedJSON{}},
		"account orgs leave":      {leftJSON{}},

		"account identities":        {identitiesJSON{}},
		"account identities list":   {identitiesJSON{}},
		"account identities unlink": {unlinkedJSON{}},
	}
}
