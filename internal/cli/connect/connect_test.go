package connect_test

import (
	"testing"

	"github.com/dxauth/dxauth/internal/cli/clitest"
)

const auth = "https://auth.lab.org"

// TestAuthServerOfServer checks that a password never goes to an auth server that
// was set for another platform.
func TestAuthServerOfServer(t *testing.T) {
	tests := map[string]struct {
		clitest.Setup
		want string
	}{
		"nothing":                        {clitest.Setup{}, "https://auth.dnanexus.com"},
		"the platform's own":             {clitest.Setup{Args: []string{"--server=https://stagingapi.dnanexus.com"}}, "https://stagingauth.dnanexus.com"},
		"a server alone":                 {clitest.Setup{Args: []string{"--server=https://lab.org"}}, "https://lab.org"},
		"flag and flag":                  {clitest.Setup{Args: []string{"--server=https://lab.org", "--auth-server=" + auth}}, auth},
		"flag and variable":              {clitest.Setup{Args: []string{"--server=https://lab.org"}, Env: []string{"DXAUTH_AUTH_SERVER=" + auth}}, "https://lab.org"},
		"flag and file":                  {clitest.Setup{Args: []string{"--server=https://lab.org"}, YAML: "auth_server: " + auth}, "https://lab.org"},
		"variable and flag":              {clitest.Setup{Args: []string{"--auth-server=" + auth}, Env: []string{"DXAUTH_SERVER=https://lab.org"}}, auth},
		"variable and variable":          {clitest.Setup{Env: []string{"DXAUTH_SERVER=https://lab.org", "DXAUTH_AUTH_SERVER=" + auth}}, auth},
		"variable and file":              {clitest.Setup{Env: []string{"DXAUTH_SERVER=https://lab.org"}, YAML: "auth_server: " + auth}, "https://lab.org"},
		"variable over a pair of file":   {clitest.Setup{Env: []string{"DXAUTH_SERVER=https://lab.org"}, YAML: "server: https://old.org\nauth_server: " + auth}, "https://lab.org"},
		"dx's variable and file":         {clitest.Setup{Env: []string{"DX_APISERVER_HOST=lab.org"}, YAML: "auth_server: " + auth}, "https://lab.org"},
		"file and file":                  {clitest.Setup{YAML: "server: https://lab.org\nauth_server: " + auth}, auth},
		"file and variable":              {clitest.Setup{Env: []string{"DXAUTH_AUTH_SERVER=" + auth}, YAML: "server: https://lab.org"}, auth},
		"variable alone":                 {clitest.Setup{Env: []string{"DXAUTH_AUTH_SERVER=" + auth}}, auth},
		"dx's, for a server elsewhere":   {clitest.Setup{Env: []string{"DX_APISERVER_HOST=lab.org", "DX_AUTHSERVER_HOST=" + auth}}, "https://lab.org"},
		"dx's, for the platform":         {clitest.Setup{Env: []string{"DX_AUTHSERVER_HOST=" + auth}}, "https://auth.dnanexus.com"},
		"dx's, for this machine":         {clitest.Setup{Env: []string{"DX_APISERVER_HOST=localhost", "DX_AUTHSERVER_HOST=localhost", "DX_AUTHSERVER_PORT=8081"}}, "http://localhost:8081"},
		"dx's, and a flag":               {clitest.Setup{Args: []string{"--server=localhost:9000"}, Env: []string{"DX_AUTHSERVER_HOST=localhost", "DX_AUTHSERVER_PORT=8081"}}, "http://localhost:9000"},
		"dx's, and a file's on loopback": {clitest.Setup{Env: []string{"DX_AUTHSERVER_HOST=localhost", "DX_AUTHSERVER_PORT=8081"}, YAML: "server: localhost:9000"}, "http://localhost:8081"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			inv := tt.Invocation(t)
			found, err := inv.Servers(inv.Console()).Target()
			if err != nil || found.Auth.URL() != tt.want {
				t.Errorf("the auth server is %s (%v), want %s", found.Auth.URL(), err, tt.want)
			}
		})
	}
}

// TestACommandSharesConnections: a command that finds out the type of a server, and then
// calls it, connects once.
func TestACommandSharesConnections(t *testing.T) {
	inv := clitest.Setup{}.Invocation(t)
	servers := inv.Servers(inv.Console())
	first, err := servers.HTTPClient()
	if err != nil {
		t.Fatal(err)
	}
	if second, err := servers.HTTPClient(); err != nil || second != first {
		t.Errorf("another client, %v", err)
	}
}
