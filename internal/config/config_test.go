package config

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// setup is one way to start the program. Env holds NAME=value.
type setup struct {
	args []string
	env  []string
	yaml string
}

// load runs Load as a command would that has the global flags and --store, in
// an otherwise empty environment.
func (s setup) load(t *testing.T) (Settings, error) {
	t.Helper()
	dir := isolate(t)
	for _, pair := range s.env {
		name, value, _ := strings.Cut(pair, "=")
		t.Setenv(name, value)
	}
	if s.yaml != "" {
		if err := os.WriteFile(filepath.Join(dir, FileName), []byte(s.yaml), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	flags := pflag.NewFlagSet("dxauth", pflag.ContinueOnError)
	BindGlobalFlags(flags)
	flags.String("store", "", "")
	if err := flags.Parse(s.args); err != nil {
		t.Fatal(err)
	}
	return Load(flags)
}

// isolate empties every variable that Load reads and returns a fresh
// configuration folder.
func isolate(t *testing.T) string {
	t.Helper()
	for _, name := range []string{
		"DX_APISERVER_HOST", "DX_APISERVER_PORT", "DX_APISERVER_PROTOCOL",
		"DX_AUTHSERVER_HOST", "DX_AUTHSERVER_PORT", "CI",
	} {
		t.Setenv(name, "")
	}
	for _, o := range options() {
		for _, name := range o.env {
			t.Setenv(name, "")
		}
	}
	dir := t.TempDir()
	t.Setenv("DXAUTH_CONFIG_DIR", dir)
	t.Setenv("DXAUTH_STATE_DIR", t.TempDir())
	return dir
}

// value returns one setting as All lists it.
func value(t *testing.T, s Settings, name string) string {
	t.Helper()
	for _, setting := range s.All() {
		if setting.Name == name {
			return setting.Value
		}
	}
	t.Fatalf("no setting %q", name)
	return ""
}

func TestLoadFindsTheStrongestValue(t *testing.T) {
	tests := map[string]struct {
		setup
		name, value, origin string // the origin FILE stands for config.yaml
	}{
		"nothing set": {setup{}, "server", "", "default"},
		"file":        {setup{yaml: "server: https://file.org"}, "server", "https://file.org", "FILE"},
		"environment over file": {
			setup{env: []string{"DXAUTH_SERVER=https://env.org"}, yaml: "server: https://file.org"},
			"server", "https://env.org", "DXAUTH_SERVER",
		},
		"flag over environment": {
			setup{args: []string{"--server=https://flag.org"}, env: []string{"DXAUTH_SERVER=https://env.org"}},
			"server", "https://flag.org", "flag --server",
		},
		"an empty variable is not set": {
			setup{env: []string{"DXAUTH_TYPE="}, yaml: "type: dnanexus"},
			"type", "dnanexus", "FILE",
		},
		"a flag equal to the default counts": {
			setup{args: []string{"--type=auto"}, env: []string{"DXAUTH_TYPE=dnanexus"}},
			"type", "auto", "flag --type",
		},
		"the server's URL is in normal form": {
			setup{args: []string{"--server=API.example.org:443/"}},
			"server", "https://api.example.org", "flag --server",
		},

		"dx's host": {
			setup{env: []string{"DX_APISERVER_HOST=dx.org"}, yaml: "server: https://file.org"},
			"server", "https://dx.org", "DX_APISERVER_HOST",
		},
		"dx's host, port and protocol": {
			setup{env: []string{"DX_APISERVER_HOST=localhost", "DX_APISERVER_PORT=8080", "DX_APISERVER_PROTOCOL=http"}},
			"server", "http://localhost:8080", "DX_APISERVER_HOST",
		},
		"dx's protocol is https on loopback too": {
			setup{env: []string{"DX_APISERVER_HOST=localhost", "DX_APISERVER_PORT=8443"}},
			"server", "https://localhost:8443", "DX_APISERVER_HOST",
		},
		"dx's default port": {
			setup{env: []string{"DX_APISERVER_HOST=dx.org", "DX_APISERVER_PROTOCOL=http"}},
			"server", "http://dx.org", "DX_APISERVER_HOST",
		},
		"an IPv6 address from dx": {
			setup{env: []string{"DX_APISERVER_HOST=::1", "DX_APISERVER_PORT=8080"}},
			"server", "https://[::1]:8080", "DX_APISERVER_HOST",
		},
		"an IPv6 address from dx, without a port": {
			setup{env: []string{"DX_APISERVER_HOST=fd00::1"}}, "server", "https://[fd00::1]", "DX_APISERVER_HOST",
		},
		"an idle limit in days": {setup{env: []string{"DXAUTH_IDLE_TIMEOUT=1d12h"}}, "idle_timeout", "36h0m0s", "DXAUTH_IDLE_TIMEOUT"},
		"own variable over dx's": {
			setup{env: []string{"DXAUTH_SERVER=https://own.org", "DX_APISERVER_HOST=dx.org"}},
			"server", "https://own.org", "DXAUTH_SERVER",
		},
		"dx's port alone says nothing": {
			setup{env: []string{"DX_APISERVER_PORT=8080"}},
			"server", "", "default",
		},

		"dx's authentication server with a scheme": {
			setup{env: []string{"DX_AUTHSERVER_HOST=http://auth.lab.org", "DX_AUTHSERVER_PORT=8081"}},
			"auth_server", "http://auth.lab.org:8081", "DX_AUTHSERVER_HOST",
		},
		"without a scheme it is http on loopback": {
			setup{env: []string{"DX_AUTHSERVER_HOST=127.0.0.1", "DX_AUTHSERVER_PORT=8081"}},
			"auth_server", "http://127.0.0.1:8081", "DX_AUTHSERVER_HOST",
		},
		"without a scheme it is https elsewhere": {
			setup{env: []string{"DX_AUTHSERVER_HOST=auth.lab.org"}},
			"auth_server", "https://auth.lab.org", "DX_AUTHSERVER_HOST",
		},
		"own authentication server over dx's": {
			setup{env: []string{"DXAUTH_AUTH_SERVER=https://own.org", "DX_AUTHSERVER_HOST=auth.lab.org"}},
			"auth_server", "https://own.org", "DXAUTH_AUTH_SERVER",
		},

		"store from a command's own flag": {
			setup{args: []string{"--store=plaintext"}, env: []string{"DXAUTH_STORE=keyring"}},
			"store", "plaintext", "flag --store",
		},
		"store default": {setup{}, "store", "auto", "default"},
		"store by variable": {
			setup{env: []string{"DXAUTH_STORE=plaintext"}},
			"store", "plaintext", "DXAUTH_STORE",
		},
		"a credential helper": {setup{args: []string{"--store=helper:pass"}}, "store", "helper:pass", "flag --store"},
		"authorities": {
			setup{env: []string{"DXAUTH_CA_CERT=/own.pem", "DX_CA_CERT=/dx.pem"}},
			"ca_cert", "/own.pem", "DXAUTH_CA_CERT",
		},
		"authorities of dx": {
			setup{env: []string{"DX_CA_CERT=/dx.pem"}},
			"ca_cert", "/dx.pem", "DX_CA_CERT",
		},
		"debug by variable": {setup{env: []string{"DXAUTH_DEBUG=1"}}, "debug", "true", "DXAUTH_DEBUG"},
		"debug by file":     {setup{yaml: "debug: true"}, "debug", "true", "FILE"},
		"debug off by flag": {
			setup{args: []string{"--debug=false"}, env: []string{"DXAUTH_DEBUG=1"}},
			"debug", "false", "flag --debug",
		},
		"json":    {setup{args: []string{"--json"}}, "json", "true", "flag --json"},
		"account": {setup{env: []string{"DXAUTH_ACCOUNT=bob@h"}}, "account", "bob@h", "DXAUTH_ACCOUNT"},
		"a number in the file is taken as written": {
			setup{yaml: "account: 0123"}, "account", "0123", "FILE",
		},
		"project":  {setup{env: []string{"DX_PROJECT_CONTEXT_ID=project-x"}}, "project", "project-x", "DX_PROJECT_CONTEXT_ID"},
		"username": {setup{env: []string{"DX_USERNAME=bob"}}, "username", "bob", "DX_USERNAME"},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			s, err := tt.load(t)
			if err != nil {
				t.Fatal(err)
			}
			if got := value(t, s, tt.name); got != tt.value {
				t.Errorf("%s is %q, want %q", tt.name, got, tt.value)
			}
			want := strings.ReplaceAll(tt.origin, "FILE", s.ConfigFile())
			if got := s.Origin(tt.name).String(); got != want {
				t.Errorf("%s comes from %q, want %q", tt.name, got, want)
			}
		})
	}
}

func TestLoadFillsTheFields(t *testing.T) {
	s, err := setup{
		args: []string{"--insecure-http", "--json", "--color=never", "--account=bob@h"},
		env: []string{
			"DXAUTH_AUTH_SERVER=https://auth.org", "DXAUTH_STORE=keyring", "DXAUTH_DEBUG=true",
			"DX_PROJECT_CONTEXT_ID=project-x", "DX_USERNAME=bob", "DXAUTH_PASSPHRASE_FILE=/run/p",
		},
		yaml: "# the lab's server\nserver: https://lab.org\ntype: dnanexus\nca_cert: /lab.pem\n",
	}.load(t)
	if err != nil {
		t.Fatal(err)
	}
	known := func(value string) func() (string, error) { return func() (string, error) { return value, nil } }
	for _, field := range []struct {
		name string
		read func() (string, error)
		want string
	}{
		{"Server", s.Server, "https://lab.org"},
		{"AuthServer", s.AuthServer, "https://auth.org"},
		{"Type", s.Type, "dnanexus"},
		{"Account", s.Account, "bob@h"},
		{"Store", s.Store, "keyring"},
		{"PassphraseFile", known(s.PassphraseFile), "/run/p"},
		{"CACert", s.CACert, "/lab.pem"},
		{"Color", known(s.Color), "never"},
		{"Project", known(s.Project), "project-x"},
		{"Username", known(s.Username), "bob"},
		{"NoInput", known(s.NoInput()), ""},
		{"StateDir", s.StateDir, os.Getenv("DXAUTH_STATE_DIR")},
	} {
		if got, err := field.read(); err != nil || got != field.want {
			t.Errorf("%s = %q, %v; want %q", field.name, got, err, field.want)
		}
	}
	if debug, err := s.Debug(); !s.JSON || !debug || err != nil || !s.InsecureHTTP {
		t.Errorf("JSON, Debug, InsecureHTTP = %v, %v, %v, %v; want all true", s.JSON, debug, err, s.InsecureHTTP)
	}
}

func TestLoadSaysWhyNothingMayBeAsked(t *testing.T) {
	tests := map[string]struct {
		setup
		want string
	}{
		"nothing set":                 {setup{}, ""},
		"flag":                        {setup{args: []string{"--no-input"}}, "--no-input is set"},
		"variable":                    {setup{env: []string{"DXAUTH_NO_INPUT=1"}}, "DXAUTH_NO_INPUT is set"},
		"CI":                          {setup{env: []string{"CI=true"}}, "CI is set"},
		"CI with a name":              {setup{env: []string{"CI=woodpecker"}}, "CI is set"},
		"CI=false":                    {setup{env: []string{"CI=False"}}, ""},
		"CI=0":                        {setup{env: []string{"CI=0"}}, ""},
		"the strongest reason":        {setup{args: []string{"--no-input"}, env: []string{"DXAUTH_NO_INPUT=1", "CI=1"}}, "--no-input is set"},
		"variable over CI":            {setup{env: []string{"DXAUTH_NO_INPUT=1", "CI=1"}}, "DXAUTH_NO_INPUT is set"},
		"asking allowed by variable":  {setup{env: []string{"DXAUTH_NO_INPUT=0", "CI=1"}}, ""},
		"asking allowed by the flag":  {setup{args: []string{"--no-input=false"}, env: []string{"CI=1"}}, ""},
		"an empty variable says none": {setup{env: []string{"DXAUTH_NO_INPUT=", "CI="}}, ""},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			s, err := tt.load(t)
			if err != nil {
				t.Fatal(err)
			}
			if s.NoInput() != tt.want {
				t.Errorf("NoInput = %q, want %q", s.NoInput(), tt.want)
			}
		})
	}
}

func TestAFileOfCommentsSetsNothing(t *testing.T) {
	s, err := setup{yaml: "# server: https://x.org\n"}.load(t)
	if err != nil {
		t.Fatal(err)
	}
	if server, err := s.Server(); server != "" || err != nil {
		t.Errorf("Server = %q, %v; want none", server, err)
	}
}

func TestAllIsSortedAndComplete(t *testing.T) {
	s, err := setup{}.load(t)
	if err != nil {
		t.Fatal(err)
	}
	all := s.All()
	if !slices.IsSortedFunc(all, func(a, b Setting) int { return cmp.Compare(a.Name, b.Name) }) {
		t.Errorf("not sorted: %v", all)
	}
	if want := len(options()) + 2; len(all) != want {
		t.Errorf("%d settings, want %d", len(all), want)
	}
	if got := s.Origin("state_dir"); got.Name != "DXAUTH_STATE_DIR" {
		t.Errorf("state_dir comes from %v, want DXAUTH_STATE_DIR", got)
	}
	if got := s.Origin("no such setting"); got.Kind != KindDefault {
		t.Errorf("an unknown name comes from %v, want the default", got)
	}
}
