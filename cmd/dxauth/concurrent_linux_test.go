package main

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// rounds is how often all commands run: DXAUTH_ROUNDS, or once.
func rounds(t *testing.T) int {
	t.Helper()
	text := os.Getenv("DXAUTH_ROUNDS")
	if text == "" {
		return 1
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("DXAUTH_ROUNDS is %q, not a number of rounds", text)
	}
	return n
}

// Twenty processes use one account at once, with logins and logouts among them.
// Each ends as expected, the index stays intact, and a last logout leaves no
// credential, here or on the server.
func TestManyProcessesOfOneAccount(t *testing.T) {
	t.Parallel()
	for _, store := range []string{"plaintext", "kernel"} {
		t.Run(store, func(t *testing.T) {
			t.Parallel()
			server := newPlatform(t, "demo")
			root, env := home(t, server)
			env = append(env, "DXAUTH_STORE="+store)
			key := aliceInKernel(t, server.URL)
			_, watcher := home(t, server)
			logIn(t, watcher)
			for range rounds(t) {
				crowd(t, root, env)
				succeed(t, env, "", "logout")
				if _, err := os.Stat(plainStore(root)); !os.IsNotExist(err) || key.found() {
					t.Errorf("a credential outlives the last logout (file: %v, key: %t)", err, key.found())
				}
				if sessions := sessionsOf(t, watcher); sessions != 1 {
					t.Errorf("after the last logout the server has %d sessions beside the watcher's", sessions-1)
				}
			}
		})
	}
}

func logIn(t *testing.T, env []string) {
	t.Helper()
	succeed(t, env, "wonderland-2026\n", "login", "--username", "alice", "--password-stdin", "--noprojects")
}

// crowd runs the commands of one round.
func crowd(t *testing.T, root string, env []string) {
	t.Helper()
	logIn(t, env)
	var commands [][]string
	for range 3 {
		commands = append(commands, []string{"whoami"}, []string{"select", "Exome 2026"}, []string{"status"}, []string{"pwd"})
	}
	for range 4 {
		commands = append(commands, []string{"logout"}, []string{"login", "--username", "alice", "--password-stdin", "--noprojects"})
	}
	rand.Shuffle(len(commands), func(i, j int) { commands[i], commands[j] = commands[j], commands[i] })

	var all sync.WaitGroup
	for _, args := range commands {
		all.Go(func() {
			cmd := exec.Command("dxauth", args...)
			cmd.Env, cmd.Stdin = env, strings.NewReader("wonderland-2026\n")
			output, _ := cmd.CombinedOutput() // the exit code is checked below
			if cmd.ProcessState == nil {
				t.Errorf("dxauth %q did not start", args)
			} else if code := cmd.ProcessState.ExitCode(); code != 0 && code != 3 {
				t.Errorf("dxauth %q ended with exit code %d: %s", args, code, output)
			}
		})
	}
	all.Wait()
	wantWholeIndex(t, root)
}

func wantWholeIndex(t *testing.T, root string) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, "state", "accounts.json"))
	if err != nil {
		t.Fatal(err)
	}
	var index struct{ Accounts []json.RawMessage }
	if err := json.Unmarshal(content, &index); err != nil || len(index.Accounts) > 1 {
		t.Errorf("the index is damaged (%v): %s", err, content)
	}
	if drafts, _ := filepath.Glob(filepath.Join(root, "state", ".draft-*")); len(drafts) > 0 {
		t.Errorf("drafts are left: %q", drafts)
	}
}

// sessionsOf counts the sessions of an account at the server.
func sessionsOf(t *testing.T, env []string) int {
	t.Helper()
	return strings.Count(succeed(t, env, "", "--json", "account", "sessions"), `"kind": "session"`)
}
