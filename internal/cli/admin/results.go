package admin

import (
	"maps"

	"github.com/dxauth/dxauth/internal/cli/activation"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/cli/orgmember"
	"github.com/dxauth/dxauth/internal/cli/trustrule"
)

// Results returns what each command prints with --json, for docs/schema: a value of its
// type, or of each of several.
func Results() map[string][]any {
	all := map[string][]any{
		"admin bootstrap":         {activation.ResultJSON{}},
		"admin org add":           {orgIDJSON{}},
		"admin org policy":        {policiesJSON{}},
		"admin org revoke-token":  {kit.RevokedJSON{}},
		"admin org tokens":        {memberTokensJSON{}},
		"admin user add":          {newUserJSON{}},
		"admin user approve":      {approvedJSON{}},
		"admin user code":         {newUserJSON{}},
		"admin user disable":      {adminUserJSON{}},
		"admin user enable":       {adminUserJSON{}},
		"admin user identities":   {identitiesJSON{}},
		"admin user link":         {identitiesJSON{}},
		"admin user list":         {accountsJSON{}},
		"admin user reset-2fa":    {twoFactorResetJSON{}},
		"admin user show":         {adminUserJSON{}},
		"admin user unlink":       {identitiesJSON{}},
		"admin user unlock":       {adminUserJSON{}},
		"admin user verify-email": {emailCodeJSON{}},
	}
	maps.Copy(all, orgmember.Results())
	maps.Copy(all, trustrule.Results())
	return all
}
