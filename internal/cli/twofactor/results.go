package twofactor

import (
	"github.com/dxauth/dxauth/internal/cli/enroll"
)

// Results returns what each command prints with --json, for docs/schema: a value of its
// type, or of each of several.
func Results() map[string][]any {
	return map[string][]any{
		"2fa status":         {twoFactorJSON{}},
		"2fa enable":         {keyJSON{}, enroll.RecoveryJSON{}},
		"2fa reset":          {keyJSON{}, enroll.RecoveryJSON{}},
		"2fa disable":        {switchedJSON{}},
		"2fa recovery-codes": {countJSON{}, enroll.RecoveryJSON{}},
	}
}
