package cli

import (
	"maps"

	"github.com/dxauth/dxauth/internal/cli/account"
	"github.com/dxauth/dxauth/internal/cli/admin"
	"github.com/dxauth/dxauth/internal/cli/doctor"
	"github.com/dxauth/dxauth/internal/cli/dximport"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/cli/project"
	"github.com/dxauth/dxauth/internal/cli/prompt"
	"github.com/dxauth/dxauth/internal/cli/run"
	"github.com/dxauth/dxauth/internal/cli/settings"
	"github.com/dxauth/dxauth/internal/cli/signin"
	"github.com/dxauth/dxauth/internal/cli/signout"
	"github.com/dxauth/dxauth/internal/cli/token"
	"github.com/dxauth/dxauth/internal/cli/twofactor"
)

// FailureResult is the name of what any command prints on stderr when it fails.
const FailureResult = "error"

// Results returns what each command prints with --json, by its path below the root: a
// value of its type, or of each of several. A command that is missing prints no JSON. more
// has the results of the commands of the server.
func Results(more map[string][]any) map[string][]any {
	all := map[string][]any{"version": {versionJSON{}}, FailureResult: {kit.FailureJSON{}}}
	for _, family := range []func() map[string][]any{
		account.Results, admin.Results, doctor.Results, dximport.Results, project.Results, prompt.Results, run.Results,
		settings.Results, signin.Results, signout.Results, token.Results, twofactor.Results,
	} {
		maps.Copy(all, family())
	}
	maps.Copy(all, more)
	return all
}
