package run

import (
	"slices"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// environ returns the given environment without this program's own variables, and
// with those through which the command gets its credential and the given others.
func (g grant) environ(given []string, accounts *kit.Accounts, others []variable) (env, dropped []string, err error) {
	e, err := newEnvironment(g.in, g.project)
	if err != nil {
		return nil, nil, err
	}
	client := e.client()
	variables, err := client.variables()
	if err != nil {
		return nil, nil, err
	}
	variables = append(append(variables, client.childVariables()...), others...)
	variables = append(variables, variable{kit.ExecVariable, "1"})
	if end := accounts.Deadline(g.in.Account); !end.IsZero() {
		variables = append(variables, variable{kit.ExpiresVariable, end.UTC().Format(time.RFC3339)})
	}
	kept, dropped := passable(variables)
	env = slices.DeleteFunc(slices.Clone(given), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		name = strings.ToUpper(name) // Windows ignores case
		return staysOutside(name) || slices.ContainsFunc(variables, func(v variable) bool { return v.name == name })
	})
	for _, v := range kept {
		env = append(env, v.name+"="+v.value)
	}
	return env, dropped, nil
}

// maxVariable is the longest value that a command gets, in bytes: Linux starts no
// program with a variable of 128 KiB.
const maxVariable = 64 << 10

// passable returns the variables that a command can have, and the names of the
// others: what a server named may have a NUL in it, or no end.
func passable(variables []variable) (kept []variable, dropped []string) {
	for _, v := range variables {
		if strings.ContainsRune(v.value, 0) || len(v.value) > maxVariable {
			dropped = append(dropped, v.name)
			continue
		}
		kept = append(kept, v)
	}
	return kept, dropped
}

// staysOutside reports whether a variable holds a secret or a choice of this
// program or of dx: the command must not act with another credential than this one,
// nor send this one to another server.
func staysOutside(name string) bool {
	if strings.HasPrefix(name, "DXAUTH_") {
		return !slices.Contains(settingsForChild(), name)
	}
	return dnanexus.IsContextVariable(name)
}

// settingsForChild returns those of our variables that choose neither a credential
// nor a server.
func settingsForChild() []string {
	return []string{
		"DXAUTH_NO_INPUT", "DXAUTH_DEBUG", "DXAUTH_CONFIG_DIR", "DXAUTH_STATE_DIR", "DXAUTH_CA_CERT", "DXAUTH_IDLE_TIMEOUT",
		"DXAUTH_SANDBOX_DIR", "DXAUTH_SANDBOX_FIXTURE",
	}
}
