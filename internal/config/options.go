package config

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/credstore"
	"github.com/dxauth/dxauth/internal/duration"
)

// keyNoInput is the only setting whose origin is used, not its value.
const keyNoInput = "no_input"

// keyServer is the setting that dx's flags can name.
const keyServer = "server"

// option describes one setting: where it may come from and what it may be.
type option struct {
	name    string   // the key in config.yaml
	flag    string   // without dashes; "" = no flag
	short   string   // letter of the flag; "" = none
	usage   string   // help text of a global flag; "" = not a global flag
	hidden  bool     // the help does not list the flag
	env     []string // variables that hold the value, in order of precedence
	inFile  bool     // allowed in config.yaml
	boolean bool
	def     string

	// derive makes the value from other variables if no variable of env is set. It
	// also returns the variable that decided.
	derive func(variables) (value, variable string, err error)

	// clean checks a value that is not empty and returns its normal form. Nil
	// accepts any value.
	clean func(value string) (string, error)

	values []string // what it can be, or begins with; nil: anything
}

// options returns all settings. Those that reduce safety (insecure_http), concern a
// single run (no_input) or lead to a secret (passphrase_file) are not allowed in the
// file, where they would be forgotten.
func options() []option {
	return []option{
		{
			name: keyServer, flag: "server", usage: "base `URL` of the platform (DXAUTH_SERVER)",
			env: []string{"DXAUTH_SERVER"}, derive: dxServer, inFile: true, clean: cleanServer,
		},
		{
			name: "auth_server", flag: "auth-server", usage: "base `URL` of its authentication server, if it has a separate one (DXAUTH_AUTH_SERVER)",
			env: []string{"DXAUTH_AUTH_SERVER"}, derive: dxAuthServer, inFile: true, clean: cleanAuthServer,
		},
		{
			name: "type", flag: "type", usage: "`TYPE` of platform: auto, dnanexus, molgenis or emx2 (DXAUTH_TYPE)",
			env: []string{"DXAUTH_TYPE"}, inFile: true, def: "auto", clean: oneOf(platformTypes()...), values: platformTypes(),
		},
		{
			name: "account", flag: "account", usage: "signed-in account to use for this command, as `USER@HOST` (DXAUTH_ACCOUNT)",
			env: []string{"DXAUTH_ACCOUNT"}, inFile: true,
		},
		{
			name: "store", flag: "store",
			env: []string{"DXAUTH_STORE"}, inFile: true, def: "auto", clean: cleanStore, values: credstore.Names(),
		},
		{name: "shell_tools", inFile: true, clean: cleanShellTools},
		{name: "passphrase_file", env: []string{"DXAUTH_PASSPHRASE_FILE"}},
		{
			name: "idle_timeout",
			env:  []string{"DXAUTH_IDLE_TIMEOUT"}, inFile: true, def: "0s", clean: cleanIdleTimeout,
		},
		{
			name: "json", flag: "json", usage: "write results and errors as JSON",
			inFile: true, boolean: true, clean: cleanBool,
		},
		{
			name: "quiet", flag: "quiet", short: "q", usage: "show no progress and no messages of success",
			inFile: true, boolean: true, clean: cleanBool,
		},
		{
			name: keyNoInput, flag: "no-input", usage: "never prompt; fail if input is needed (DXAUTH_NO_INPUT, CI)",
			env: []string{"DXAUTH_NO_INPUT"}, derive: continuousIntegration, boolean: true, clean: cleanBool,
		},
		{
			name: "color", flag: "color", usage: "`WHEN` to use colour: auto, always or never",
			inFile: true, def: "auto", clean: oneOf(colorModes()...), values: colorModes(),
		},
		{
			name: "ca_cert", flag: "ca-cert", usage: "PEM `FILE` of additional certificate authorities to trust (DXAUTH_CA_CERT)",
			env: []string{"DXAUTH_CA_CERT", "DX_CA_CERT"}, inFile: true, clean: cleanCACert,
		},
		{
			name: "connect_timeout", flag: "connect-timeout", usage: "how long connecting to a server may take, as a `DURATION` (DXAUTH_CONNECT_TIMEOUT)",
			env: []string{"DXAUTH_CONNECT_TIMEOUT"}, inFile: true, def: "10s", clean: cleanConnectTimeout,
		},
		{
			name: "debug", flag: "debug", usage: "show requests and decisions on stderr, without secrets (DXAUTH_DEBUG)",
			env: []string{"DXAUTH_DEBUG"}, inFile: true, boolean: true, clean: cleanBool,
		},
		{
			name: "insecure_http", flag: "insecure-http", usage: "allow plain http to a server on another machine",
			boolean: true, clean: cleanBool,
		},
		{
			name: "project", flag: "project-context-id", usage: "`ID` of the project to work in, as with dx", hidden: true,
			env: []string{"DX_PROJECT_CONTEXT_ID"},
		},
		{name: "username", env: []string{"DX_USERNAME"}},
	}
}

func platformTypes() []string { return []string{"auto", "dnanexus", "molgenis", "emx2"} }

func colorModes() []string { return []string{"auto", "always", "never"} }

// Values returns what the setting of a flag can be, or nil if that can't be listed. A
// value that ends with a colon is the beginning of others.
func Values(flag string) []string {
	for _, o := range options() {
		if o.flag == flag && flag != "" {
			return o.values
		}
	}
	return nil
}

func oneOf(allowed ...string) func(string) (string, error) {
	return func(value string) (string, error) {
		if !slices.Contains(allowed, value) {
			return "", fmt.Errorf("%q is not one of %s", value, strings.Join(allowed, ", "))
		}
		return value, nil
	}
}

func cleanBool(value string) (string, error) {
	b, err := strconv.ParseBool(value)
	if err != nil {
		return "", fmt.Errorf("%q is not one of true, false, 1, 0", value)
	}
	return strconv.FormatBool(b), nil
}

func cleanServer(value string) (string, error) {
	endpoint, err := ParseEndpoint(value)
	return endpoint.URL(), err
}

// cleanAuthServer refuses a path: only DNAnexus has separate authentication servers,
// and its servers have none.
func cleanAuthServer(value string) (string, error) {
	endpoint, err := ParseEndpoint(value)
	if err == nil && endpoint.Path() != "" {
		return "", errors.New("the address of an authentication server has no path: scheme, host and port only")
	}
	return endpoint.URL(), err
}

func cleanStore(value string) (string, error) { return value, credstore.CheckName(value) }

// cleanIdleTimeout accepts a duration. The setting can only shorten the server's
// limit, so it has no upper bound; 0 has no effect.
func cleanIdleTimeout(value string) (string, error) {
	limit, err := duration.Parse(value)
	if err != nil || limit != 0 && limit < time.Second {
		return "", fmt.Errorf("%q is not 0 or a duration of a second or more, like 90s, 2h30m or 1d", value)
	}
	return limit.String(), nil
}

// cleanConnectTimeout accepts a duration that is neither too short for any network nor
// as good as endless.
func cleanConnectTimeout(value string) (string, error) {
	const (
		shortest = 100 * time.Millisecond
		longest  = 10 * time.Minute
	)
	limit, err := duration.Parse(value)
	if err != nil || limit < shortest || limit > longest {
		return "", fmt.Errorf("%q is not a duration between 100ms and 10m, like 5s", value)
	}
	return limit.String(), nil
}

// cleanCACert refuses NOVERIFY, with which dx turns off certificate checks.
func cleanCACert(value string) (string, error) {
	if value == "NOVERIFY" {
		return "", errors.New("certificates are always verified, NOVERIFY is not offered; " +
			"name a PEM file with the server's certificate authority")
	}
	return value, nil
}
