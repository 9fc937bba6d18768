package cli

import (
	"cmp"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/cli/clitest"
	"github.com/dxauth/dxauth/internal/config"
)

// What a command uses of the settings and folders, with a credential in the
// environment.
const (
	nothing   = "nothing"
	connected = "a connection to the server"
	offline   = "the server's address"
	exporting = "the server's address and its authority"
	local     = "the accounts that are signed in here"
	importing = "dx's folder"
	selecting = "a connection, and the folder that keeps the project"
	signingIn = "a connection, the accounts and a new credential's store"
)

// commandsByNeed lists the command lines of every command of the client.
func commandsByNeed() map[string][]string {
	return map[string][]string{
		nothing:   {"version", "doctor", "completion bash"},
		local:     {"switch alice", "logout --all"},
		offline:   {"env", "status --offline"},
		exporting: {"env --bash"},
		importing: {"import"},
		signingIn: {"login --noprojects --token " + apiToken},
		selecting: {"select project-0123456789abcdefghijABCD"},
		connected: {
			"whoami", "status", "pwd", "logout --yes", "exec -- true", "api system whoami",
			"2fa disable", "2fa enable --confirm 123456 --json", "2fa recovery-codes", "2fa reset --confirm 123456 --json", "2fa status",
			"account activate", "account email a@b.example", "account orgs accept org-x", "account orgs leave org-x --yes",
			"account orgs list", "account password", "account sessions list", "account sessions revoke 01234567",
			"account show", "account update --first Alice",
			"admin bootstrap", "admin org add lab --name Lab", "admin org members org-x", "admin org policy org-x",
			"admin org revoke-token org-x 0123456789abcdef --yes", "admin org tokens org-x",
			"admin user add bob --email bob@b.example --first Bob --last Bee", "admin user approve bob", "admin user code bob", "admin user disable bob",
			"admin user enable bob", "admin user list", "admin user reset-2fa bob", "admin user show bob", "admin user unlock bob",
			"token edit x --name y", "token list", "token new x", "token revoke x --yes", "token rotate x",
		},
	}
}

// broken is one thing that is wrong, and the needs of the commands that it stops.
type broken struct {
	env   []string // NAME=value
	yaml  string
	stops []string
	names string // what the error of a stopped command names
	code  int    // of that error; 0: 2
}

func brokenThings(t *testing.T) map[string]broken {
	aFile := filepath.Join(t.TempDir(), "file") // reading a folder below it fails, even for root
	if err := os.WriteFile(aFile, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	homeless := []string{
		"HOME=", "USERPROFILE=", "AppData=", "LocalAppData=",
		"XDG_CONFIG_HOME=", "XDG_STATE_HOME=", "DXAUTH_CONFIG_DIR=", "DXAUTH_STATE_DIR=",
	}
	requests := []string{connected, signingIn, selecting}
	authorities := append([]string{exporting}, requests...)
	addresses := append([]string{offline}, authorities...)
	return map[string]broken{
		"no home":             {env: homeless, stops: []string{local, signingIn, selecting}, names: "DXAUTH_STATE_DIR"},
		"no state folder":     {env: []string{"DXAUTH_STATE_DIR=" + aFile}, stops: []string{local, signingIn, selecting}, names: aFile, code: 1},
		"no settings folder":  {env: []string{"DXAUTH_CONFIG_DIR=" + filepath.Join(aFile, "below")}},
		"the settings file":   {yaml: "sever: x", stops: append([]string{local, importing}, addresses...), names: "config.yaml:1"},
		"a value in the file": {yaml: "ca_cert: NOVERIFY", stops: authorities, names: "config.yaml:1: ca_cert"},
		"the server":          {env: []string{"DXAUTH_SERVER=ftp://x.org"}, stops: addresses, names: "DXAUTH_SERVER"},
		"dx's server": {
			env:   []string{"DXAUTH_SERVER=", "DX_APISERVER_HOST=x.org", "DX_APISERVER_PORT=http"},
			stops: addresses, names: "DX_APISERVER_PORT",
		},
		"the auth server":       {env: []string{"DXAUTH_AUTH_SERVER=ftp://x.org"}, stops: addresses, names: "DXAUTH_AUTH_SERVER"},
		"dx's auth server":      {env: []string{"DX_AUTHSERVER_HOST=x.org", "DX_AUTHSERVER_PORT=0"}, stops: addresses, names: "DX_AUTHSERVER_PORT"},
		"the type":              {env: []string{"DXAUTH_TYPE=dx"}, stops: addresses, names: "DXAUTH_TYPE"},
		"no verification":       {env: []string{"DX_CA_CERT=NOVERIFY"}, stops: authorities, names: "DX_CA_CERT"},
		"no authority":          {env: []string{"DXAUTH_CA_CERT=" + aFile}, stops: authorities, names: "DXAUTH_CA_CERT"},
		"debug":                 {env: []string{"DXAUTH_DEBUG=perhaps"}, stops: requests, names: "DXAUTH_DEBUG"},
		"the store":             {env: []string{"DXAUTH_STORE=cloud"}, stops: []string{signingIn}, names: "DXAUTH_STORE"},
		"the idle limit":        {env: []string{"DXAUTH_IDLE_TIMEOUT=soon"}, stops: []string{signingIn}, names: "DXAUTH_IDLE_TIMEOUT"},
		"no input":              {env: []string{"DXAUTH_NO_INPUT=perhaps"}},
		"the passphrase's file": {env: []string{"DXAUTH_PASSPHRASE_FILE=" + filepath.Join(aFile, "below")}},
	}
}

// TestNeeds checks that a command is stopped by what it uses and is broken, with an
// error that names it, and that nothing else changes its result.
func TestNeeds(t *testing.T) {
	c := newClient(t)
	type result struct {
		code           int
		stdout, stderr string
	}
	run := func(t *testing.T, line string, wrong broken) (r result) {
		c.isolate(t, wrong)
		r.code, r.stdout, r.stderr = c.run(t, strings.Fields(line)...)
		return r
	}
	wrongs := brokenThings(t)
	for need, lines := range commandsByNeed() {
		for _, line := range lines {
			t.Run(line, func(t *testing.T) {
				var harmless broken // all of it at once
				for _, name := range slices.Sorted(maps.Keys(wrongs)) {
					wrong := wrongs[name]
					if !slices.Contains(wrong.stops, need) {
						harmless.env, harmless.yaml = append(harmless.env, wrong.env...), wrong.yaml+harmless.yaml
						continue
					}
					got := run(t, line, wrong)
					if got.code != cmp.Or(wrong.code, 2) || !strings.Contains(got.stderr, wrong.names) {
						t.Errorf("%s: got %+v, want an error that names %s", name, got, wrong.names)
					}
				}
				got := run(t, line, harmless)
				if line == "doctor" { // it shows what is broken
					if got.code != 1 || !strings.Contains(got.stdout, "DXAUTH_SERVER: ") {
						t.Errorf("got %+v, want findings", got)
					}
					return
				}
				if whole := run(t, line, broken{}); got.code != whole.code || got.stdout != whole.stdout {
					t.Errorf("got %+v, want %+v", got, whole)
				}
			})
		}
	}
}

// isolate makes a new machine for the client, with a token in the environment and
// something broken.
func (c *client) isolate(t *testing.T, wrong broken) {
	t.Helper()
	dir := clitest.Isolate(t)
	env := []string{"DXAUTH_SERVER=" + c.lab.URL, "DXAUTH_TOKEN=" + apiToken, "DXAUTH_STORE=plaintext", "DXAUTH_TYPE=dnanexus", "DX_USER_CONF_DIR=" + dir}
	for _, pair := range slices.Concat(env, wrong.env) {
		name, value, _ := strings.Cut(pair, "=")
		t.Setenv(name, value)
	}
	if err := os.WriteFile(filepath.Join(dir, config.FileName), []byte(wrong.yaml), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestNeedsAreKnown checks that the table above has every command.
func TestNeedsAreKnown(t *testing.T) {
	lines := slices.Concat(slices.Collect(maps.Values(commandsByNeed()))...)
	for _, command := range everyCommand(Tree()) {
		if !command.Runnable() || command.HasSubCommands() {
			continue
		}
		path := strings.TrimPrefix(command.CommandPath(), "dxauth ")
		if !slices.ContainsFunc(lines, func(line string) bool { return strings.HasPrefix(line+" ", path+" ") }) {
			t.Errorf("%s is not in the table", path)
		}
	}
}
