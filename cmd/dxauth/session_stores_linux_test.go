package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/dxauth/dxauth/internal/testbus"
)

// kernelKey is the key of alice's session at a server in the kernel's keyring,
// as keyutils shows it. It is removed when the test ends.
type kernelKey struct {
	t           *testing.T
	description string
}

func aliceInKernel(t *testing.T, url string) kernelKey {
	t.Helper()
	if _, err := exec.LookPath("keyctl"); err != nil {
		t.Fatal("keyctl is missing: install the package keyutils")
	}
	k := kernelKey{t, "dxauth:" + strings.TrimPrefix(url, "http://") + ":alice"}
	t.Cleanup(func() { _ = exec.Command("keyctl", "purge", "user", k.description).Run() })
	return k
}

func (k kernelKey) found() bool {
	return exec.Command("keyctl", "search", "@u", "user", k.description).Run() == nil
}

// ageLastUse moves the noted use of the accounts into the past.
func ageLastUse(t *testing.T, root string) {
	t.Helper()
	path := filepath.Join(root, "state", "accounts.json")
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(content), `"lastUsed": "`)
	_, after, closed := strings.Cut(rest, `"`)
	if !found || !closed {
		t.Fatalf("no use is noted in %s", content)
	}
	if err := os.WriteFile(path, []byte(before+`"lastUsed": "2020-01-01T00:00:00Z"`+after), 0o600); err != nil {
		t.Fatal(err)
	}
}

// wantIdleEnd checks that the next command finds the session expired, and that
// its only request ends the session on the server.
func wantIdleEnd(t *testing.T, server *platform, env []string) {
	t.Helper()
	server.requests()
	got := invoke(t, env, "", "whoami")
	if got.code != 3 || !strings.Contains(got.stderr, "after 15 minutes of inactivity") {
		t.Errorf("whoami ends with exit code %d, want 3: %s", got.code, got.stderr)
	}
	if asked := server.requests(); !slices.Equal(asked, []string{"POST /system/destroyAuthToken"}) {
		t.Errorf("the server was asked %q, want the end of the session only", asked)
	}
}

func TestIdleSessionLeavesTheKeyring(t *testing.T) {
	t.Parallel()
	server := newPlatform(t, "demo")
	bus := testbus.Unlocked(t)
	root, env := atBus(t, server, bus)
	account := "alice@" + strings.TrimPrefix(server.URL, "http://")
	succeed(t, env, "wonderland-2026\n", "login", "--username", "alice", "--password-stdin", "--noprojects")
	if _, found := bus.Lookup(t, "service", "dxauth", "username", account); !found {
		t.Fatal("secret-tool finds no item after the login")
	}

	ageLastUse(t, root)
	wantIdleEnd(t, server, env)
	if _, found := bus.Lookup(t, "service", "dxauth", "username", account); found {
		t.Error("secret-tool still finds the item of the expired session")
	}
}

func TestIdleSessionLeavesTheKernel(t *testing.T) {
	t.Parallel()
	server := newPlatform(t, "demo")
	root, env := home(t, server)
	key := aliceInKernel(t, server.URL)
	env = append(env, "DXAUTH_STORE=kernel")
	succeed(t, env, "wonderland-2026\n", "login", "--username", "alice", "--password-stdin", "--noprojects")
	if !key.found() {
		t.Fatal("keyctl finds no key after the login")
	}

	ageLastUse(t, root)
	wantIdleEnd(t, server, env)
	if key.found() {
		t.Error("keyctl still finds the key of the expired session")
	}
}

// In a container there is no bus. The kernel stores the session, and expires it
// even if dxauth never runs again.
func TestContainerUsesTheKernel(t *testing.T) {
	t.Parallel()
	served := startServe(t, "--fixture", "demo", "--idle-timeout", "2s", "--log", "none")
	root, env := home(t, &platform{URL: served.URL})
	key := aliceInKernel(t, served.URL)
	env = append(env, "DXAUTH_STORE=auto")

	login := invoke(t, env, "wonderland-2026\n", "login", "--username", "alice", "--password-stdin", "--noprojects")
	if login.code != 0 || !strings.Contains(login.stderr, "Credential store: kernel: ") || !strings.Contains(login.stderr, "; keyring is ") {
		t.Fatalf("the login ends with exit code %d, or does not say which store it took and why: %s", login.code, login.stderr)
	}
	if got := succeed(t, env, "", "status"); !strings.Contains(got, "Credential:     kernel\n") {
		t.Errorf("status does not name the kernel:\n%s", got)
	}
	if !key.found() {
		t.Fatal("keyctl finds no key")
	}
	for limit := time.Now().Add(patience); key.found(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatal("the kernel does not expire the key")
		}
	}
	got := invoke(t, env, "", "whoami")
	if got.code != 3 || !strings.Contains(got.stderr, "after 2 seconds of inactivity") {
		t.Errorf("whoami ends with exit code %d, want 3: %s", got.code, got.stderr)
	}
	wantNotInFiles(t, root, "wonderland-2026")
}

// The same with a file that has a passphrase.
func TestContainerWithAPassphrase(t *testing.T) {
	t.Parallel()
	server := newPlatform(t, "demo")
	root, env := home(t, server)
	passphrase := filepath.Join(t.TempDir(), "passphrase")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(passphrase, []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("a passphrase for the test")
	locked := append(slices.Clip(env), "DXAUTH_STORE=age")
	env = append(slices.Clip(locked), "DXAUTH_PASSPHRASE_FILE="+passphrase)
	succeed(t, env, "wonderland-2026\n", "login", "--username", "alice", "--password-stdin", "--noprojects")
	server.requests()

	for name, got := range map[string]outcome{
		"no passphrase": invoke(t, locked, "", "whoami"),
		"a wrong one":   func() outcome { write("another passphrase"); return invoke(t, env, "", "whoami") }(),
	} {
		if got.code != 4 {
			t.Errorf("%s: whoami ends with exit code %d, want 4: %s", name, got.code, got.stderr)
		}
	}
	if asked := server.requests(); len(asked) > 0 {
		t.Errorf("the server was asked %q", asked)
	}
	write("a passphrase for the test")
	if got := succeed(t, env, "", "whoami"); got != "alice\n" {
		t.Errorf("whoami prints %q", got)
	}
	wantNotInFiles(t, root, "wonderland-2026", `"token"`)
}

// If the kernel's keys are forbidden, too, there is no prompt and no request.
func TestContainerWithoutAnyStore(t *testing.T) {
	t.Parallel()
	server := newPlatform(t, "demo")
	root, env := home(t, server)

	env = append(env, "DXAUTH_STORE=auto")
	var got outcome
	withoutKeys(t, func() {
		got = invoke(t, env, "wonderland-2026\n", "login", "--username", "alice", "--password-stdin")
	})
	if got.code != 4 || !strings.Contains(got.stderr, "kernel is ") || !strings.Contains(got.stderr, "keyring is ") {
		t.Errorf("the exit code is %d, want 4 with each store named: %s", got.code, got.stderr)
	}

	p := newPerson(t, env, []string{"login", "--username", "alice", "--store", "kernel"})
	withoutKeys(t, func() { p.start(p.tty) })
	p.sees("forbids the kernel's keys")
	p.exits(4)
	p.neverSaw("Password:")
	if asked := server.requests(); len(asked) > 0 {
		t.Errorf("the server was asked %q", asked)
	}
	wantNothingStored(t, root)
}

// withoutKeys starts processes for which the kernel refuses the calls for keys,
// as a container's filter does. A filter is inherited from a thread, and that
// thread ends with the call.
func withoutKeys(t *testing.T, start func()) {
	t.Helper()
	filter := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: 0}, // the number of the call
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.SYS_ADD_KEY, Jt: 2},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.SYS_KEYCTL, Jt: 1},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)},
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	var starting sync.WaitGroup
	starting.Go(func() {
		runtime.LockOSThread() // never unlocked, so that the thread ends
		if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
			t.Error(err)
			return
		}
		if _, _, err := unix.RawSyscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, 0, uintptr(unsafe.Pointer(&program))); err != 0 {
			t.Error(err)
			return
		}
		start()
	})
	starting.Wait()
}
