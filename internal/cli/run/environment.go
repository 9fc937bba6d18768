package run

import (
	"github.com/dxauth/dxauth/internal/cli/format"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/config"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/session"
)

// environment is what another program needs to act for the user.
type environment struct {
	kind       platform.Type
	api, auth  config.Endpoint
	credential session.Credential
	user       string
	project    *session.Project // nil: none
	caFile     string           // of a certificate authority; "": none
}

func newEnvironment(in kit.SignedIn, project *session.Project) (e environment, err error) {
	e = environment{kind: in.Type(), credential: in.Credential, user: in.Account.User, project: project}
	if e.api, err = config.ParseEndpoint(in.Account.Server); err != nil {
		return e, err
	}
	e.auth, err = config.ParseEndpoint(in.Account.AuthServer)
	return e, err
}

// clientEnvironment is an environment in the form that a platform's clients read.
type clientEnvironment interface {
	table() string                  // for display, with the token masked
	variables() ([]variable, error) // what a client reads
	childVariables() []variable     // what the command of exec gets in addition
	// shellVariables returns what a shell sets, and what it unsets.
	shellVariables() (set []variable, unset []string, err error)
	dxFlags() (string, error)
}

// client returns the environment in the form for the clients of its platform.
func (e environment) client() clientEnvironment {
	if e.kind.ForDX() {
		return dxEnvironment{e}
	}
	return molgenisEnvironment{e}
}

// exportable lists all variables that shellVariables sets or unsets, on any platform,
// but for DX_CA_CERT, which is a setting.
func exportable() []string {
	return []string{
		"DX_SECURITY_CONTEXT", "DX_APISERVER_PROTOCOL", "DX_APISERVER_HOST", "DX_APISERVER_PORT",
		"DX_AUTHSERVER_HOST", "DX_AUTHSERVER_PORT", "DX_PROJECT_CONTEXT_ID", "DX_PROJECT_CONTEXT_NAME", kit.ExportedProject,
		"MOLGENIS_URL", "MOLGENIS_TOKEN",
	}
}

// variable is an environment variable.
type variable struct{ name, value string }

// envJSON is what env prints with --json.
type envJSON struct {
	Server     string           `json:"server"`
	AuthServer string           `json:"authServer"`
	User       string           `json:"user"`
	Project    *session.Project `json:"project"`
}

func (e environment) json() (string, error) {
	return format.EncodeJSON(envJSON{Server: e.api.URL(), AuthServer: e.auth.URL(), User: e.user, Project: e.project})
}
