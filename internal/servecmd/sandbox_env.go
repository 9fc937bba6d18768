package servecmd

import (
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
)

// Variables by which the commands inside find their sandbox.
const (
	sandboxDirVariable     = "DXAUTH_SANDBOX_DIR"
	sandboxFixtureVariable = "DXAUTH_SANDBOX_FIXTURE"
)

// outside lists the variables that would make a client inside the sandbox use
// something outside of it. All that begin with DXAUTH_ go, too.
var outside = []string{
	"DX_SECURITY_CONTEXT", "DX_API_TOKEN", "DX_AUTH_TOKEN", "DX_PROJECT_CONTEXT_ID", "DX_PROJECT_CONTEXT_NAME",
	"DX_WORKSPACE_ID", "DX_JOB_ID", "DX_USERNAME", "DX_CLI_WD", "DX_CA_CERT",
}

// environment is that of the child: the given one without what leads outside,
// and with the way to the sandbox's server.
func (r *room) environment(given []string, address *net.TCPAddr) []string {
	inside := map[string]string{
		"DX_APISERVER_PROTOCOL": "http",
		"DX_APISERVER_HOST":     address.IP.String(),
		"DX_APISERVER_PORT":     strconv.Itoa(address.Port),
		"DX_AUTHSERVER_HOST":    "http://" + address.IP.String(), // dx adds no scheme
		"DX_AUTHSERVER_PORT":    strconv.Itoa(address.Port),
		"DX_USER_CONF_DIR":      filepath.Join(r.dir, "dx"),
		"DXAUTH_CONFIG_DIR":     filepath.Join(r.dir, "config"),
		"DXAUTH_STATE_DIR":      filepath.Join(r.dir, "state"),
		"DXAUTH_STORE":          "plaintext",
		sandboxDirVariable:      r.dir,
		sandboxFixtureVariable:  r.fixture,
		"PATH":                  r.path(),
	}
	env := make([]string, 0, len(given)+len(inside))
	for _, entry := range given {
		name, _, _ := strings.Cut(entry, "=")
		if _, replaced := inside[name]; !replaced && !leadsOutside(name) {
			env = append(env, entry)
		}
	}
	for name, value := range inside {
		env = append(env, name+"="+value)
	}
	return env
}

func leadsOutside(name string) bool {
	if strings.HasPrefix(name, "DXAUTH_") {
		return name != "DXAUTH_NO_INPUT" && name != "DXAUTH_DEBUG"
	}
	for _, variable := range outside {
		if name == variable {
			return true
		}
	}
	return false
}

// path puts this program first, under its own name.
func (r *room) path() string {
	path := os.Getenv("PATH")
	self, err := os.Executable()
	if err != nil {
		return path
	}
	first := filepath.Dir(self)
	if runtime.GOOS != "windows" {
		first = filepath.Join(r.dir, "bin")
		if err := os.Symlink(self, filepath.Join(first, "dxauth")); err != nil {
			return path
		}
	}
	return first + string(os.PathListSeparator) + path
}
