package clientenv_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/internal/refserver/clientenv"
)

var folder = filepath.Join(string(filepath.Separator), "private")

// made returns the result of For as a map. A variable that is set twice fails the test,
// because programs differ in which value they use.
func made(t *testing.T, base []string, address string, more map[string]string) map[string]string {
	t.Helper()
	env, err := clientenv.For(base, address, folder, more)
	if err != nil {
		t.Fatal(err)
	}
	variables := map[string]string{}
	for _, entry := range env {
		name, value, _ := strings.Cut(entry, "=")
		if _, twice := variables[name]; twice {
			t.Errorf("%s is set twice: %q", name, env)
		}
		variables[name] = value
	}
	return variables
}

func TestFor(t *testing.T) {
	want := map[string]string{
		"DX_APISERVER_PROTOCOL": "http",
		"DX_APISERVER_HOST":     "127.0.0.1",
		"DX_APISERVER_PORT":     "8080",
		"DX_AUTHSERVER_HOST":    "http://127.0.0.1",
		"DX_AUTHSERVER_PORT":    "8080",
		"DX_USER_CONF_DIR":      filepath.Join(folder, "dx"),
		"DXAUTH_CONFIG_DIR":     filepath.Join(folder, "config"),
		"DXAUTH_STATE_DIR":      filepath.Join(folder, "state"),
		"DXAUTH_STORE":          "plaintext",
		"NO_PROXY":              "127.0.0.1",
		"no_proxy":              "127.0.0.1",
		"DXAUTH_SANDBOX_DIR":    folder,

		"DBUS_SESSION_BUS_ADDRESS": "unix:path=/dev/null",
		"XDG_RUNTIME_DIR":          filepath.Join(folder, "runtime"),
	}
	more := map[string]string{"DXAUTH_SANDBOX_DIR": folder}
	if diff := cmp.Diff(want, made(t, nil, "127.0.0.1:8080", more)); diff != "" {
		t.Errorf("of an empty environment (-want +got):\n%s", diff)
	}

	// The result of an earlier call is replaced, except for the list of hosts
	// without a proxy.
	nested := made(t, []string{
		"DX_APISERVER_PROTOCOL=https", "DX_APISERVER_HOST=api.dnanexus.com", "DX_APISERVER_PORT=443",
		"DX_AUTHSERVER_HOST=auth.dnanexus.com", "DX_AUTHSERVER_PORT=443", "DX_USER_CONF_DIR=/home/x/.dnanexus_config",
		"DXAUTH_CONFIG_DIR=/outer/config", "DXAUTH_STATE_DIR=/outer/state", "DXAUTH_STORE=keyring",
		"DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/1000/bus", "XDG_RUNTIME_DIR=/run/user/1000",
		"DXAUTH_SANDBOX_DIR=/outer", "DXAUTH_SANDBOX_FIXTURE=/outer/lab.yaml",
	}, "127.0.0.1:8080", more)
	if diff := cmp.Diff(want, nested); diff != "" {
		t.Errorf("of one that leads elsewhere (-want +got):\n%s", diff)
	}
}

func TestVariablesThatLeadOutsideAreDropped(t *testing.T) {
	outside := []string{
		"DX_SECURITY_CONTEXT", "DX_API_TOKEN", "DX_AUTH_TOKEN", "DX_PROJECT_CONTEXT_ID", "DX_PROJECT_CONTEXT_NAME",
		"DX_WORKSPACE_ID", "DX_JOB_ID", "DX_USERNAME", "DX_CLI_WD", "DX_CA_CERT",
		"DXAUTH_TOKEN", "DXAUTH_TOKEN_FILE", "DXAUTH_SERVER", "DXAUTH_AUTH_SERVER", "DXAUTH_TYPE", "DXAUTH_ACCOUNT",
		"DXAUTH_CA_CERT", "DXAUTH_SOMETHING_NEW", "MOLGENIS_URL", "MOLGENIS_TOKEN", "MOLGENIS_SOMETHING_NEW",
		"DBUS_STARTER_ADDRESS", "DBUS_STARTER_BUS_TYPE", "GNOME_KEYRING_CONTROL",
	}
	for _, name := range outside {
		t.Run(name, func(t *testing.T) {
			base := []string{name + "=outer-value", strings.ToLower(name) + "=outer-value"}
			for variable, value := range made(t, base, "127.0.0.1:8080", nil) {
				if variable == name || strings.Contains(value, "outer-value") {
					t.Errorf("%s=%s", variable, value)
				}
			}
		})
	}
}

func TestEverythingElseStays(t *testing.T) {
	base := []string{
		"HOME=/home/x", "PATH=/bin", "DXAUTH_NO_INPUT=1", "DXAUTH_DEBUG=1", "DX_WATCH_PORT=1", "EMPTY=", "EQUALS=a=b",
		"https_proxy=http://proxy.example.org",
	}
	before := slices.Clone(base)
	env, err := clientenv.For(base, "127.0.0.1:8080", folder, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(env[:len(base)], before) {
		t.Errorf("the environment begins with %q, want %q", env[:len(base)], before)
	}
	if !slices.Equal(base, before) {
		t.Errorf("the given environment became %q", base)
	}
	again, err := clientenv.For(base, "127.0.0.1:8080", folder, nil)
	if err != nil || !slices.Equal(env, again) {
		t.Errorf("another call gives another order: %q, %v", again, err)
	}
}

func TestMoreVariablesWin(t *testing.T) {
	got := made(t, []string{"PATH=/bin"}, "127.0.0.1:8080", map[string]string{"PATH": "/private/bin", "DXAUTH_STORE": "keyring"})
	if got["PATH"] != "/private/bin" || got["DXAUTH_STORE"] != "keyring" {
		t.Errorf("PATH is %q, DXAUTH_STORE is %q", got["PATH"], got["DXAUTH_STORE"])
	}
}

// Go prefers one spelling and Python the other, so both are set and neither hides the
// hosts of the other.
func TestNoProxy(t *testing.T) {
	for _, test := range []struct {
		name         string
		base         []string
		upper, lower string
	}{
		{"neither", nil, "127.0.0.1", "127.0.0.1"},
		{"upper case", []string{"NO_PROXY=a"}, "127.0.0.1,a", "127.0.0.1,a"},
		{"lower case", []string{"no_proxy=b,c"}, "127.0.0.1,b,c", "127.0.0.1,b,c"},
		{"both", []string{"NO_PROXY=a", "no_proxy=b"}, "127.0.0.1,a", "127.0.0.1,b"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := made(t, test.base, "127.0.0.1:8080", nil)
			if got["NO_PROXY"] != test.upper || got["no_proxy"] != test.lower {
				t.Errorf("NO_PROXY is %q and no_proxy %q, want %q and %q", got["NO_PROXY"], got["no_proxy"], test.upper, test.lower)
			}
		})
	}
}

func TestAddresses(t *testing.T) {
	got := made(t, nil, "[::1]:8080", nil)
	if got["DX_APISERVER_HOST"] != "::1" || got["DX_AUTHSERVER_HOST"] != "http://[::1]" {
		t.Errorf("the hosts are %q and %q", got["DX_APISERVER_HOST"], got["DX_AUTHSERVER_HOST"])
	}
	for _, wrong := range []string{"", "127.0.0.1", "http://127.0.0.1:8080"} {
		if env, err := clientenv.For(nil, wrong, folder, nil); err == nil {
			t.Errorf("%q gives %q", wrong, env)
		}
	}
}

func TestFoldersAreThoseOfTheEnvironment(t *testing.T) {
	var named []string
	for _, value := range made(t, nil, "127.0.0.1:8080", nil) {
		if below, found := strings.CutPrefix(value, folder+string(filepath.Separator)); found {
			named = append(named, below)
		}
	}
	listed := clientenv.Folders()
	slices.Sort(named)
	slices.Sort(listed)
	if !slices.Equal(named, listed) {
		t.Errorf("the environment names %q, Folders lists %q", named, listed)
	}
}
