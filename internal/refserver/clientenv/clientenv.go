// Package clientenv makes the environment of programs that use a reference
// server: dxauth itself, dx, and whatever else reads their variables.
//
// It promises that a program with this environment finds that server and no
// other, keeps its sessions and settings in the given folder, and leaves the
// system's keyring alone: variables that would lead outside are dropped, tokens
// among them. Everything else of the given environment stays.
package clientenv

import (
	"cmp"
	"net"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// Folders lists the folders below the given one that the environment names.
func Folders() []string { return []string{"config", "state", "dx"} }

// For changes an environment for the server at an address "host:port", which
// speaks plain http, with more variables that are set as they are.
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
	}
	// Go never asks a proxy for the loopback; Python does. With both names set
	// Go reads the first and Python the second, so each gets what the other had.
	upper, lower := valueOf(base, "NO_PROXY"), valueOf(base, "no_proxy")
	inside["NO_PROXY"] = exceptions(host, cmp.Or(upper, lower))
	inside["no_proxy"] = exceptions(host, cmp.Or(lower, upper))
	for name, value := range more {
		inside[name] = value
	}
	env := slices.DeleteFunc(slices.Clone(base), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		_, replaced := inside[name]
		return replaced || leadsOutside(name)
	})
	for name, value := range inside {
		env = append(env, name+"="+value)
	}
	slices.Sort(env[len(env)-len(inside):])
	return env, nil
}

// exceptions adds a host to a list of those for which no proxy is asked.
func exceptions(host, list string) string { return strings.TrimSuffix(host+","+list, ",") }

// bracketed writes a host as URLs have it.
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

// leadsOutside reports whether a variable would make a program use something
// that is not this server's.
func leadsOutside(name string) bool {
	switch name {
	case "DXAUTH_NO_INPUT", "DXAUTH_DEBUG":
		return false
	case "DX_WORKSPACE_ID", "DX_JOB_ID", "DX_CA_CERT", "MOLGENIS_URL", "MOLGENIS_TOKEN":
		return true
	default:
		return dnanexus.IsContextVariable(name) || strings.HasPrefix(name, "DXAUTH_")
	}
}
