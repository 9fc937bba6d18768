package config

import (
	"os"
	"strings"

	"github.com/spf13/pflag"
)

// dxFlag is a flag with which dx overrides one of its variables for one command.
type dxFlag struct{ name, variable, usage string }

// The flags of dx that hold a credential. [CredentialFromEnv] reads them by these names.
const (
	flagAuthToken       = "--auth-token"
	flagSecurityContext = "--security-context"
)

// dxFlags lists them. That of the project is an option of its own.
func dxFlags() []dxFlag {
	return []dxFlag{
		{"apiserver-protocol", "DX_APISERVER_PROTOCOL", "`PROTOCOL` of the server, as with dx: https or http"},
		{"apiserver-host", "DX_APISERVER_HOST", "`HOST` of the server, as with dx"},
		{"apiserver-port", "DX_APISERVER_PORT", "`PORT` of the server, as with dx"},
		{"workspace-id", "", "accepted as with dx: has no effect outside a job (`ID`)"},
		{flagAuthToken[2:], flagAuthToken, "`TOKEN` to act with, as with dx; others can see it"},
		{flagSecurityContext[2:], flagSecurityContext, "`JSON` with the token to act with, as with dx; others can see it"},
	}
}

func bindDXFlags(flags *pflag.FlagSet) {
	for _, f := range dxFlags() {
		flags.String(f.name, "", f.usage)
		_ = flags.MarkHidden(f.name) // fails for unknown flags only
	}
}

// variables are those of the process, with the flags of dx over them.
type variables struct {
	getenv func(string) string
	flags  *pflag.FlagSet
}

// WithDXFlags returns a function like getenv in which dx's flags override dx's
// variables. The credentials in flags have the name of the flag, so that errors show
// where they come from.
func WithDXFlags(flags *pflag.FlagSet, getenv func(string) string) func(string) string {
	return variables{getenv, flags}.get
}

func (v variables) get(name string) string {
	if f := v.flag(name); f != nil {
		return f.Value.String()
	}
	if strings.HasPrefix(name, "--") {
		return ""
	}
	return v.getenv(name)
}

// source returns where get finds a variable: its name, or that of the flag.
func (v variables) source(name string) string {
	if f := v.flag(name); f != nil {
		return "--" + f.Name
	}
	return name
}

// flag returns the flag that overrides a variable, or nil if it was not given.
func (v variables) flag(variable string) *pflag.Flag {
	for _, f := range dxFlags() {
		if given := v.flags.Lookup(f.name); f.variable == variable && given != nil && given.Changed {
			return given
		}
	}
	return nil
}

// namesServer reports whether a flag names a part of the server.
func (v variables) namesServer() bool {
	return v.flag("DX_APISERVER_PROTOCOL") != nil || v.flag("DX_APISERVER_HOST") != nil || v.flag("DX_APISERVER_PORT") != nil
}

func (l *layers) variables() variables { return variables{os.Getenv, l.flags} }
