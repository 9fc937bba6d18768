package run

import (
	"strings"

	"github.com/dxauth/dxauth/internal/cli/format"
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
		"Current user\t\t" + format.OrNone(terminal.Clean(e.user)),
	}
	return strings.Join(lines, "\n") + "\n"
}

// variables returns the variables that scripts for MOLGENIS read. It fails for a
// session of the web page, which is not a token.
func (e molgenisEnvironment) variables() ([]variable, error) {
	if e.credential.Type == molgenis.CredentialCookie {
		return nil, refusal.New(refusal.Denied, "you signed in with a second factor, which gives a session of the web page; other clients can't use it").
			WithHint("make a token with token new, or run the program with exec")
	}
	return []variable{{"MOLGENIS_URL", e.api.URL()}, {"MOLGENIS_TOKEN", e.credential.Token.Reveal()}}, nil
}

// childVariables returns variables for this program: the platform's own clients
// read no others.
func (e molgenisEnvironment) childVariables() []variable {
	return []variable{{"DXAUTH_SERVER", e.api.URL()}, {"DXAUTH_TYPE", string(e.kind)}, {"DXAUTH_TOKEN", e.credential.Token.Reveal()}}
}

func (e molgenisEnvironment) shellVariables() (set []variable, unset []string, err error) {
	set, err = e.variables()
	return set, nil, err
}

func (e molgenisEnvironment) dxFlags() (string, error) {
	return "", refusal.Usagef("--dx-flags: dx does not work with %s, a %s server", e.api.Name(), e.kind.Name()).WithHint("use --bash for other clients")
}
