package run

import (
	"strings"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/terminal"
	"github.com/dxauth/dxauth/pkg/molgenis"
	"github.com/dxauth/dxauth/pkg/secret"
)

// molgenisEnvironment is for clients of MOLGENIS, which has no projects.
type molgenisEnvironment struct{ environment }

func (e molgenisEnvironment) table() string {
	lines := []string{
		"Platform\t\t" + e.kind.Name(),
		"Server\t\t\t" + e.api.URL(),
		"Token used\t\t" + secret.Redacted,
		"Current user\t\t" + kit.OrNone(terminal.Clean(e.user)),
	}
	return strings.Join(lines, "\n") + "\n"
}

// variables are those from which scripts for MOLGENIS take where the server is
// and who calls. A session of the web page is no token.
func (e molgenisEnvironment) variables() ([]variable, error) {
	if e.credential.Type == molgenis.CredentialCookie {
		return nil, refusal.New(refusal.Denied, "a sign-in with a second factor gives a session of the web page, which other clients can't use").
			WithHint("make a token with token new, or run the program with exec")
	}
	return []variable{{"MOLGENIS_URL", e.api.URL()}, {"MOLGENIS_TOKEN", e.credential.Token.Reveal()}}, nil
}

// childVariables are for this program: the platform has none that it heeds.
func (e molgenisEnvironment) childVariables() []variable {
	return []variable{{"DXAUTH_SERVER", e.api.URL()}, {"DXAUTH_TYPE", string(e.kind)}, {"DXAUTH_TOKEN", e.credential.Token.Reveal()}}
}

func (e molgenisEnvironment) bash() (string, error) {
	variables, err := e.variables()
	return exports(variables), err
}

func (e molgenisEnvironment) dxFlags() (string, error) {
	return "", refusal.Usagef("--dx-flags: dx does not speak to %s, a %s server; --bash is for other clients", e.api.Host(), e.kind.Name())
}
