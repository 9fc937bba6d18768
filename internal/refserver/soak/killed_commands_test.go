//go:build unix

package soak

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/testpostgres"
	"github.com/dxauth/dxauth/internal/testprogram"
)

// runKilled runs a command of the program and kills it at some moment of the time that it
// usually takes. The code of a killed one is -1.
func runKilled(t testing.TB, takes time.Duration, args ...string) (code int) {
	t.Helper()
	command := exec.Command(program, args...)
	wait, err := testprogram.Start(command)
	must(t, err)
	timer := time.AfterFunc(rand.N(takes+time.Millisecond), func() { _ = command.Process.Kill() })
	defer timer.Stop()
	_ = wait() // the code says how it ended
	return command.ProcessState.ExitCode()
}

// runWhole runs a command that has to succeed, and returns how long it took.
func runWhole(t testing.TB, args ...string) time.Duration {
	t.Helper()
	began := time.Now()
	if code, said := runProgram(t, exec.Command(program, args...)); code != 0 {
		t.Fatalf("%q: exit code %d and %q", args, code, said)
	}
	return time.Since(began)
}

// S-61: a copy that was killed has its name when it is complete, and never before. What
// else it leaves is in the way of nothing.
func TestAKilledCopy(t *testing.T) {
	t.Parallel()
	file := newStore(t, 1)
	for verb, verify := range map[string]func(t *testing.T, copied string){
		"backup": func(t *testing.T, copied string) { verifyCopy(t, copied, file+".key") },
		"export": func(t *testing.T, copied string) {
			filled := filepath.Join(t.TempDir(), "filled.db")
			runWhole(t, "serve", "restore", "--store", "sqlite:"+filled, copied)
			verifyCopy(t, filled, file+".key")
		},
	} {
		t.Run(verb, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			destination := filepath.Join(dir, "copy")
			command := []string{"serve", verb, "--store", "sqlite:" + file, destination}
			takes := runWhole(t, command...)
			for range kills(t) {
				remove(t, destination)
				code := runKilled(t, takes, command...)
				content, err := os.ReadFile(destination)
				if isWhole := err == nil && len(content) > 0; !isWhole {
					if code == 0 {
						t.Fatal("a copy that was reported is not there")
					}
					must(t, os.RemoveAll(destination))
					takes = runWhole(t, command...)
				}
				verify(t, destination)
				if drafts, _ := filepath.Glob(filepath.Join(dir, ".draft-*")); len(drafts) > 0 {
					t.Errorf("drafts are left: %q", drafts)
				}
			}
		})
	}
}

// verifyCopy checks that the store in a file has all of the world, and that a server takes it
// for a copy.
func verifyCopy(t testing.TB, file, key string) {
	t.Helper()
	code, said := runProgram(t, serveCommand(t, file, "--key-file", key))
	if code != 2 || !strings.Contains(said, "is a copy of") {
		t.Errorf("a server on the copy: exit code %d and %q", code, said)
	}
	db := openDatabase(t, file)
	defer db.Close()
	verifyDatabase(t, db)
	var tokens int
	must(t, db.QueryRowContext(t.Context(), "SELECT count(*) FROM tokens").Scan(&tokens))
	if tokens != 2*workers+1 {
		t.Errorf("the copy has %d tokens", tokens)
	}
}

// S-61: a store that was being filled when the program was killed is empty, so that it can
// be filled again, or complete and marked as a copy.
func TestAKilledRestore(t *testing.T) {
	t.Parallel()
	file := newStore(t, 1)
	exported := filepath.Join(t.TempDir(), "export")
	runWhole(t, "serve", "export", "--store", "sqlite:"+file, exported)
	restore := func(target string) []string {
		return []string{"serve", "restore", "--store", "sqlite:" + target, exported}
	}
	takes := runWhole(t, restore(filepath.Join(t.TempDir(), "whole.db"))...)
	for range kills(t) {
		target := filepath.Join(t.TempDir(), "filled.db")
		code := runKilled(t, takes, restore(target)...)
		again, said := runProgram(t, exec.Command(program, restore(target)...))
		if isFilled := again == 1 && strings.Contains(said, "not empty"); again != 0 && !isFilled || code == 0 && !isFilled {
			t.Fatalf("after exit code %d, it is filled again with exit code %d and %q", code, again, said)
		}
		verifyCopy(t, target, file+".key")
	}
}

// S-61: the same in PostgreSQL, and its tables are made completely or not at all.
func TestKilledWithPostgres(t *testing.T) {
	t.Parallel()
	database := testpostgres.Shared(t)
	file := newStore(t, 1)
	exported := filepath.Join(t.TempDir(), "export")
	runWhole(t, "serve", "export", "--store", "sqlite:"+file, exported)
	commands := map[string]func(url string) []string{
		"migrate": func(url string) []string { return []string{"serve", "migrate", "--store", url} },
		"restore": func(url string) []string { return []string{"serve", "restore", "--store", url, exported} },
	}
	for name, command := range commands {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			takes := runWhole(t, command(database.NewDatabase(t))...)
			for range kills(t) {
				url := database.NewDatabase(t)
				runKilled(t, takes, command(url)...)
				runWhole(t, commands["migrate"](url)...)
				again, said := runProgram(t, exec.Command(program, commands["restore"](url)...))
				if again != 0 && !strings.Contains(said, "not empty") {
					t.Fatalf("after the kill, it is filled with exit code %d and %q", again, said)
				}
				if tokens := testpostgres.Value(t, url, "SELECT count(*) FROM tokens"); tokens != strconv.Itoa(2*workers+1) {
					t.Errorf("the store has %s tokens", tokens)
				}
			}
		})
	}
}

// S-55: after PostgreSQL was killed and has started again, every acknowledged change is
// there, no code can be used twice, and the server needs no restart.
func TestKilledDatabaseLosesNothing(t *testing.T) {
	t.Parallel()
	database := testpostgres.Start(t)
	url := database.NewDatabase(t)
	rounds := min(kills(t), mostDatabaseKills)
	s := startServer(t, serveStore(t, "--store", url, "--key-file", filepath.Join(t.TempDir(), "key"), "--fixture", worldFile(t, 20*rounds)))
	crew, bob := newWorkers(0), newVisitor(t)
	crew.moveTo(s, 0)
	bob.client = s.client("")
	for range rounds {
		stop := crew.begin(t)
		crew.awaitProgress(t, 1+rand.Int64N(40))
		signedIn := make(chan error, 1)
		go func() { signedIn <- bob.step(t.Context()) }()
		database.Kill(t)
		database.Restart(t)
		crew.awaitProgress(t, 1)
		stop()
		if err := <-signedIn; err != nil && !isLost(err) && !isUnavailable(err) {
			t.Fatal(err)
		}
		crew.verifyTouched(t)
		must(t, bob.verify(t.Context()))
		verifyAuditRows(t, crew, func(action string) (rows int) {
			rows, err := strconv.Atoi(testpostgres.Value(t, url, "SELECT count(*) FROM audit WHERE action = '"+action+"'"))
			must(t, err)
			return rows
		})
	}
	crew.verifyAll(t)
	t.Logf("%d kills, %d acknowledged changes, %d without a response, and %d sign-ins", rounds, crew.changes(), crew.lostChanges(), bob.acked)
}

// mostDatabaseKills bounds the kills of a database: a start takes it a second.
const mostDatabaseKills = 50
