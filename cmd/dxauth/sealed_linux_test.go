package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/testbus"
	"github.com/dxauth/dxauth/internal/testkeyctl"
)

// keysOf returns the IDs of the kernel's keys that open credentials of an account.
func keysOf(t *testing.T, account string) (keys []string) {
	t.Helper()
	user, host, _ := strings.Cut(account, "@")
	listed, err := exec.Command("keyctl", "rlist", "@u").Output()
	if err != nil {
		t.Fatalf("keyctl (Debian package keyutils): %v", err)
	}
	for _, id := range strings.Fields(string(listed)) {
		described, _ := exec.Command("keyctl", "rdescribe", id).Output() // a key may end meanwhile
		if strings.Contains(string(described), ";dxauth-seal:"+host+":"+user+":") {
			keys = append(keys, id)
		}
	}
	return keys
}

// keyOf returns the ID of the only such key.
func keyOf(t *testing.T, account string) string {
	t.Helper()
	keys := keysOf(t, account)
	if len(keys) != 1 {
		t.Fatalf("the kernel has the keys %q of %s, want one", keys, account)
	}
	return keys[0]
}

// sealedSession is a session in a real keyring, sealed.
type sealedSession struct {
	server  *platform
	bus     testbus.Bus
	root    string
	env     []string
	account string
	token   string
}

func newSealedSession(t *testing.T, settings ...string) *sealedSession {
	t.Helper()
	s := &sealedSession{server: newPlatform(t, "demo"), bus: testbus.Unlocked(t)}
	s.root, s.env = atBus(t, s.server, s.bus)
	s.env = append(s.env, settings...)
	s.account = "alice@" + strings.TrimPrefix(s.server.URL, "http://")
	s.logIn(t)
	s.token = tokenOf(t, s.env)
	t.Cleanup(func() {
		for _, key := range keysOf(t, s.account) {
			testkeyctl.Must(t, "revoke", key)
		}
	})
	return s
}

func (s *sealedSession) logIn(t *testing.T) {
	t.Helper()
	succeed(t, s.env, "wonderland-2026\n", "login", "--username", "alice", "--password-stdin", "--noprojects")
}

// item is what secret-tool reads.
func (s *sealedSession) item(t *testing.T) (string, bool) {
	t.Helper()
	return s.bus.Lookup(t, "service", "dxauth", "username", s.account)
}

// wantServer checks the status of the server's answer to the token.
func (s *sealedSession) wantServer(t *testing.T, want int) {
	t.Helper()
	if status, err := s.server.status(s.token); err != nil || status != want {
		t.Errorf("the server answers %d (%v) to the token, want %d", status, err, want)
	}
}

// changeIndex replaces what a pattern matches in the account index.
func (s *sealedSession) changeIndex(t *testing.T, pattern, by string) {
	t.Helper()
	path := filepath.Join(s.root, "state", "accounts.json")
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	changed := regexp.MustCompile(pattern).ReplaceAll(content, []byte(by))
	if string(changed) == string(content) {
		t.Fatalf("the index has no %s:\n%s", pattern, content)
	}
	if err := os.WriteFile(path, changed, 0o600); err != nil {
		t.Fatal(err)
	}
}

// wantLocked checks that a command can't open the session, says why, and erases
// nothing.
func (s *sealedSession) wantLocked(t *testing.T, got outcome, says string) {
	t.Helper()
	if got.code != 3 || !strings.Contains(got.stderr, says) || !strings.Contains(got.stderr, "run dxauth login") {
		t.Errorf("exit code %d: %s; want 3 and %q", got.code, got.stderr, says)
	}
	if _, found := s.item(t); !found {
		t.Error("the item was erased")
	}
}

// After the limit, with no command of ours, nothing takes what lies in the keyring, not
// even with everything else as it was. The next login tells the server, which
// has a longer limit.
func TestAfterTheLimitNothingOpens(t *testing.T) {
	t.Parallel()
	s := newSealedSession(t, "DXAUTH_IDLE_TIMEOUT=2s")
	key := keyOf(t, s.account)
	index, err := os.ReadFile(filepath.Join(s.root, "state", "accounts.json"))
	if err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(patience); exec.Command("keyctl", "read", key).Run() == nil; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the key is still there")
		}
	}

	item, found := s.item(t)
	if !found || strings.Contains(item, s.token) {
		t.Fatalf("secret-tool reads %q", item)
	}
	s.wantServer(t, 200) // it would take the token

	// A clock that says that no time has passed does not help.
	s.changeIndex(t, `"lastUsed": "[^"]*"`, `"lastUsed": "`+time.Now().Add(time.Hour).UTC().Format(time.RFC3339)+`"`)
	s.changeIndex(t, `"boot": "[^"]*",\s*"since"`, `"boot": "another", "since"`)
	got := invoke(t, s.env, "", "--json", "whoami")
	if got.code != 3 || !strings.Contains(got.stderr, `"session_ended"`) || !strings.Contains(got.stderr, "of inactivity") {
		t.Errorf("exit code %d: %s", got.code, got.stderr)
	}
	if item, found := s.item(t); found {
		t.Errorf("the first command left %q", item)
	}

	// Put back, all of it opens nothing.
	put := exec.Command("secret-tool", "store", "--label=dxauth", "service", "dxauth", "username", s.account)
	put.Env, put.Stdin = s.bus.Env, strings.NewReader(item)
	if out, err := put.CombinedOutput(); err != nil {
		t.Fatalf("secret-tool: %v: %s", err, out)
	}
	if err := os.WriteFile(filepath.Join(s.root, "state", "accounts.json"), index, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := invoke(t, s.env, "", "whoami"); got.code != 3 {
		t.Errorf("exit code %d: %s", got.code, got.stderr)
	}

	s.logIn(t)
	s.wantServer(t, 401)
}

// A key that is gone early locks the session. A logout erases it, and the next login
// ends it on the server.
func TestTheKeyIsGoneEarly(t *testing.T) {
	t.Parallel()
	s := newSealedSession(t)
	testkeyctl.Must(t, "revoke", keyOf(t, s.account))
	for _, command := range []string{"whoami", "status", "env"} {
		s.wantLocked(t, invoke(t, s.env, "", command), "is locked: its key is not in the kernel's keyring any more")
	}
	if got := invoke(t, s.env, "", "doctor"); !strings.Contains(got.stdout, "is locked: its key is not in the kernel's keyring any more") {
		t.Errorf("doctor prints\n%s", got.stdout)
	}
	got := invoke(t, s.env, "", "logout")
	if got.code != 0 || !strings.Contains(got.stderr, "until your next login there") {
		t.Errorf("logout: exit code %d: %s", got.code, got.stderr)
	}
	if _, found := s.item(t); found {
		t.Error("the item is still there after the logout")
	}
	s.wantServer(t, 200)
	s.logIn(t)
	s.wantServer(t, 401)
}

// A login replaces a session that it can't open, and ends it on the server.
func TestLoginOverALockedSession(t *testing.T) {
	t.Parallel()
	s := newSealedSession(t)
	testkeyctl.Must(t, "revoke", keyOf(t, s.account))
	s.logIn(t)
	s.wantServer(t, 401)
	if got := succeed(t, s.env, "", "whoami"); got != "alice\n" {
		t.Errorf("whoami prints %q", got)
	}
}

// In another user namespace, as in a container, and after a restart the kernel has no
// key, and the session stays.
func TestSealedInAnotherPlace(t *testing.T) {
	t.Parallel()
	s := newSealedSession(t)
	inside := exec.Command("unshare", "--user", "--map-current-user", "dxauth", "whoami")
	var stderr strings.Builder
	inside.Env, inside.Stderr = s.env, &stderr
	if err := inside.Run(); inside.ProcessState == nil {
		t.Fatalf("unshare (Debian package util-linux): %v", err)
	}
	s.wantLocked(t, outcome{stderr: stderr.String(), code: inside.ProcessState.ExitCode()}, "was sealed in another container of this machine")

	if got := succeed(t, s.env, "", "whoami"); got != "alice\n" {
		t.Errorf("whoami prints %q", got)
	}
	s.changeIndex(t, `"boot": "[^"]*"`, `"boot": "another"`)
	testkeyctl.Must(t, "revoke", keyOf(t, s.account))
	s.wantLocked(t, invoke(t, s.env, "", "whoami"), "is locked since this machine was restarted")
	s.changeIndex(t, `"host": "[^"]*"\s*}`, `"host": "node17"}`)
	s.wantLocked(t, invoke(t, s.env, "", "whoami"), "was sealed on the machine node17")
}

// Where a filter of system calls forbids the kernel's keys, as in Docker's containers, a
// sealed session can't be opened and stays, and a login stores an unsealed one, which
// the next command outside seals.
func TestSealedSessionWithoutKeys(t *testing.T) {
	t.Parallel()
	s := newSealedSession(t)
	inside := func(input string, args ...string) (got outcome) {
		withoutKeys(t, func() { got = invoke(t, s.env, input, args...) })
		return got
	}
	s.wantLocked(t, inside("", "whoami"), "can't be opened here: this container, or a policy, forbids the kernel's keys")
	if got := succeed(t, s.env, "", "whoami"); got != "alice\n" {
		t.Errorf("whoami prints %q", got)
	}
	sealed := inside("wonderland-2026\n", "login", "--username", "alice", "--password-stdin", "--noprojects", "--seal")
	if sealed.code != 4 || !strings.Contains(sealed.stderr, "--seal: this container, or a policy, forbids the kernel's keys") {
		t.Errorf("login --seal: exit code %d: %s", sealed.code, sealed.stderr)
	}

	login := inside("wonderland-2026\n", "login", "--username", "alice", "--password-stdin", "--noprojects")
	if login.code != 0 {
		t.Fatalf("login: exit code %d: %s", login.code, login.stderr)
	}
	if item, _ := s.item(t); !strings.Contains(item, `"token":`) {
		t.Errorf("the item is %s", item)
	}
	status := inside("", "status", "--offline")
	if !strings.Contains(status.stdout, "keyring, not sealed: this container, or a policy, forbids the kernel's keys") {
		t.Errorf("status prints\n%s", status.stdout)
	}
	if doctor := inside("", "doctor", "--verbose"); !strings.Contains(doctor.stdout, "a session that has ended stays in the keyring until the next command") {
		t.Errorf("doctor prints\n%s", doctor.stdout)
	}
	if got := succeed(t, s.env, "", "status"); !strings.Contains(got, "keyring, not sealed yet") {
		t.Errorf("status prints\n%s", got)
	}
	if got := succeed(t, s.env, "", "status", "--offline"); !strings.Contains(got, "keyring, sealed\n") {
		t.Errorf("status prints\n%s", got)
	}
}

// Processes that renew the session at once, and read it while others replace it, never
// find it locked.
func TestManyProcessesOfASealedSession(t *testing.T) {
	t.Parallel()
	s := newSealedSession(t)
	key := keyOf(t, s.account)
	testkeyctl.Must(t, "timeout", key, "30")
	s.changeIndex(t, `"lastUsed": "[^"]*"`, `"lastUsed": "`+time.Now().Add(-5*time.Minute).UTC().Format(time.RFC3339)+`"`)
	var renewals sync.WaitGroup
	for range 2 {
		renewals.Go(func() {
			if got := invoke(t, s.env, "", "whoami"); got.code != 0 {
				t.Errorf("exit code %d: %s", got.code, got.stderr)
			}
		})
	}
	renewals.Wait()
	keys, err := os.ReadFile("/proc/keys")
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`\s1[45]m\s.*dxauth-seal:` + regexp.QuoteMeta(strings.TrimPrefix(s.server.URL, "http://")) + ":alice:").Match(keys) {
		t.Errorf("the key was not renewed to 15 minutes:\n%s", keys)
	}

	replacing, replaced := context.WithCancel(t.Context())
	var readers sync.WaitGroup
	t.Cleanup(readers.Wait)
	for range 2 {
		readers.Go(func() {
			for running := true; running; {
				running = replacing.Err() == nil
				if got := invoke(t, s.env, "", "env", "--bash"); got.code != 0 {
					t.Errorf("exit code %d: %s", got.code, got.stderr)
				}
			}
		})
	}
	for range 5 {
		s.logIn(t)
	}
	replaced()
	readers.Wait()
	keyOf(t, s.account) // each login removed the key of the one before
}
