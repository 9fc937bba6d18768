package run

import (
	"fmt"
	"strings"

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
	bash() (string, error)          // commands for a shell
	dxFlags() (string, error)
}

// client returns the environment in the form for the clients of its platform.
func (e environment) client() clientEnvironment {
	if e.kind.ForDX() {
		return dxEnvironment{e}
	}
	return molgenisEnvironment{e}
}

// variable is an environment variable.
type variable struct{ name, value string }

// exports returns commands that a shell can evaluate safely, for any values.
func exports(variables []variable) string {
	var script strings.Builder
	for _, v := range variables {
		fmt.Fprintf(&script, "export %s=%s\n", v.name, shellQuote(v.value))
	}
	return script.String()
}

// shellQuote quotes a text as one word for every POSIX shell. It drops NUL, which
// no variable can contain.
func shellQuote(text string) string {
	text = strings.ReplaceAll(text, "\x00", "")
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

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
