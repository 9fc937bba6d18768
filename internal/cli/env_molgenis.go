package cli

import (
	"strings"

	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/terminal"
	"github.com/dxauth/dxauth/pkg/molgenis"
	"github.com/dxauth/dxauth/pkg/secret"
)

// tableOfMOLGENIS is table for a platform without projects.
func (e environment) tableOfMOLGENIS() string {
	lines := []string{
		"Platform\t\t" + e.kind.Name(),
		"Server\t\t\t" + e.api.URL(),
		"Token used\t\t" + secret.Redacted,
		"Current user\t\t" + orNone(terminal.Clean(e.user)),
	}
	return strings.Join(lines, "\n") + "\n"
}

// variablesOfMOLGENIS are those from which scripts for MOLGENIS take where the
// server is and who calls. A session of the web page is no token.
func (e environment) variablesOfMOLGENIS() ([]variable, error) {
	if e.credential.Type == molgenis.CredentialCookie {
		return nil, refusal.New(refusal.Denied, "a sign-in with a second factor gives a session of the web page, which other clients can't use").
			WithHint("make a token with token new, or run the program with exec")
	}
	return []variable{{"MOLGENIS_URL", e.api.URL()}, {"MOLGENIS_TOKEN", e.credential.Token.Reveal()}}, nil
}
