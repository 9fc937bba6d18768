package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/testbus"
	"github.com/dxauth/dxauth/internal/testkeyctl"
	"github.com/dxauth/dxauth/internal/testprogram"
)

// kills is how often the program is killed with each store: KILLS, or a few times.
func kills(t *testing.T) int {
	t.Helper()
	const few = 6
	text := os.Getenv("KILLS")
	if text == "" {
		return few
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("KILLS is %q, not a number from 1 on", text)
	}
	return n
}

// C-04: wherever the program is killed, the next command works or asks for a login: no file
// is torn and no lock stays. What was reported as done is done, and after the next logout
// no secret is left in any file or store.
func TestKilledAtAnyMoment(t *testing.T) {
	t.Parallel()
	for _, store := range []string{"plaintext", "age", "kernel", "keyring"} {
		t.Run(store, func(t *testing.T) {
			t.Parallel()
			v := newVictim(t, store)
			commands, rounds, killed := v.commands(), kills(t), 0
			if store == "age" {
				rounds = (rounds + 3) / 4 // each command stretches the passphrase, which takes long
			}
			first := rand.IntN(len(commands))
			for n := range rounds {
				if v.suffer(commands[(first+n)%len(commands)]) {
					killed++
				}
				if t.Failed() {
					t.Fatalf("after %d kills", killed)
				}
			}
			v.leave()
			t.Logf("killed %d times, %d commands ended before", killed, rounds-killed)
		})
	}
}

// A victim is alice, with a carol beside her, whose commands are killed.
type victim struct {
	t          *testing.T
	server     *platform
	root       string // of all files
	env        []string
	isSignedIn bool
	usual      time.Duration            // that a command takes
	takes      map[string]time.Duration // that one took which was not killed
	tokens     []string                 // names of those that were made or may be
	made       int                      // names used
	selected   []string                 // projects of which one is selected
	holds      func(account string) bool
}

func newVictim(t *testing.T, store string) *victim {
	v := &victim{
		t: t, server: newPlatform(t, "demo"), takes: map[string]time.Duration{}, selected: []string{""},
		holds: func(string) bool { return false },
	}
	v.root, v.env = home(t, v.server)
	v.env = append(v.env, "DXAUTH_STORE="+store, "DX_USER_CONF_DIR="+filepath.Join(v.root, "dx"))
	for _, folder := range []string{"run", "dx", "out"} {
		if err := os.Mkdir(filepath.Join(v.root, folder), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	switch store {
	case "age":
		v.env = append(v.env, "DXAUTH_PASSPHRASE_FILE="+v.write("passphrase", "a passphrase for the test\n"))
	case "kernel":
		v.holds = func(account string) bool {
			user, host, _ := strings.Cut(account, "@")
			return kernelKey{t, "dxauth:" + host + ":" + user}.found()
		}
	case "keyring":
		bus := testbus.Unlocked(t)
		v.env = append(v.env, bus.Env...)
		v.env = append(v.env, "XDG_RUNTIME_DIR="+filepath.Join(v.root, "run"))
		v.holds = func(account string) bool {
			_, found := bus.Lookup(t, "service", "dxauth", "username", account)
			return found
		}
	}
	t.Cleanup(func() {
		for _, user := range []string{"alice", "carol"} {
			account := v.account(user)
			_ = exec.Command("keyctl", "purge", "user", "dxauth:"+strings.TrimPrefix(v.server.URL, "http://")+":"+user).Run()
			for _, key := range keysOf(t, account) {
				testkeyctl.Must(t, "revoke", key)
			}
		}
	})
	began := time.Now()
	v.logIn("carol", "singer-2026")
	v.usual = time.Since(began)
	return v
}

func (v *victim) account(user string) string {
	return user + "@" + strings.TrimPrefix(v.server.URL, "http://")
}

func (v *victim) write(name, content string) (path string) {
	v.t.Helper()
	path = filepath.Join(v.root, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		v.t.Fatal(err)
	}
	return path
}

func (v *victim) run(input string, args ...string) outcome {
	v.t.Helper()
	return invoke(v.t, v.env, input, args...)
}

func (v *victim) logIn(user, password string) {
	v.t.Helper()
	succeed(v.t, v.env, password+"\n", "login", "--username", user, "--password-stdin", "--noprojects")
	v.isSignedIn = user == "alice"
}

// A command is what is killed.
type command struct {
	name    string
	prepare func()          // nil: nothing
	args    func() []string // asked after prepare
	input   string
	verify  func(got outcome) // got.code is 0 if it was done, and -1 if it was killed
}

// suffer runs a command and kills it at some moment of the time that it takes.
func (v *victim) suffer(c command) (killed bool) {
	v.t.Helper()
	if !v.isSignedIn {
		v.logIn("alice", "wonderland-2026")
	}
	if c.prepare != nil {
		c.prepare()
	}
	takes := cmp.Or(v.takes[c.name], v.usual)
	began := time.Now()
	got := v.runKilled(c, rand.N(takes+time.Millisecond))
	switch {
	case got.code == 0:
		v.takes[c.name] = time.Since(began)
	case got.code != -1 && got.code != 3:
		v.t.Errorf("%s ended with exit code %d: %s", c.name, got.code, got.stderr)
	}
	v.wantWholeIndex(c)
	v.isSignedIn = v.whoami(c) == "alice"
	if c.verify != nil {
		c.verify(got)
	}
	return got.code == -1
}

// runKilled runs a command that is killed after a time.
func (v *victim) runKilled(c command, after time.Duration) outcome {
	v.t.Helper()
	process := exec.Command("dxauth", c.args()...)
	var stdout, stderr strings.Builder
	process.Env, process.Stdin, process.Stdout, process.Stderr = v.env, strings.NewReader(c.input), &stdout, &stderr
	process.WaitDelay = patience // for a program that exec started and that has the output open
	wait, err := testprogram.Start(process)
	if err != nil {
		v.t.Fatal(err)
	}
	timer := time.AfterFunc(after, func() { _ = process.Process.Kill() })
	defer timer.Stop()
	_ = wait() // the exit code says it
	return outcome{stdout.String(), stderr.String(), process.ProcessState.ExitCode()}
}

// whoami returns who is signed in, or "".
func (v *victim) whoami(after command) string {
	v.t.Helper()
	got := v.run("", "whoami")
	switch {
	case got.code == 0:
		return strings.TrimSpace(got.stdout)
	case got.code != 3 || !strings.Contains(got.stderr, "dxauth login"):
		v.t.Errorf("after %s, whoami ends with exit code %d: %s", after.name, got.code, got.stderr)
	}
	return ""
}

func (v *victim) wantWholeIndex(after command) {
	v.t.Helper()
	content, err := os.ReadFile(filepath.Join(v.root, "state", "accounts.json"))
	if err != nil {
		v.t.Fatal(err)
	}
	var index struct{ Accounts []json.RawMessage }
	if err := json.Unmarshal(content, &index); err != nil || len(index.Accounts) > 2 {
		v.t.Errorf("after %s the index is damaged (%v): %s", after.name, err, content)
	}
}

func (v *victim) commands() []command {
	return []command{
		{
			name: "login", input: "wonderland-2026\n",
			prepare: func() {
				if rand.IntN(2) == 0 {
					v.run("", "logout")
				}
			},
			args: given("login", "--username", "alice", "--password-stdin", "--noprojects"),
			verify: func(got outcome) {
				if got.code == 0 && !v.isSignedIn {
					v.t.Error("the login is lost")
				}
			},
		},
		{name: "token new", args: v.newToken, verify: v.verifyToken},
		{name: "select", args: v.selectProject, verify: v.verifyProject},
		{name: "exec", args: given("exec", "--", "sh", "-c", `printf %s "$DX_SECURITY_CONTEXT" >"$DX_USER_CONF_DIR/environment.json"`)},
		{name: "exec --scope", args: given("exec", "--scope", "Exome 2026", "--", "true")},
		{name: "switch", args: given("switch", "carol"), verify: v.verifySwitch},
		{name: "a use after a minute", prepare: func() { v.wasUsed(time.Now().Add(-time.Minute)) }, args: given("whoami")},
		{name: "2fa enable", prepare: v.beginTwoFactor, args: v.confirmTwoFactor, verify: v.verifyTwoFactor},
		{name: "token revoke", args: v.revokeToken},
		{name: "import", prepare: v.writeDxFile, args: given("import"), verify: v.verifyImport},
		{
			name: "the idle limit", prepare: func() { v.wasUsed(time.Now().Add(-time.Hour)) }, args: given("whoami"),
			verify: func(outcome) {
				if v.isSignedIn {
					v.t.Error("a session is used after its idle limit")
				}
			},
		},
		{
			name: "logout", args: given("logout"),
			verify: func(got outcome) {
				if account := v.account("alice"); got.code == 0 && (v.isSignedIn || v.holds(account)) {
					v.t.Error("the logout is lost")
				}
			},
		},
	}
}

func given(args ...string) func() []string { return func() []string { return args } }

func (v *victim) newToken() []string {
	v.made++
	v.tokens = append(v.tokens, fmt.Sprintf("ci-%d", v.made))
	return []string{"token", "new", v.tokens[len(v.tokens)-1]}
}

// verifyToken checks that a token that was shown works, and that there is at most one.
func (v *victim) verifyToken(got outcome) {
	v.t.Helper()
	shown := regexp.MustCompile(`\b[0-9A-Za-z]{32}\n`).FindString(got.stdout)
	if got.code == 0 && shown == "" {
		v.t.Errorf("no token in %q", got.stdout)
	}
	if shown != "" {
		if status, err := v.server.status(strings.TrimSpace(shown)); err != nil || status != 200 {
			v.t.Errorf("the server answers %d (%v) to a token that was shown", status, err)
		}
	}
	name := v.tokens[len(v.tokens)-1]
	if listed := strings.Count(v.run("", "--json", "token", "list").stdout, `"`+name+`"`); listed > 1 {
		v.t.Errorf("there are %d tokens %s", listed, name)
	}
}

// revokeToken returns the command for the oldest token, which is perhaps not there.
func (v *victim) revokeToken() []string {
	if len(v.tokens) == 0 {
		return []string{"token", "list"}
	}
	name := v.tokens[0]
	v.tokens = v.tokens[1:]
	return []string{"token", "revoke", "--yes", name}
}

func (v *victim) selectProject() []string {
	wanted := []string{"Exome 2026", "Rare Disease"}[rand.IntN(2)]
	v.selected = append(v.selected, wanted)
	return []string{"select", wanted}
}

func (v *victim) verifyProject(got outcome) {
	v.t.Helper()
	if !v.isSignedIn {
		return
	}
	now, _, _ := strings.Cut(v.run("", "pwd").stdout, ":")
	if !slices.Contains(v.selected, now) || got.code == 0 && now != v.selected[len(v.selected)-1] {
		v.t.Errorf("%q is selected, of %q", now, v.selected)
	}
	v.selected = []string{now, ""} // a later login selects none
}

func (v *victim) verifySwitch(got outcome) {
	v.t.Helper()
	if got.code == 0 && v.isSignedIn {
		v.t.Error("the switch is lost")
	}
	v.run("", "switch", "alice") // fails if her session has ended
	v.isSignedIn = v.whoami(command{name: "switch"}) == "alice"
}

// wasUsed changes when the accounts were last used.
func (v *victim) wasUsed(at time.Time) {
	v.t.Helper()
	path := filepath.Join(v.root, "state", "accounts.json")
	content, err := os.ReadFile(path)
	if err != nil {
		v.t.Fatal(err)
	}
	stamp := []byte(`"lastUsed": "` + at.UTC().Format(time.RFC3339) + `"`)
	if err := os.WriteFile(path, regexp.MustCompile(`"lastUsed": "[^"]*"`).ReplaceAll(content, stamp), 0o600); err != nil {
		v.t.Fatal(err)
	}
}

// codesFile is where the recovery codes of the current attempt go.
func (v *victim) codesFile() string {
	return filepath.Join(v.root, "out", fmt.Sprintf("codes-%d", v.made))
}

func (v *victim) beginTwoFactor() {
	v.t.Helper()
	v.made++
	begun := succeed(v.t, v.env, "wonderland-2026\n", "--json", "2fa", "enable", "--begin", "--password-stdin")
	var enrollment struct{ Secret string }
	if err := json.Unmarshal([]byte(begun), &enrollment); err != nil {
		v.t.Fatal(err)
	}
	code, err := v.server.code(enrollment.Secret)
	if err != nil {
		v.t.Fatal(err)
	}
	v.write("code", code+"\n")
}

func (v *victim) confirmTwoFactor() []string {
	code, err := os.ReadFile(filepath.Join(v.root, "code"))
	if err != nil {
		v.t.Fatal(err)
	}
	return []string{"2fa", "enable", "--confirm", strings.TrimSpace(string(code)), "--recovery-file", v.codesFile()}
}

// verifyTwoFactor checks that a second factor that is on has its recovery codes here, and
// turns it off with one.
func (v *victim) verifyTwoFactor(got outcome) {
	v.t.Helper()
	var status struct{ Enabled bool }
	if err := json.Unmarshal([]byte(succeed(v.t, v.env, "", "--json", "2fa", "status")), &status); err != nil {
		v.t.Fatal(err)
	}
	if got.code == 0 && !status.Enabled {
		v.t.Error("two-factor authentication is off after it was reported to be on")
	}
	if !status.Enabled {
		return
	}
	content, err := os.ReadFile(v.codesFile())
	codes := regexp.MustCompile(`(?m)^[a-z0-9-]{19}$`).FindAllString(string(content), -1)
	if err != nil || len(codes) != 10 {
		v.t.Fatalf("two-factor authentication is on, and the file with the recovery codes has %q, %v", content, err)
	}
	succeed(v.t, v.env, "wonderland-2026\n"+codes[0]+"\n", "--json", "2fa", "disable", "--yes", "--password-stdin")
}

// writeDxFile gives dx a token of alice.
func (v *victim) writeDxFile() {
	v.t.Helper()
	shown := strings.Fields(succeed(v.t, v.env, "", "token", "new"))
	host, port, _ := strings.Cut(strings.TrimPrefix(v.server.URL, "http://"), ":")
	v.write("dx/environment.json", fmt.Sprintf(
		`{"DX_APISERVER_HOST": %q, "DX_APISERVER_PORT": %q, "DX_APISERVER_PROTOCOL": "http",
		"DX_SECURITY_CONTEXT": "{\"auth_token\": \"%s\", \"auth_token_type\": \"Bearer\"}"}`, host, port, shown[len(shown)-1]))
	v.run("", "logout")
}

// verifyImport checks that the token is in dx's file or in the store, and that another import
// ends what was begun.
func (v *victim) verifyImport(got outcome) {
	v.t.Helper()
	content, err := os.ReadFile(filepath.Join(v.root, "dx", "environment.json"))
	if err != nil {
		v.t.Fatal(err)
	}
	inFile := !strings.Contains(string(content), "PUBLIC")
	if !json.Valid(content) || !inFile && !v.isSignedIn || got.code == 0 && inFile {
		v.t.Errorf("after import (exit code %d) alice is signed in: %v, and dx's file is %s", got.code, v.isSignedIn, content)
	}
	if inFile {
		succeed(v.t, v.env, "", "import")
	}
	v.run("", "logout")
	v.write("dx/environment.json", "{}")
	v.isSignedIn = false
}

// leave logs in and out, and checks that no secret is left.
func (v *victim) leave() {
	v.t.Helper()
	v.logIn("alice", "wonderland-2026")
	succeed(v.t, v.env, "", "exec", "--", "true")
	succeed(v.t, v.env, "", "logout", "--all")
	for _, user := range []string{"alice", "carol"} {
		account := v.account(user)
		if v.holds(account) {
			v.t.Errorf("the store has a credential of %s", account)
		}
		for _, key := range keysOf(v.t, account) {
			if !v.ends(key) {
				v.t.Errorf("the kernel has the key %s of %s for ever", key, account)
			}
		}
	}
	v.wantNoSecrets()
}

// ends reports whether the kernel removes a key by itself: a command that was killed between
// its key and what the key opens leaves one that opens nothing.
func (v *victim) ends(key string) bool {
	v.t.Helper()
	id, err := strconv.Atoi(key)
	if err != nil {
		v.t.Fatal(err)
	}
	listed, err := os.ReadFile("/proc/keys")
	if err != nil {
		v.t.Fatal(err)
	}
	for line := range strings.Lines(string(listed)) {
		if fields := strings.Fields(line); fields[0] == fmt.Sprintf("%08x", id) {
			return fields[3] != "perm" // how long it is still there
		}
	}
	return true // it has ended
}

// secretShape is what each file with a credential has: the token, or text that age or the
// kernel's key opens.
var secretShape = regexp.MustCompile(`"token"|auth_token|age-encryption|"sealed"`)

func (v *victim) wantNoSecrets() {
	v.t.Helper()
	err := filepath.WalkDir(v.root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		if secretShape.Match(content) {
			v.t.Errorf("%s has a secret", path)
		}
		if strings.Contains(filepath.Base(path), "draft") {
			v.t.Errorf("%s is left", path)
		}
		return err
	})
	if err != nil {
		v.t.Fatal(err)
	}
}
