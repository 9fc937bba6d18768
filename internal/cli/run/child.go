package run

import (
	"slices"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// environ is the given environment without what this program takes from it, and
// with what the command needs to go on.
func (g grant) environ(given []string, accounts *kit.Accounts) ([]string, error) {
	e, err := newEnvironment(g.in, g.project)
	if err != nil {
		return nil, err
	}
	client := e.client()
	variables, err := client.variables()
	if err != nil {
		return nil, err
	}
	variables = append(variables, client.childVariables()...)
	variables = append(variables, variable{kit.ExecVariable, "1"})
	if end := g.earliestEnd(accounts); !end.IsZero() {
		variables = append(variables, variable{"DXAUTH_TOKEN_EXPIRES", end.UTC().Format(time.RFC3339)})
	}
	env := slices.DeleteFunc(slices.Clone(given), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		name = strings.ToUpper(name) // Windows does not tell the cases apart
		return staysOutside(name) || slices.ContainsFunc(variables, func(v variable) bool { return v.name == name })
	})
	for _, v := range variables {
		env = append(env, v.name+"="+v.value)
	}
	return env, nil
}

// earliestEnd is when the credential ends if nobody uses it any more; the zero
// time where that is not known.
func (g grant) earliestEnd(accounts *kit.Accounts) time.Time {
	expires, idle := g.in.Account.Expires, accounts.IdleDeadline(g.in.Account)
	if expires.IsZero() || !idle.IsZero() && idle.Before(expires) {
		return idle
	}
	return expires
}

// staysOutside is true for the secrets and choices of this program and of dx: a
// program in the child must not act with another credential than this one, nor
// send this one to another server.
func staysOutside(name string) bool {
	if strings.HasPrefix(name, "DXAUTH_") {
		return !slices.Contains(settingsForChild(), name)
	}
	return dnanexus.IsContextVariable(name)
}

// settingsForChild are those of our variables that choose neither a credential
// nor a server.
func settingsForChild() []string {
	return []string{
		"DXAUTH_NO_INPUT", "DXAUTH_DEBUG", "DXAUTH_CONFIG_DIR", "DXAUTH_STATE_DIR", "DXAUTH_CA_CERT", "DXAUTH_IDLE_TIMEOUT",
		"DXAUTH_SANDBOX_DIR", "DXAUTH_SANDBOX_FIXTURE",
	}
}
