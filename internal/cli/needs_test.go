package cli

import (
	"cmp"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/cli/clitest"
	"github.com/dxauth/dxauth/internal/config"
	"github.com/dxauth/dxauth/internal/credstore"
)

// What a command uses of the settings and folders. A session that is stored here is used
// with the folder that has it and the idle limit.
const (
	nothing   = "nothing"
	connected = "a connection to the server"
	unknown   = "a connection to the server, and no credential"
	ending    = "the credential, and a connection to end it"
	offline   = "the server's address"
	exporting = "the server's address and its authority"
	local     = "the accounts that are signed in here"
	deadlines = "the accounts that are signed in here, and their idle limit"
	importing = "dx's folder"
	reading   = "the settings file"
	selecting = "a connection, and the folder that keeps the project"
	signingIn = "a connection, the accounts and a new credential's store"
)

// commandsByNeed lists the command lines of every command of the client.
func commandsByNeed() map[string][]string {
	return map[string][]string{
		nothing:   {"version", "doctor", "completion bash"},
		local:     {"switch alice", "logout --all"},
		deadlines: {"accounts"},
		ending:    {"logout --yes"},
		offline:   {"env", "status --offline", "prompt"},
		exporting: {"env --bash"},
		importing: {"import"},
		reading:   {"shell-init bash"},
		signingIn: {"login --noprojects --token " + apiToken},
		selecting: {"select project-0123456789abcdefghijABCD"},
		unknown:   {"account activate", "admin bootstrap"},
		connected: {
			"whoami", "status", "pwd", "exec -- true", "api system whoami",
			"2fa disable", "2fa enable --confirm 123456 --json", "2fa recovery-codes", "2fa reset --confirm 123456 --json", "2fa status",
			"account email a@b.example", "account confirm-email --code-stdin", "account orgs accept org-x", "account orgs leave org-x --yes",
			"account orgs list", "account password", "account sessions list", "account sessions revoke 01234567",
			"account identities list", "account identities unlink 0123456789ab --yes",
			"account show", "account update --first Alice",
			"admin org add lab --name Lab", "admin org members org-x", "admin org policy org-x",
			"admin org invite org-x bob", "admin org access org-x bob", "admin org remove org-x bob --yes",
			"admin org revoke-token org-x 0123456789abcdef --yes", "admin org tokens org-x",
			"admin org trust add org-x --issuer ci --claim sub=x --project y", "admin org trust list org-x",
			"admin org trust remove org-x 0123456789abcdef --yes", "admin org trust test org-x --sample -",
			"admin user add bob --email bob@b.example --first Bob --last Bee", "admin user approve bob", "admin user code bob", "admin user disable bob",
			"admin user enable bob", "admin user list", "admin user reset-2fa bob", "admin user show bob", "admin user unlock bob",
			"admin user identities bob", "admin user link bob --provider lab --subject 1", "admin user unlink bob --provider lab --subject 1 --yes",
			"admin user verify-email bob",
			"cd", "projects", "token edit x --name y", "token list", "token show x", "token new x", "token revoke x --yes", "token rotate x",
		},
	}
}

// broken is one thing that is wrong, and the needs of the commands that it stops.
type broken struct {
	env    []string // NAME=value
	yaml   string
	stops  []string // with a credential in the environment
	stored []string // with a session that is stored here
	names  string   // what the error of a stopped command names
	code   int      // of that error; 0: 2
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
	requests := []string{connected, signingIn, selecting, unknown}
	authorities := append([]string{exporting}, requests...)
	accounts := append([]string{offline, ending}, authorities...)
	settings := append([]string{local, deadlines, importing, reading}, accounts...)
	without := func(needs []string, these ...string) []string {
		return slices.DeleteFunc(slices.Clone(needs), func(need string) bool { return slices.Contains(these, need) })
	}
	folder := without(settings, importing, reading, unknown)
	return map[string]broken{
		"no home": {env: homeless, stops: []string{local, deadlines, signingIn, selecting}, stored: folder, names: "DXAUTH_STATE_DIR"},
		"no state folder": {
			env:   []string{"DXAUTH_STATE_DIR=" + aFile},
			stops: []string{local, deadlines, signingIn, selecting}, stored: folder, names: "name another folder with DXAUTH_STATE_DIR", code: 1,
		},
		"no settings folder": {env: []string{"DXAUTH_CONFIG_DIR=" + filepath.Join(aFile, "below")}},
		"the settings file":  {yaml: "sever: x", stops: settings, stored: settings, names: "config.yaml:1"},
		"a value in the file": {
			yaml:  "ca_cert: NOVERIFY",
			stops: append([]string{ending}, authorities...), stored: authorities, names: "config.yaml:1: ca_cert",
		},
		"the server": {env: []string{"DXAUTH_SERVER=ftp://x.org"}, stops: accounts, stored: accounts, names: "DXAUTH_SERVER"},
		"dx's server": {
			env:   []string{"DXAUTH_SERVER=", "DX_APISERVER_HOST=x.org", "DX_APISERVER_PORT=http"},
			stops: accounts, stored: accounts, names: "DX_APISERVER_PORT",
		},
		"the auth server": {
			env:   []string{"DXAUTH_AUTH_SERVER=ftp://x.org"},
			stops: accounts, stored: []string{signingIn, unknown}, names: "DXAUTH_AUTH_SERVER",
		},
		"dx's auth server": {
			env:   []string{"DX_AUTHSERVER_HOST=x.org", "DX_AUTHSERVER_PORT=0"},
			stops: accounts, stored: []string{signingIn, unknown}, names: "DX_AUTHSERVER_PORT",
		},
		"the type": {env: []string{"DXAUTH_TYPE=dx"}, stops: accounts, stored: []string{signingIn, unknown}, names: "DXAUTH_TYPE"},
		"no verification": {
			env:   []string{"DX_CA_CERT=NOVERIFY"},
			stops: append([]string{ending}, authorities...), stored: authorities, names: "DX_CA_CERT",
		},
		"no authority": {
			env:   []string{"DXAUTH_CA_CERT=" + aFile},
			stops: append([]string{ending}, authorities...), stored: authorities, names: "DXAUTH_CA_CERT",
		},
		"debug":     {env: []string{"DXAUTH_DEBUG=perhaps"}, stops: append([]string{ending}, requests...), stored: requests, names: "DXAUTH_DEBUG"},
		"the store": {env: []string{"DXAUTH_STORE=cloud"}, stops: []string{signingIn}, stored: []string{signingIn}, names: "DXAUTH_STORE"},
		"the idle limit": {
			env:   []string{"DXAUTH_IDLE_TIMEOUT=soon"},
			stops: []string{deadlines, signingIn}, stored: append(without(accounts, ending, unknown), deadlines), names: "DXAUTH_IDLE_TIMEOUT",
		},
		"no input":              {env: []string{"DXAUTH_NO_INPUT=perhaps"}},
		"the passphrase's file": {env: []string{"DXAUTH_PASSPHRASE_FILE=" + filepath.Join(aFile, "below")}},
	}
}

// TestNeeds checks that a command is stopped by what it uses and is broken, with an
// error that names it, and that nothing else changes its result.
func TestNeeds(t *testing.T) {
	t.Run("token in the environment", func(t *testing.T) {
		checkNeeds(t, (*client).isolate, func(b broken) []string { return b.stops })
	})
	t.Run("stored session", func(t *testing.T) {
		checkNeeds(t, (*client).isolateSignedIn, func(b broken) []string { return b.stored })
	})
}

func checkNeeds(t *testing.T, isolate func(*client, *testing.T, broken), stoppedBy func(broken) []string) {
	t.Helper()
	c := newClient(t)
	type result struct {
		code           int
		stdout, stderr string
	}
	run := func(t *testing.T, line string, wrong broken) (r result) {
		isolate(c, t, wrong)
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
					if !slices.Contains(stoppedBy(wrong), need) {
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
	c.setBroken(t, broken{env: append(env, wrong.env...), yaml: wrong.yaml})
}

func (*client) setBroken(t *testing.T, wrong broken) {
	t.Helper()
	file := filepath.Join(os.Getenv("DXAUTH_CONFIG_DIR"), config.FileName)
	for _, pair := range wrong.env {
		name, value, _ := strings.Cut(pair, "=")
		t.Setenv(name, value)
	}
	if err := os.WriteFile(file, []byte(wrong.yaml), 0o600); err != nil {
		t.Fatal(err)
	}
}

// isolateSignedIn is isolate with a session that is stored instead of the token. It is
// stored once and then copied: the real writes wait for the disk.
func (c *client) isolateSignedIn(t *testing.T, wrong broken) {
	t.Helper()
	c.isolate(t, broken{})
	if _, err := os.Stat(filepath.Join(c.dir, "accounts.json")); err != nil {
		c.signIn(t)
	}
	state := os.Getenv("DXAUTH_STATE_DIR")
	if err := os.Mkdir(state, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"accounts.json", credstore.PlainFileName} {
		content, err := os.ReadFile(filepath.Join(c.dir, name))
		if err := errors.Join(err, os.WriteFile(filepath.Join(state, name), content, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	c.setBroken(t, broken{env: append([]string{"DXAUTH_TOKEN="}, wrong.env...), yaml: wrong.yaml})
}

// TestNeedsAreKnown checks that the table above has every command, but those that show
// and repair the settings themselves.
func TestNeedsAreKnown(t *testing.T) {
	lines := slices.Concat(slices.Collect(maps.Values(commandsByNeed()))...)
	for _, command := range everyCommand(Tree()) {
		if !command.Runnable() || command.HasSubCommands() || command.Parent().Name() == "config" {
			continue
		}
		path := strings.TrimPrefix(command.CommandPath(), "dxauth ")
		if !slices.ContainsFunc(lines, func(line string) bool { return strings.HasPrefix(line+" ", path+" ") }) {
			t.Errorf("%s is not in the table", path)
		}
	}
}
