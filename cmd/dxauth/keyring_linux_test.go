package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/testbus"
)

// atBus is home with a session bus and its keyring, and no store set.
func atBus(t *testing.T, p *platform, bus testbus.Bus) (root string, env []string) {
	t.Helper()
	root, env = home(t, p)
	return root, append(append(env, bus.Env...), "DXAUTH_STORE=auto")
}

// The session is stored in the keyring, sealed: other programs of the user find the
// item, and no token in it.
func TestSessionIsInTheKeyring(t *testing.T) {
	t.Parallel()
	server := newPlatform(t, "demo")
	bus := testbus.Unlocked(t)
	root, env := atBus(t, server, bus)
	account := "alice@" + strings.TrimPrefix(server.URL, "http://")

	succeed(t, env, "wonderland-2026\n", "login", "--username", "alice", "--password-stdin", "--noprojects")
	stored, found := bus.Lookup(t, "service", "dxauth", "username", account)
	if !found || !strings.Contains(stored, `"sealed":`) {
		t.Fatalf("secret-tool finds %q of %s", stored, account)
	}
	token := tokenOf(t, env)
	if strings.Contains(stored, token) {
		t.Errorf("the item shows the token: %s", stored)
	}
	wantNotInFiles(t, root, token, "wonderland-2026")
	if got := succeed(t, env, "", "whoami"); got != "alice\n" {
		t.Errorf("whoami prints %q", got)
	}
	if got := succeed(t, env, "", "status"); !strings.Contains(got, "Credential:     keyring, sealed\n") {
		t.Errorf("status does not say that the credential is sealed:\n%s", got)
	}

	key := keyOf(t, account)
	succeed(t, env, "", "logout")
	if _, found := bus.Lookup(t, "service", "dxauth", "username", account); found {
		t.Error("secret-tool still finds the item after the logout")
	}
	if out, err := exec.Command("keyctl", "read", key).CombinedOutput(); err == nil {
		t.Errorf("the key is still there after the logout: %s", out)
	}
	if status, err := server.status(token); err != nil || status != 401 {
		t.Errorf("the server answers %d (%v) to the token after the logout", status, err)
	}
}

// An API token in the keyring is not sealed, unless --seal asks for it.
func TestTokenInTheKeyring(t *testing.T) {
	t.Parallel()
	const token = "0123456789abcdefghijABCDEFGHIJ01" // of the fixture
	server := newPlatform(t, "demo")
	bus := testbus.Unlocked(t)
	_, env := atBus(t, server, bus)
	account := "alice@" + strings.TrimPrefix(server.URL, "http://")
	for _, tt := range []struct {
		flag, stored, credential, says string
	}{
		{"--seal=false", token, "Credential:     keyring\n", ""},
		{"--seal", `"sealed":`, "Credential:     keyring, sealed\n", "after a restart of this machine, log in again"},
	} {
		login := invoke(t, env, token+"\n", "login", "--token", "-", "--noprojects", tt.flag)
		if login.code != 0 || !strings.Contains(login.stderr, tt.says) {
			t.Errorf("%s: exit code %d: %s", tt.flag, login.code, login.stderr)
		}
		if stored, _ := bus.Lookup(t, "service", "dxauth", "username", account); !strings.Contains(stored, tt.stored) {
			t.Errorf("%s: the item is %s", tt.flag, stored)
		}
		if status := succeed(t, env, "", "status"); !strings.Contains(status, tt.credential) {
			t.Errorf("%s: status prints\n%s", tt.flag, status)
		}
	}
	succeed(t, env, "", "logout", "--local-only")
	if keys := keysOf(t, account); len(keys) > 0 {
		t.Errorf("after the logout, the kernel has the keys %q", keys)
	}
}

// An unusable keyring is noticed before the password prompt and before anything
// is sent. The command says what to do, and does not fall back to a weaker store.
func TestKeyringThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		start func(testing.TB) testbus.Bus
		says  string
		limit time.Duration
	}{
		{"locked", testbus.Locked, "unlock the keyring and try again", 15 * time.Second},
		{"absent", testbus.Absent, "install and start a keyring", 15 * time.Second},
		{"hanging", testbus.Hanging, "unlock the keyring and try again", 15 * time.Second},
		{"mute", testbus.Mute, "restart the keyring service", 15 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := newPlatform(t, "demo")
			root, env := atBus(t, server, tt.start(t))

			start := time.Now()
			p := atTerminal(t, env, "login", "--username", "alice", "--store", "keyring")
			p.sees("credential store keyring is ")
			p.sees(tt.says)
			p.exits(4)
			if took := time.Since(start); took > tt.limit {
				t.Errorf("it took %s, want at most %s", took, tt.limit)
			}
			p.neverSaw("Password:")
			if asked := server.requests(); len(asked) > 0 {
				t.Errorf("the server was asked %q", asked)
			}
			wantNothingStored(t, root)
		})
	}
}

// Without any bus, as in a container, there is no keyring either.
func TestNoBus(t *testing.T) {
	t.Parallel()
	server := newPlatform(t, "demo")
	_, env := home(t, server)
	env = append(env, "DXAUTH_STORE=keyring")

	got := invoke(t, env, "wonderland-2026\n", "login", "--username", "alice", "--password-stdin")
	if got.code != 4 || !strings.Contains(got.stderr, "help stores") {
		t.Errorf("the exit code is %d, want 4: %s", got.code, got.stderr)
	}
	if asked := server.requests(); len(asked) > 0 {
		t.Errorf("the server was asked %q", asked)
	}
}

// A session whose credential could not be stored must not stay valid on the
// server.
func TestSessionIsEndedWhenItCannotBeStored(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		start func(testing.TB) testbus.Bus
	}{
		{"the keyring keeps nothing", testbus.Lying},
		{"the keyring hangs", testbus.HangingWrite}, // takes the 5 s that a call may take
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := newPlatform(t, "demo")
			root, env := atBus(t, server, tt.start(t))

			got := invoke(t, env, "wonderland-2026\n", "login", "--username", "alice", "--password-stdin", "--noprojects")
			if got.code != 4 {
				t.Errorf("the exit code is %d, want 4: %s", got.code, got.stderr)
			}
			if !strings.Contains(got.stderr, "the session could not be stored; ending it on the server") {
				t.Errorf("the output does not say that the session was ended: %s", got.stderr)
			}
			want := []string{"POST /system/newAuthToken", "POST /system/destroyAuthToken"}
			if asked := server.requests(); !slices.Equal(asked, want) {
				t.Errorf("the server was asked %q, want %q", asked, want)
			}
			if got := invoke(t, env, "", "whoami"); got.code != 3 {
				t.Errorf("whoami ends with exit code %d: %s", got.code, got.stdout)
			}
			wantNotInFiles(t, root, "wonderland-2026")
		})
	}
}
