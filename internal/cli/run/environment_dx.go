package run

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/dxauth/dxauth/internal/cli/format"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/terminal"
	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/secret"
)

// dxEnvironment is for dx and programs like it.
type dxEnvironment struct{ environment }

// table returns the text in the form that dx env prints.
func (e dxEnvironment) table() string {
	id, name, folder := "None", "", "None"
	if e.project != nil {
		id, name, folder = e.project.ID, e.project.Name, e.project.Folder
	}
	lines := []string{
		"Auth token used\t\t" + e.shownToken(),
		"API server protocol\t" + e.api.Scheme(),
		"API server host\t\t" + bracketed(e.api.Hostname()),
		"API server port\t\t" + strconv.Itoa(e.api.Port()),
		"Current workspace\t" + terminal.Clean(id),
	}
	if name != "" {
		lines = append(lines, fmt.Sprintf("Current workspace name\t%q", terminal.Clean(name)))
	}
	lines = append(lines, "Current folder\t\t"+terminal.Clean(folder), "Current user\t\t"+format.OrNone(terminal.Clean(e.user)))
	return strings.Join(lines, "\n") + "\n"
}

// shownToken returns what a table shows of the token; PUBLIC is not a secret.
func (e dxEnvironment) shownToken() string {
	if e.credential.Token.Equal(secret.New(dnanexus.Public)) {
		return dnanexus.Public
	}
	return secret.Redacted
}

// variables returns the variables that dx reads. dx derives the auth server from
// the API server, except for servers on this machine.
func (e dxEnvironment) variables() ([]variable, error) {
	context, err := json.Marshal(dnanexus.SecurityContext{
		AuthToken: e.credential.Token.OnWire(), AuthTokenType: e.credential.Type,
	})
	if err != nil {
		return nil, err
	}
	list := []variable{
		{"DX_SECURITY_CONTEXT", string(context)},
		{"DX_APISERVER_PROTOCOL", e.api.Scheme()},
		{"DX_APISERVER_HOST", bracketed(e.api.Hostname())},
		{"DX_APISERVER_PORT", strconv.Itoa(e.api.Port())},
	}
	if e.api.Loopback() {
		list = append(list,
			variable{"DX_AUTHSERVER_HOST", e.auth.Scheme() + "://" + bracketed(e.auth.Hostname())},
			variable{"DX_AUTHSERVER_PORT", strconv.Itoa(e.auth.Port())})
	}
	if e.caFile != "" {
		list = append(list, variable{"DX_CA_CERT", e.caFile})
	}
	if e.project != nil {
		list = append(list,
			variable{"DX_PROJECT_CONTEXT_ID", e.project.ID},
			variable{"DX_PROJECT_CONTEXT_NAME", e.project.Name})
	}
	return list, nil
}

func (e dxEnvironment) childVariables() []variable {
	list := []variable{{"DX_API_TOKEN", e.credential.Token.Reveal()}}
	if e.user != "" {
		list = append(list, variable{"DX_USERNAME", e.user})
	}
	if e.project != nil {
		list = append(list, variable{"DX_CLI_WD", e.project.Folder})
	}
	return list
}

// shellVariables also notes which project it exports: for this program it is not a choice
// of the user.
func (e dxEnvironment) shellVariables() (set []variable, unset []string, err error) {
	set, err = e.variables()
	if e.project == nil {
		return set, []string{"DX_PROJECT_CONTEXT_ID", "DX_PROJECT_CONTEXT_NAME", kit.ExportedProject}, err
	}
	return append(set, variable{kit.ExportedProject, e.project.ID}), nil, err
}

// dxFlags returns the flags as dx prints them: one line that begins with a space.
func (e dxEnvironment) dxFlags() (string, error) {
	flags := fmt.Sprintf(" --auth-token %s --apiserver-protocol %s --apiserver-host %s --apiserver-port %d",
		e.credential.Token.Reveal(), e.api.Scheme(), bracketed(e.api.Hostname()), e.api.Port())
	if e.project != nil {
		flags += " --project-context-id " + e.project.ID
	}
	return flags + "\n", nil
}

// bracketed returns a host as a URL has it, which dx makes of it: an IPv6 address in
// brackets.
func bracketed(host string) string {
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}
