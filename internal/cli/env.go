package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/config"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/session"
	"github.com/dxauth/dxauth/internal/terminal"
	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/secret"
)

func (a *app) envCommand() *cobra.Command {
	var bash, dxFlags bool
	cmd := &cobra.Command{
		Use:   "env",
		Short: "Show the environment, or hand it to another client",
		Long: `Show the server, the project and the user that commands work with. The token is
masked.

With --bash, print shell commands that give the environment, token included, to
dx and to programs like it; with --dx-flags, the same as flags for dx. Flags can
be seen by others on this machine, variables can't. Clients of MOLGENIS find
MOLGENIS_URL and MOLGENIS_TOKEN.`,
		Example: `  eval "$(` + a.Program + ` env --bash)"`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case bash && dxFlags:
				return refusal.Usagef("--bash and --dx-flags exclude each other")
			case bash:
				return a.env(cmd.Context(), environment.bash)
			case dxFlags:
				return a.env(cmd.Context(), environment.dxFlags)
			case a.settings.JSON:
				return a.env(cmd.Context(), environment.json)
			}
			return a.env(cmd.Context(), environment.table)
		},
	}
	cmd.Flags().BoolVar(&bash, "bash", false, "print commands for a shell to evaluate, with the token in plain text")
	cmd.Flags().BoolVar(&dxFlags, "dx-flags", false, "print flags for dx, with the token in plain text")
	return cmd
}

// environment is what another client needs to go on.
type environment struct {
	kind       platform.Type
	api, auth  config.Endpoint
	credential session.Credential
	user       string
	project    *session.Project
}

// env asks no server: it shows what is known here.
func (a *app) env(ctx context.Context, format func(environment) (string, error)) error {
	in, err := a.activeUnasked(ctx)
	if err != nil {
		return err
	}
	e, err := a.environment(in)
	if err != nil {
		return err
	}
	text, err := format(e)
	if err != nil {
		return err
	}
	return a.term.Print(text)
}

func (a *app) environment(in signedIn) (e environment, err error) {
	e = environment{kind: in.kind(), credential: in.credential, user: in.account.User, project: a.project(in)}
	if e.api, err = config.ParseEndpoint(in.account.Server); err != nil {
		return e, err
	}
	e.auth, err = config.ParseEndpoint(in.account.AuthServer)
	return e, err
}

// table is the form that dx prints, with the token masked.
func (e environment) table() (string, error) {
	if !e.kind.ForDX() {
		return e.tableOfMOLGENIS(), nil
	}
	id, name, folder := "None", "", "None"
	if e.project != nil {
		id, name, folder = e.project.ID, e.project.Name, e.project.Folder
	}
	lines := []string{
		"Auth token used\t\t" + secret.Redacted,
		"API server protocol\t" + e.api.Scheme(),
		"API server host\t\t" + e.api.Hostname(),
		"API server port\t\t" + strconv.Itoa(e.api.Port()),
		"Current workspace\t" + terminal.Clean(id),
	}
	if name != "" {
		lines = append(lines, fmt.Sprintf("Current workspace name\t%q", terminal.Clean(name)))
	}
	lines = append(lines, "Current folder\t\t"+terminal.Clean(folder), "Current user\t\t"+orNone(terminal.Clean(e.user)))
	return strings.Join(lines, "\n") + "\n", nil
}

func orNone(text string) string {
	if text == "" {
		return "None"
	}
	return text
}

// envJSON is what env prints with --json.
type envJSON struct {
	Server     string           `json:"server"`
	AuthServer string           `json:"authServer"`
	User       string           `json:"user"`
	Project    *session.Project `json:"project"`
}

func (e environment) json() (string, error) {
	return encodeJSON(envJSON{Server: e.api.URL(), AuthServer: e.auth.URL(), User: e.user, Project: e.project})
}

// securityContext is dx's form of a credential.
func (e environment) securityContext() (string, error) {
	encoded, err := json.Marshal(dnanexus.SecurityContext{
		AuthToken: e.credential.Token.OnWire(), AuthTokenType: e.credential.Type,
	})
	return string(encoded), err
}

// variable is one of the environment of a process.
type variable struct{ name, value string }

// variables are those by which dx goes on. Where the server is on this machine,
// dx needs to be told the auth server too.
func (e environment) variables() ([]variable, error) {
	if !e.kind.ForDX() {
		return e.variablesOfMOLGENIS()
	}
	context, err := e.securityContext()
	if err != nil {
		return nil, err
	}
	list := []variable{
		{"DX_SECURITY_CONTEXT", context},
		{"DX_APISERVER_PROTOCOL", e.api.Scheme()},
		{"DX_APISERVER_HOST", e.api.Hostname()},
		{"DX_APISERVER_PORT", strconv.Itoa(e.api.Port())},
	}
	if e.api.Loopback() {
		list = append(list,
			variable{"DX_AUTHSERVER_HOST", e.auth.Scheme() + "://" + bracketed(e.auth.Hostname())},
			variable{"DX_AUTHSERVER_PORT", strconv.Itoa(e.auth.Port())})
	}
	if e.project != nil {
		list = append(list,
			variable{"DX_PROJECT_CONTEXT_ID", e.project.ID},
			variable{"DX_PROJECT_CONTEXT_NAME", e.project.Name})
	}
	return list, nil
}

// bash gives commands that a shell can evaluate, whatever the values are.
func (e environment) bash() (string, error) {
	variables, err := e.variables()
	if err != nil {
		return "", err
	}
	var script strings.Builder
	for _, v := range variables {
		fmt.Fprintf(&script, "export %s=%s\n", v.name, shellQuote(v.value))
	}
	if e.project == nil && e.kind.ForDX() {
		script.WriteString("unset DX_PROJECT_CONTEXT_ID DX_PROJECT_CONTEXT_NAME\n")
	}
	return script.String(), nil
}

// bracketed is how an IPv6 address stands in a URL.
func bracketed(host string) string {
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}

// shellQuote makes one word of any text, for every POSIX shell. A NUL can't be
// in a variable.
func shellQuote(text string) string {
	text = strings.ReplaceAll(text, "\x00", "")
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// dxFlags is the form that dx prints: one line that begins with a blank.
func (e environment) dxFlags() (string, error) {
	if !e.kind.ForDX() {
		return "", refusal.Usagef("--dx-flags: dx does not speak to %s, a %s server; --bash is for other clients", e.api.Host(), e.kind.Name())
	}
	flags := fmt.Sprintf(" --auth-token %s --apiserver-protocol %s --apiserver-host %s --apiserver-port %d",
		e.credential.Token.Reveal(), e.api.Scheme(), e.api.Hostname(), e.api.Port())
	if e.project != nil {
		flags += " --project-context-id " + e.project.ID
	}
	return flags + "\n", nil
}
