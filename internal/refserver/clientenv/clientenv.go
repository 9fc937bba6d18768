// Package clientenv returns the environment of programs that use a reference server:
// dxauth, dx, and others that read the same variables.
//
// It promises that a program with this environment uses only that server, keeps its
// sessions and settings in the given folder, and does not reach the system keyring over
// D-Bus. Variables that point elsewhere are dropped, tokens among them. All other
// variables stay.
package clientenv

import (
	"cmp"
	"net"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// Folders returns the folders that the environment refers to, relative to that given
// to For.
func Folders() []string { return []string{"config", "state", "dx", "runtime"} }

// noBus is an address of a session bus that refuses every connection. Without an
// address, libraries look for the user's bus, or start one.
const noBus = "unix:path=/dev/null"

// For returns the environment base changed for the server at "host:port", which speaks
// plain HTTP, and with the variables of more added.
func For(base []string, address, folder string, more map[string]string) ([]string, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	inside := map[string]string{
		"DX_APISERVER_PROTOCOL": "http",
		"DX_APISERVER_HOST":     host,
		"DX_APISERVER_PORT":     port,
		"DX_AUTHSERVER_HOST":    "http://" + bracketed(host), // dx adds no scheme
		"DX_AUTHSERVER_PORT":    port,
		"DX_USER_CONF_DIR":      filepath.Join(folder, "dx"),
		"DXAUTH_CONFIG_DIR":     filepath.Join(folder, "config"),
		"DXAUTH_STATE_DIR":      filepath.Join(folder, "state"),
		"DXAUTH_STORE":          "plaintext",

		"DBUS_SESSION_BUS_ADDRESS": noBus,
		"XDG_RUNTIME_DIR":          filepath.Join(folder, "runtime"), // has the bus, too
	}
	// Python uses a proxy even for loopback addresses, Go does not. If both names
	// are set, Go reads the first and Python the second, so set both.
	upper, lower := valueOf(base, "NO_PROXY"), valueOf(base, "no_proxy")
	inside["NO_PROXY"] = exceptions(host, cmp.Or(upper, lower))
	inside["no_proxy"] = exceptions(host, cmp.Or(lower, upper))
	for name, value := range more {
		inside[name] = value
	}
	env := slices.DeleteFunc(slices.Clone(base), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		_, replaced := inside[name]
		return replaced || leadsOutside(strings.ToUpper(name)) // Windows ignores case
	})
	for name, value := range inside {
		env = append(env, name+"="+value)
	}
	slices.Sort(env[len(env)-len(inside):])
	return env, nil
}

// exceptions adds a host to a list of hosts that are reached without a proxy.
func exceptions(host, list string) string { return strings.TrimSuffix(host+","+list, ",") }

// bracketed returns a host as it is written in a URL.
func bracketed(host string) string {
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}

func valueOf(env []string, name string) string {
	for _, entry := range env {
		if value, found := strings.CutPrefix(entry, name+"="); found {
			return value
		}
	}
	return ""
}

// leadsOutside reports whether a variable could make a program use another server, its
// data, or the user's keyring.
func leadsOutside(name string) bool {
	switch name {
	case "DXAUTH_NO_INPUT", "DXAUTH_DEBUG":
		return false
	case "DX_WORKSPACE_ID", "DX_JOB_ID", "DX_CA_CERT":
		return true
	case "DBUS_STARTER_ADDRESS", "DBUS_STARTER_BUS_TYPE", "GNOME_KEYRING_CONTROL":
		return true
	default:
		return dnanexus.IsContextVariable(name) || strings.HasPrefix(name, "DXAUTH_") || strings.HasPrefix(name, "MOLGENIS_")
	}
}
