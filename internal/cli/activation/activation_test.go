package activation

import (
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/cli/clitest"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
)

// TestScriptedCode checks that the code of a script is tried once, and only with a
// valid password.
func TestScriptedCode(t *testing.T) {
	tests := map[string]struct {
		stdin   string
		refused error
		tried   int
		code    refusal.Code // of the failure; empty: none
		words   string
	}{
		"both":                   {" code-1 \nbuilder-2026\n", nil, 1, "", ""},
		"a code that is used up": {"code-1\nbuilder-2026\n", platform.ErrAccessCode, 1, refusal.Denied, "the code is wrong, was used, or is too old"},
		"a short password":       {"code-1\nshort\n", nil, 0, refusal.Usage, "the second line of standard input: the password must have at least 8 characters"},
		"no password":            {"code-1\n", nil, 0, refusal.InputRequired, "no code and password"},
		"nothing":                {"", nil, 0, refusal.InputRequired, "no code and password"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			console, _ := clitest.Setup{}.Console(t, tt.stdin)
			s := CodeSignIn{Console: console, CodeStdin: true}
			tried := 0
			err := s.Start(t.Context())
			if err == nil {
				_, err = s.SignIn(t.Context(), "ask for another one", func() (platform.User, error) {
					tried++
					if s.Code.Reveal() != "code-1" || s.Password.Text.Reveal() != "builder-2026" {
						t.Errorf("tried %q with %q", s.Code.Reveal(), s.Password.Text.Reveal())
					}
					return platform.User{}, tt.refused
				})
			}
			if tried != tt.tried || (err == nil) != (tt.code == "") || err != nil && (refusal.CodeOf(err) != tt.code || !strings.Contains(err.Error(), tt.words)) {
				t.Errorf("tried %d times: %v; want %d times and %s %q", tried, err, tt.tried, tt.code, tt.words)
			}
		})
	}
}

func TestServerMustBeNamed(t *testing.T) {
	inv := clitest.Setup{}.Invocation(t)
	_, _, err := Connect(inv.Settings, inv.Servers(inv.Console()))
	clitest.WantUsage(t, err, "the server is missing")

	inv = clitest.Setup{Args: []string{"--server=https://lab.org"}}.Invocation(t)
	target, server, err := Connect(inv.Settings, inv.Servers(inv.Console()))
	if err != nil || server == nil || target.API.URL() != "https://lab.org" {
		t.Errorf("connected to %s: %v", target.API.URL(), err)
	}
}
