package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// The secrets of the canary test occur nowhere else, so each place where one is
// found is a leak.
const (
	canaryPassword = "canary-password-of-alice"
	canaryWrong    = "canary-password-that-is-wrong"
	canaryRecovery = "kkkkk-nnnnn"
	canaryToken    = "canaryTokenOfAlice00000000000001"
	canaryBadToken = "canaryTokenOfNobody0000000000002"
	canaryEnded    = "canaryTokenThatLogoutEnds000000" // and a digit: one per variable
	canaryPhrase   = "canary passphrase of the age file"
)

const canaryFixture = `
users:
  - {username: alice, password: ` + canaryPassword + `}
  - {username: bob, password: ` + canaryPassword + `, totp_secret: ` + bobSeed + `, recovery_codes: [` + canaryRecovery + `]}
projects:
  - {name: One, createdBy: alice, permissions: {alice: ADMINISTER}}
tokens:
  - {user: alice, value: ` + canaryToken + `, expires: 30d}
  - {user: alice, value: ` + canaryEnded + `1, expires: 30d}
  - {user: alice, value: ` + canaryEnded + `2, expires: 30d}
  - {user: alice, value: ` + canaryEnded + `3, expires: 30d}
  - {user: alice, value: ` + canaryEnded + `4, expires: 30d}
`

// canary runs commands and keeps all their output.
type canary struct {
	t       *testing.T
	server  *platform
	root    string
	env     []string
	out     strings.Builder
	secrets []string
}

// run runs a command with --debug and checks its exit code.
func (c *canary) run(code int, input string, args ...string) {
	c.t.Helper()
	got := invoke(c.t, c.env, input, append([]string{"--debug"}, args...)...)
	if got.code != code {
		c.t.Errorf("dxauth %q ended with exit code %d, want %d: %s", args, got.code, code, got.stderr)
	}
	fmt.Fprintf(&c.out, "dxauth %q:\n%s%s", args, got.stdout, got.stderr)
	c.learnToken()
}

// learnFrom adds the token in a file to the secrets.
func (c *canary) learnFrom(path string) {
	c.t.Helper()
	content, err := os.ReadFile(path)
	if err != nil || len(content) < 32 {
		c.t.Fatalf("%s has no token: %q, %v", path, content, err)
	}
	c.secrets = append(c.secrets, strings.TrimSpace(string(content)))
}

// learnToken adds the session's token to the secrets.
func (c *canary) learnToken() {
	c.t.Helper()
	content, err := os.ReadFile(plainStore(c.root))
	if os.IsNotExist(err) {
		return
	}
	if err != nil {
		c.t.Fatal(err)
	}
	token, err := storedToken(string(content))
	if err != nil {
		c.t.Fatal(err)
	}
	c.secrets = append(c.secrets, token)
}

// runTokens makes tokens and works with them. A new one is in its file, or on
// standard output, and nowhere else.
func (c *canary) runTokens() {
	c.t.Helper()
	dir := c.t.TempDir()
	learn := func(name string) { c.learnFrom(filepath.Join(dir, name)) }
	out := func(name string, args ...string) {
		c.run(0, "", append(args, "--out", filepath.Join(dir, name))...)
		learn(name)
	}
	out("new", "token", "new", "ci", "--level", "VIEW")
	out("json", "--json", "token", "new", "json", "--project", "One")
	out("rotated", "token", "rotate", "ci")
	out("replaced", "token", "rotate", "json", "--grace", "0")
	c.run(1, "", "exec", "--scope", "One", "--", "sh", "-c", `printf %s "$DX_API_TOKEN" > "$0"; exit 1`, filepath.Join(dir, "narrow"))
	learn("narrow")
	for _, args := range [][]string{{"token", "new"}, {"--json", "token", "new"}} {
		got := invoke(c.t, c.env, "", append([]string{"--debug"}, args...)...)
		printed := regexp.MustCompile(`\b[0-9A-Za-z]{32}\b`).FindString(got.stdout)
		if got.code != 0 || strings.Count(got.stdout, printed) != 1 {
			c.t.Fatalf("dxauth %q ended with exit code %d and printed %q", args, got.code, got.stdout)
		}
		c.secrets = append(c.secrets, printed)
		c.out.WriteString(got.stderr + strings.Replace(got.stdout, printed, "", 1))
	}
	for _, args := range [][]string{
		{"token", "list"}, {"--json", "token", "list"}, {"token", "edit", "json", "--name", "other"}, {"token", "revoke", "other", "--yes"},
		{"--json", "token", "revoke", "--expired"},
	} {
		c.run(0, "", args...)
	}
}

// No secret is in the program's output, even with --debug, in the server's log,
// in a file other than the selected store, or in the arguments of a process.
func TestSecretsDoNotLeak(t *testing.T) {
	t.Parallel()
	server := newPlatform(t, writeFixture(t, canaryFixture))
	root, env := home(t, server)
	temporary := filepath.Join(root, "tmp")
	if err := os.Mkdir(temporary, 0o700); err != nil {
		t.Fatal(err)
	}
	tokenFile := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(tokenFile, []byte(canaryToken+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := &canary{
		t: t, server: server, root: root, env: append(env, "TMPDIR="+temporary),
		secrets: []string{canaryPassword, canaryWrong, canaryRecovery, canaryToken, canaryBadToken, canaryEnded, canaryPhrase},
	}
	arguments := watchArguments()

	alice := []string{"login", "--username", "alice", "--password-stdin"}
	bob := []string{"login", "--username", "bob", "--password-stdin"}
	c.run(0, canaryPassword+"\n", alice...)
	for _, args := range [][]string{
		{"whoami"}, {"status"}, {"--json", "status"}, {"env"}, {"--json", "env"}, {"pwd"}, {"select", "One"}, {"api", "system", "whoami"},
		{"switch", "alice"}, {"account", "sessions"}, {"--json", "account", "sessions"}, {"exec", "--", "true"},
		{"doctor"}, {"--json", "doctor"},
	} {
		c.run(0, "", args...)
	}
	c.run(7, "", "exec", "--", "sh", "-c", "exit 7")
	c.run(3, canaryWrong+"\n", "logout", "--everywhere", "--password-stdin")
	c.run(0, canaryPassword+"\n", "logout", "--everywhere", "--password-stdin")
	c.run(0, canaryPassword+"\n", alice...)
	c.run(0, "", "logout", "--all")
	c.run(0, canaryPassword+"\n", alice...)
	c.run(3, canaryWrong+"\n", alice...)
	c.run(3, canaryWrong+"\n", append([]string{"--json"}, alice...)...)
	c.run(0, canaryPassword+"\n", alice...)
	c.run(4, canaryPassword+"\n", append(alice, "--store", "keyring")...)
	c.run(3, "", "api", "system", "findProjects", `{"limit": "x"}`)
	c.runTokens()
	c.runTwoFactor()
	c.run(0, "", "logout")

	code, err := server.code(bobSeed)
	if err != nil {
		t.Fatal(err)
	}
	c.run(2, canaryPassword+"\n", bob...)
	c.run(0, canaryPassword+"\n"+code+"\n", bob...)
	c.run(3, canaryPassword+"\n"+code+"\n", bob...)
	c.run(0, canaryPassword+"\n"+canaryRecovery+"\n", bob...)
	server.advance(16 * time.Minute)
	c.run(3, "", "whoami")

	c.run(3, canaryBadToken+"\n", "login", "--token", "-")
	c.run(3, canaryToken+"\x1b[31m\n", "login", "--token", "-")
	c.run(0, canaryToken+"\n", "login", "--token", "-")
	c.run(0, "", "login", "--token-file", tokenFile)
	c.run(0, "", "logout", "--local-only")
	inEnvironment := c.env
	endedFile := filepath.Join(t.TempDir(), "ended")
	if err := os.WriteFile(endedFile, []byte(canaryEnded+"3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, variable := range []string{
		"DXAUTH_TOKEN=" + canaryEnded + "1", "DX_API_TOKEN=" + canaryEnded + "2", "DXAUTH_TOKEN_FILE=" + endedFile,
		`DX_SECURITY_CONTEXT={"auth_token": "` + canaryEnded + `4", "auth_token_type": "Bearer"}`,
	} {
		c.env = append(inEnvironment, variable)
		c.run(0, "", "whoami")
		c.run(0, "", "status")
		c.run(0, "", "logout", "--local-only")
		c.run(0, "", "whoami")
		if strings.HasPrefix(variable, "DXAUTH_") { // others may use the token
			c.run(2, "", "logout")
			c.run(0, "", "logout", "--yes")
		} else {
			c.run(0, "", "logout")
		}
		c.run(3, "", "whoami")
		c.run(0, "", "logout", "--yes") // it has already ended
	}
	phraseFile := filepath.Join(t.TempDir(), "phrase")
	if err := os.WriteFile(phraseFile, []byte(canaryPhrase+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c.env = append(inEnvironment, "DXAUTH_PASSPHRASE_FILE="+phraseFile)
	c.run(0, canaryToken+"\n", "login", "--token", "-", "--store", "age")
	c.run(0, "", "exec", "--", "true")
	c.run(0, "", "logout", "--local-only")
	c.env = append(inEnvironment, "DX_USER_CONF_DIR="+plainDX(t, root, server.URL))
	c.run(0, "", "doctor")
	c.run(0, "", "import", "--dry-run")
	c.run(0, "", "import")
	c.run(0, "", "logout", "--local-only")
	c.env = append(inEnvironment, `DX_SECURITY_CONTEXT={"auth_token": "`+canaryToken)
	c.run(2, "", "whoami")
	c.env = append(inEnvironment, "DX_API_TOKEN="+canaryBadToken)
	c.run(3, "", "whoami")
	c.env = inEnvironment
	c.run(0, "", "login", "--token-file", tokenFile, "--noprojects")
	server.http.Close()
	c.run(3, "", "whoami")

	c.runUntilSeen(arguments)

	processes := arguments.end()
	if !strings.Contains(processes, "dxauth --debug whoami") || !strings.Contains(c.out.String(), "debug: POST ") || server.logged() == "" {
		t.Fatal("some output, log or command line is missing")
	}
	for place, text := range map[string]string{
		"the output": c.out.String(), "the server's log": server.logged(), "the arguments of a process": processes,
	} {
		wantNone(t, place, text, c.secrets)
		// A code is six digits, which may be part of any number.
		wantNone(t, place, text, []string{`"` + code + `"`, " " + code + " "})
	}
	wantNotInFiles(t, root, c.secrets...)
}

func wantNone(t *testing.T, place, text string, secrets []string) {
	t.Helper()
	for _, secret := range secrets {
		if at := strings.Index(text, secret); at >= 0 {
			t.Errorf("%s has %q: …%s…", place, secret, text[max(0, at-80):min(len(text), at+80)])
		}
	}
}

// wantNotInFiles checks that no file below root has a secret, except the
// plaintext store.
func wantNotInFiles(t *testing.T, root string, secrets ...string) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || path == plainStore(root) {
			return err
		}
		content, err := os.ReadFile(path)
		wantNone(t, path, string(content), secrets)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// argumentWatch polls the arguments of all descendants of this process. It may
// miss a short-lived one.
type argumentWatch struct {
	mutex    sync.Mutex
	seen     map[string]bool
	stop     chan struct{}
	watching sync.WaitGroup
}

func watchArguments() *argumentWatch {
	w := &argumentWatch{seen: map[string]bool{}, stop: make(chan struct{})}
	w.watching.Go(func() {
		for {
			w.look()
			select {
			case <-w.stop:
				return
			case <-time.After(50 * time.Millisecond):
			}
		}
	})
	return w
}

func (w *argumentWatch) look() {
	lines := descendantArguments(os.Getpid())
	w.mutex.Lock()
	defer w.mutex.Unlock()
	for _, line := range lines {
		w.seen[line] = true
	}
}

// all returns what was seen so far, one process per line.
func (w *argumentWatch) all() string {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	var all strings.Builder
	for line := range w.seen {
		all.WriteString(line + "\n")
	}
	return all.String()
}

// end stops watching and returns all that was seen.
func (w *argumentWatch) end() string {
	close(w.stop)
	w.watching.Wait()
	return w.all()
}

// runUntilSeen runs whoami at a server that answers only when the watch has
// seen the command: it would be too quick to be seen for sure.
func (c *canary) runUntilSeen(w *argumentWatch) {
	c.t.Helper()
	slow := httptest.NewServer(http.HandlerFunc(func(answer http.ResponseWriter, r *http.Request) {
		for !strings.Contains(w.all(), "dxauth --debug whoami") && r.Context().Err() == nil {
			w.look()
		}
		http.NotFound(answer, r)
	}))
	defer slow.Close()
	env := c.env
	c.env = append(slices.Clone(env), "DXAUTH_SERVER="+slow.URL, "DXAUTH_TOKEN="+canaryToken)
	c.run(3, "", "whoami")
	c.env = env
}

// descendantArguments lists the command lines, which all users of the machine
// can see, of all descendants of a process.
func descendantArguments(ancestor int) []string {
	parents := map[int]int{}
	lines := map[int]string{}
	directories, _ := filepath.Glob("/proc/[0-9]*")
	for _, directory := range directories {
		pid, _ := strconv.Atoi(filepath.Base(directory))
		status, _ := os.ReadFile(filepath.Join(directory, "stat")) // it may have ended
		_, fields, _ := strings.Cut(string(status), ") ")
		var state string
		var parent int
		if _, err := fmt.Sscan(fields, &state, &parent); err != nil {
			continue
		}
		arguments, _ := os.ReadFile(filepath.Join(directory, "cmdline"))
		parents[pid], lines[pid] = parent, strings.ReplaceAll(string(arguments), "\x00", " ")
	}
	var found []string
	for pid, line := range lines {
		for up := parents[pid]; up > 1; up = parents[up] {
			if up == ancestor {
				found = append(found, line)
			}
		}
	}
	return found
}

// plainDX makes the settings of a dx that keeps the token for a server in plain
// text.
func plainDX(t *testing.T, root, server string) string {
	t.Helper()
	address, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	settings, err := json.Marshal(map[string]string{
		"DX_SECURITY_CONTEXT":   `{"auth_token": "` + canaryToken + `", "auth_token_type": "Bearer"}`,
		"DX_APISERVER_PROTOCOL": address.Scheme,
		"DX_APISERVER_HOST":     address.Hostname(),
		"DX_APISERVER_PORT":     address.Port(),
	})
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(root, "dx")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "environment.json"), settings, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}
