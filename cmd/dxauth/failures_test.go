//go:build unix

package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/refserver"
)

// failing is a command that fails, and what it says. An underscore stands for a blank in an
// argument.
type failing struct {
	where string // one of the situations
	line  string
	stdin string
	code  int
	kind  string // the name of the failure
	hint  string
}

// ciToken is the API token of the demo.
const ciToken = "0123456789abcdefghijABCDEFGHIJ01"

func failures() []failing {
	const wrong = "not-the-password-2026\n"
	return []failing{
		{"nobody", "whoami", "", 3, "not_logged_in", "run dxauth login"},
		{"nobody", "token list", "", 3, "not_logged_in", "run dxauth login"},
		{"nobody", "exec -- true", "", 3, "not_logged_in", "run dxauth login"},
		{"nobody", "switch bob", "", 3, "not_logged_in", "run dxauth login"},
		{"nobody", "--account bob@example.org whoami", "", 3, "not_logged_in", "run dxauth login"},
		{"nobody", "status", "", 3, "not_logged_in", "run dxauth login"},
		{"nobody", "pwd", "", 3, "not_logged_in", "run dxauth login"},
		{"nobody", "login", "", 2, "input_required", "give --username NAME and --password-stdin, or a token with --token -, --token-file FILE or DXAUTH_TOKEN"},
		{"nobody", "login --username alice", "", 2, "input_required", "give the password with --password-stdin, or a token with --token -, --token-file FILE or DXAUTH_TOKEN"},
		{"nobody", "login --username alice --password-stdin", "", 2, "input_required", "pipe the password into the command"},
		{"nobody", "login --username carol --password-stdin", wrong, 3, "wrong_credentials", "check the user name (not the e-mail address), the password and the server: HOST (DXAUTH_SERVER)"},
		{"nobody", "login --username nobody-here --password-stdin", wrong, 3, "wrong_credentials", "check the user name (not the e-mail address), the password and the server: HOST (DXAUTH_SERVER)"},
		{"molgenis", "login --username nobody-here --password-stdin", wrong, 3, "wrong_credentials", "check the user name (not the e-mail address), the password and the server: HOST (DXAUTH_SERVER); who has no account asks the administrator of HOST"},
		{"emx2", "login --username nobody-here --password-stdin", wrong, 3, "wrong_credentials", "check the user name (mostly the e-mail address), the password and the server: HOST (DXAUTH_SERVER); who has no account asks the administrator of HOST"},
		{"nobody", "login --username bob --password-stdin", "builder-2026\n", 2, "input_required", "give the code as the second line of standard input"},
		{"nobody", "login --username bob --password-stdin", "builder-2026\n000000\n", 3, "wrong_credentials", "give the code that the authenticator app shows now, or an unused recovery code"},
		{"nobody", "login --username dave --password-stdin", "x\n", 3, "refused", "run dxauth login --sso"},
		{"nobody", "login --token -", "0123456789abcdefghijABCDEFGHIJ99", 3, "wrong_credentials", "nothing was stored; check the token and the server, or make a new token"},
		{"nobody", "login --token -", "", 2, "input_required", "pipe the token into the command"},
		{"nobody", "login --sso --no-input", "", 2, "input_required", "give an ID token with --id-token-file FILE or --id-token auto, or a token with --token -"},
		{"nobody", "login --no-browser --device", "", 2, "usage", "see dxauth login --help"},
		{"nobody", "login --token-file nowhere.token", "", 2, "usage", "see dxauth login --help"},
		{"visitor", "login --token - --project nowhere", ciToken, 3, "not_found", "list your projects with dxauth projects --level VIEW"},
		{"nobody", "login --timeout 900d --token -", ciToken, 2, "usage", "see dxauth login --help"},
		{"nobody", "login --store keyring --token -", ciToken, 4, "store_unavailable", "see dxauth help stores"},
		{"nobody", "login --store age --token -", ciToken, 4, "store_unavailable", "see dxauth help stores"},
		{"nobody", "login --store helper:nowhere --token -", ciToken, 4, "store_unavailable", "see dxauth help stores"},
		{"nobody", "login --store attic --token -", ciToken, 2, "usage", "see dxauth help environment"},
		{"nobody", "config set server ftp://x", "", 2, "usage", "see dxauth help environment"},
		{"nobody", "admin bootstrap --username root", "", 2, "input_required", "give both with --code-stdin"},
		{"nobody", "sandbox --fixture nowhere.yaml -- true", "", 2, "usage", "see dxauth sandbox --help"},
		{"nobody", "serve --fixture nowhere.yaml", "", 2, "usage", "see dxauth serve --help"},
		{"nobody", "serve --listen nowhere:99999", "", 2, "usage", "give an address of this machine, such as --listen 127.0.0.1:0 for a free port"},
		{"ci", "--ca-cert nowhere.pem whoami", "", 2, "usage", "see dxauth help environment"},
		{"nobody", "--server http://example.org whoami", "", 3, "not_logged_in", "run dxauth login"},
		{"nobody", "--type floppy whoami", "", 2, "usage", "see dxauth help environment"},
		{"ci", "--connect-timeout soon whoami", "", 2, "usage", "see dxauth help environment"},
		{"alice", "select nowhere", "", 3, "not_found", "list your projects with dxauth projects --level VIEW"},
		{"alice", "select", "", 2, "input_required", "name the project: dxauth select PROJECT; dxauth projects lists them"},
		{"alice", "select Exome_2026:/nowhere", "", 3, "not_found", "in a name, \\: stands for a colon, as in \"Exome 2026\\:/nowhere\""},
		{"alice", "switch bob", "", 3, "not_logged_in", "logged in: alice@HOST; see dxauth accounts, or run dxauth login"},
		{"alice", "token show nowhere", "", 3, "not_found", "see dxauth token list"},
		{"alice", "token revoke nowhere --yes", "", 3, "not_found", "see dxauth token list"},
		{"alice", "token revoke ci", "", 2, "input_required", "use --yes"},
		{"alice", "token edit ci", "", 2, "usage", "see dxauth token edit --help"},
		{"alice", "token rotate nowhere", "", 3, "not_found", "see dxauth token list"},
		{"alice", "token new x --expires 30", "", 2, "usage", "see dxauth token new --help"},
		{"alice", "token new x --expires yesterday", "", 2, "usage", "see dxauth token new --help"},
		{"alice", "exec --scope nowhere=VIEW -- true", "", 3, "not_found", "list your projects with dxauth projects --level VIEW"},
		{"alice", "exec -- no-such-program", "", 127, "usage", "check the name, PATH and the permissions of the program"},
		{"alice", "account password", "", 2, "input_required", "give it with --password-stdin"},
		{"alice", "account email x", "", 2, "usage", "see dxauth account email --help"},
		{"alice", "account update", "", 2, "usage", "give --first, --middle or --last"},
		{"alice", "account orgs leave org-nowhere --yes", "", 3, "not_found", "see dxauth account orgs"},
		{"alice", "account orgs leave org-genomics", "", 2, "input_required", "use --yes"},
		{"alice", "account sessions revoke 00000000", "", 3, "not_found", "see dxauth account sessions"},
		{"alice", "account orgs accept org-nowhere", "", 3, "not_found", "see dxauth account orgs"},
		{"alice", "2fa disable", "", 3, "refused", "run dxauth 2fa enable to turn it on"},
		{"alice", "2fa recovery-codes", "", 3, "refused", "run dxauth 2fa enable to turn it on"},
		{"alice", "admin user list", "", 3, "refused", "run dxauth status to see the account and the server in use"},
		{"alice", "admin user show nobody", "", 3, "refused", "run dxauth status to see the account and the server in use"},
		{"alice", "admin org members org-nowhere", "", 3, "not_found", "check the name or ID; it may also be hidden from this account"},
		{"alice", "admin org members org-clinic", "", 3, "refused", "run dxauth status to see the account and the server in use"},
		{"alice", "admin org policy org-genomics --phi on", "", 3, "refused", "run dxauth status to see the account and the server in use"},
		{"alice", "admin org revoke-token org-genomics 0123456789abcdef", "", 3, "not_found", "see dxauth admin org tokens org-genomics"},
		{"alice", "api system nowhere", "", 3, "not_found", "check the name or ID; it may also be hidden from this account"},
		{"alice", "api system findProjects [", "", 3, "refused", "see dxauth api --help"},
		{"alice", "api user-alice nowhere --input nowhere.json", "", 2, "usage", "see dxauth api --help"},
		{"alice", "--account bob whoami", "", 3, "not_logged_in", "logged in: alice@HOST; see dxauth accounts, or run dxauth login"},
		{"alice", "--server http://127.0.0.1:1 whoami", "", 3, "not_logged_in", "logged in: alice@HOST; see dxauth accounts, or run dxauth login"},
		{"alice", "token new ci --project nowhere", "", 3, "not_found", "list your projects with dxauth projects --level VIEW"},
		{"alice", "token new ci --out /dev/null", "", 2, "usage", "give another name, or move the file away"},
		{"alice", "2fa enable --confirm 123456", "", 3, "refused", "make a new key with --begin, and confirm that one"},
		{"alice", "admin org remove genomics alice --yes", "", 3, "refused", "see dxauth admin org remove --help"},
		{"alice", "exec --scope Exome_2026=VIEW -- no-such-program", "", 127, "usage", "check the name, PATH and the permissions of the program"},
		{"alice", "sandbox -- no-such-program", "", 127, "usage", "check the name, PATH and the permissions of the program"},
		{"alice", "exec echo_hello", "", 127, "usage", "give the program and its arguments as words of their own, without quotes around them all"},
		{"alice", "exec -- /dev/null", "", 126, "usage", "check the name, PATH and the permissions of the program"},
		{"nobody", "config set no_input true", "", 2, "usage", "see dxauth help environment"},
		{"ci", "token new x --expires 1d", "", 3, "refused", "run dxauth status to see the account and the server in use"},
		{"ci", "select Rare_Disease", "", 3, "not_found", "list your projects with dxauth projects --level VIEW"},
		{"ci", "account password", "", 2, "input_required", "give it with --password-stdin"},
		{"admin", "admin user show nobody", "", 3, "not_found", "check the name or ID; it may also be hidden from this account"},
		{"admin", "admin user disable alice", "", 2, "input_required", "use --yes"},
		{"admin", "admin user add alice --email a@b.example --first A --last B", "", 3, "refused", "choose another"},
		{"admin", "admin user approve carol", "", 3, "refused", "see dxauth admin user show carol"},
		{"admin", "admin user reset-2fa bob", "", 2, "input_required", "use --yes"},
		{"admin", "admin user unlock nobody", "", 3, "not_found", "check the name or ID; it may also be hidden from this account"},
		{"unreachable", "whoami", "", 3, "network", "run dxauth doctor to find out why"},
		{"unreachable", "login --username alice --password-stdin", wrong, 3, "network", "run dxauth doctor to find out why"},
		{"web page", "whoami", "", 3, "network", "run dxauth doctor to find out why"},
		{"redirect", "whoami", "", 3, "network", "run dxauth doctor to find out why"},
		{"trouble", "whoami", "", 3, "refused", "try again later"},
		{"damaged accounts", "whoami", "", 1, "internal", "run dxauth doctor to find out why"},
		{"damaged store", "whoami", "", 4, "store_unavailable", "see dxauth help stores"},
		{"open store", "whoami", "", 4, "store_unavailable", "see dxauth help stores"},
		{"wrong setting", "whoami", "", 2, "usage", "see dxauth help environment"},
		{"unknown setting", "whoami", "", 2, "usage", "see dxauth help environment"},
		{"folder is a file", "whoami", "", 1, "internal", "name another folder with DXAUTH_STATE_DIR"},
		{"folder is a file", "login --token -", ciToken, 1, "internal", "name another folder with DXAUTH_STATE_DIR"},
		{"wrong token in the environment", "whoami", "", 3, "session_ended", "put another token into DXAUTH_TOKEN, or unset it and log in"},
		{"no token file", "whoami", "", 2, "usage", "see dxauth help environment"},
		{"no token file", "login", "", 2, "usage", "see dxauth help environment"},
		{"not a token", "whoami", "", 2, "usage", "see dxauth help environment"},
		{"wrong security context", "whoami", "", 2, "usage", "see dxauth help environment"},
		{"wrong authority", "whoami", "", 2, "usage", "see dxauth help environment"},
		{"plain http elsewhere", "whoami", "", 2, "usage", "see dxauth help environment"},
		{"settings folder is a file", "config set color never", "", 1, "internal", "name another folder with DXAUTH_CONFIG_DIR"},
		{"no temporary folder", "exec -- true", "", 1, "internal", "the folder for temporary files, which TMPDIR names on Unix, has to be writable and have room"},
		{"wrong proxy", "whoami", "", 2, "usage", "correct it, as in http://HOST:PORT, or unset it"},
	}
}

// signedIn returns the environment of a machine on which a user of the demo is logged in.
func signedIn(t *testing.T, p *platform, user, password string) []string {
	t.Helper()
	_, env := home(t, p)
	succeed(t, env, password+"\n", "login", "--username", user, "--password-stdin", "--noprojects")
	return env
}

// situations returns the environments in which commands fail.
func situations(t *testing.T) map[string][]string {
	t.Helper()
	demo := newPlatform(t, "demo")
	_, nobody := home(t, demo)
	_, visitor := home(t, demo)
	_, molgenis := home(t, newPlatform(t, "demo", classic))
	_, emx2 := home(t, newPlatform(t, "demo", func(c *refserver.Config) { c.Type = refserver.TypeEMX2 }))
	_, ci := home(t, demo)
	succeed(t, ci, ciToken, "login", "--token", "-", "--noprojects")

	gone := newPlatform(t, "demo")
	unreachable := signedIn(t, gone, "alice", "wonderland-2026")
	gone.http.Close()

	answering := func(answer cannedAnswer) []string {
		canned := startCanned(map[string]cannedAnswer{"/system/whoami": answer, "/system/getUserInfo": answer})
		t.Cleanup(canned.http.Close)
		_, env := home(t, canned)
		return append(env, "DXAUTH_TYPE=dnanexus", "DXAUTH_TOKEN="+ciToken)
	}
	ciAnd := func(change func(path string) error, name string) []string {
		root, env := home(t, demo)
		succeed(t, env, ciToken, "login", "--token", "-", "--noprojects")
		path := filepath.Join(root, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), change(path)); err != nil {
			t.Fatal(err)
		}
		return env
	}
	with := func(name, content string) []string {
		return ciAnd(func(path string) error { return os.WriteFile(path, []byte(content), 0o600) }, name)
	}
	aFile := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(aFile, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	plus := func(variables ...string) []string { return append(append([]string{}, nobody...), variables...) }
	return map[string][]string{
		"nobody": nobody, "visitor": visitor, "ci": ci, "molgenis": molgenis, "emx2": emx2, "unreachable": unreachable,
		"alice":                          signedIn(t, demo, "alice", "wonderland-2026"),
		"admin":                          signedIn(t, demo, "admin", "admin-2026"),
		"web page":                       answering(cannedAnswer{Type: "text/html", Body: []byte(`"<html>Welcome</html>"`)}),
		"redirect":                       answering(cannedAnswer{Status: 307, Location: "http://127.0.0.1:1/", Body: []byte("{}")}),
		"trouble":                        answering(cannedAnswer{Status: 500, Body: []byte(`{"error":{"type":"InternalError","message":"broken"}}`)}),
		"damaged accounts":               with("state/accounts.json", "{damaged"),
		"damaged store":                  with("state/credentials.json", "{damaged"),
		"open store":                     ciAnd(func(path string) error { return os.Chmod(path, 0o644) }, "state/credentials.json"),
		"wrong setting":                  with("config/config.yaml", "color: sometimes\n"),
		"unknown setting":                with("config/config.yaml", "sever: x\n"),
		"folder is a file":               plus("DXAUTH_STATE_DIR=" + aFile),
		"wrong token in the environment": plus("DXAUTH_TOKEN=0123456789abcdefghijABCDEFGHIJ99"),
		"no token file":                  plus("DXAUTH_TOKEN_FILE=/nowhere/token"),
		"not a token":                    plus("DXAUTH_TOKEN=two words"),
		"wrong security context":         plus("DX_SECURITY_CONTEXT=[]"),
		"wrong authority":                plus("DXAUTH_CA_CERT="+aFile, "DXAUTH_TOKEN="+ciToken),
		"plain http elsewhere":           plus("DXAUTH_SERVER=http://example.org", "DXAUTH_TOKEN="+ciToken),
		"settings folder is a file":      plus("DXAUTH_CONFIG_DIR=" + filepath.Join(aFile, "below")),
		"no temporary folder":            append(append([]string{}, ci...), "TMPDIR=/nowhere", "XDG_RUNTIME_DIR="),
		"wrong proxy":                    plus("HTTPS_PROXY=::", "DXAUTH_SERVER=https://example.org", "DXAUTH_TOKEN=x"),
	}
}

// TestFailures checks that each failure is one line and one hint, with the documented exit
// code, and with --json one object.
func TestFailures(t *testing.T) {
	environments := situations(t)
	for _, tt := range failures() {
		t.Run(tt.where+": "+tt.line, func(t *testing.T) {
			t.Parallel()
			env := environments[tt.where]
			args := strings.Fields(tt.line)
			for i := range args {
				args[i] = strings.ReplaceAll(args[i], "_", " ")
			}
			text := invoke(t, env, tt.stdin, args...)
			shown := regexp.MustCompile(`^Acquiring credentials from .*\n`).ReplaceAllString(text.stderr, "")
			message, hint, _ := strings.Cut(strings.TrimPrefix(shown, "dxauth: "), "\n")
			if text.code != tt.code || text.stdout != "" || !strings.HasPrefix(shown, "dxauth: ") || withoutHost(hint) != tt.hint+"\n" {
				t.Errorf("exit code %d, stdout %q, stderr\n%swant exit code %d and the hint\n%s", text.code, text.stdout, shown, tt.code, tt.hint)
			}
			var object kit.FailureJSON
			asJSON := invoke(t, env, tt.stdin, append([]string{"--json"}, args...)...)
			err := json.Unmarshal([]byte(asJSON.stderr), &object)
			got := object.Error
			if err != nil || asJSON.code != tt.code || asJSON.stdout != "" || got.Type != tt.kind || got.Message != message || withoutHost(got.Hint) != tt.hint {
				t.Errorf("with --json: exit code %d, stdout %q, stderr %s (%v)", asJSON.code, asJSON.stdout, asJSON.stderr, err)
			}
		})
	}
}

// TestHintsNameCommands checks that each command in a hint exists, with its flags.
func TestHintsNameCommands(t *testing.T) {
	t.Parallel()
	_, env := home(t, startCanned(nil))
	named := regexp.MustCompile(`dxauth((?: -{0,2}[A-Za-z0-9-]+)+)`)
	commands := map[string]bool{}
	for _, tt := range failures() {
		for _, match := range named.FindAllStringSubmatch(tt.hint, -1) {
			commands[strings.TrimSuffix(match[1], " --help")] = true
		}
	}
	if len(commands) < 10 {
		t.Errorf("the hints name only %d commands", len(commands))
	}
	usage := regexp.MustCompile(`(?m)^  dxauth((?: [a-z0-9-]+)+)`)
	for command := range commands {
		if strings.HasPrefix(command, " help ") {
			succeed(t, env, "", strings.Fields(command)...)
			continue
		}
		help := succeed(t, env, "", append(strings.Fields(command), "--help")...)
		found := usage.FindStringSubmatch(help)
		isGroup := strings.Contains(help, "\nCommands:\n")
		if found == nil || !strings.HasPrefix(command, found[1]) || isGroup && command != found[1] {
			t.Errorf("there is no command dxauth%s", command)
		}
	}
}

// withoutHost replaces the address of a test's server in a hint.
func withoutHost(hint string) string {
	return regexp.MustCompile(`127\.0\.0\.1:\d{4,}`).ReplaceAllString(hint, "HOST")
}
