//go:build unix

package soak

import (
	"errors"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// Two servers can use one file, and neither loses the changes of the other.
func TestTwoServersOnOneFile(t *testing.T) {
	t.Parallel()
	file := newStore(t, 1)
	one, two := serve(t, file), serve(t, file)
	crewOne, crewTwo := newWorkers(0), newWorkers(workers)
	crewOne.moveTo(one, 0)
	crewTwo.moveTo(two, workers)
	var both sync.WaitGroup
	errs := make([]error, 2)
	for i, crew := range []crew{crewOne, crewTwo} {
		both.Go(func() { errs[i] = crew.makeChanges(t.Context(), 15) })
	}
	both.Wait()
	must(t, errors.Join(errs...))

	// Each server is checked for the changes that the other acknowledged.
	crewOne.moveTo(two, 0)
	crewTwo.moveTo(one, workers)
	crewOne.verifyAll(t)
	crewTwo.verifyAll(t)
	db := openDatabase(t, file)
	verifyDatabase(t, db)
	verifyAudit(t, db, append(crewOne, crewTwo...))
	t.Logf("%d and %d changes", crewOne.changes(), crewTwo.changes())
}

// S-58: if several servers start on a new file at once, one makes the schema and the
// key, and all serve.
func TestServersThatStartTogether(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "new", "platform.db")
	servers := make([]*server, 4)
	for i := range servers {
		servers[i] = launch(t, serveCommand(t, file))
	}
	for _, s := range servers {
		select {
		case <-s.stderr.listening:
		case <-s.ended:
			t.Errorf("a server ended:\n%s", s.stderr)
		case <-time.After(patience):
			t.Fatalf("a server does not listen:\n%s", s.stderr)
		}
	}
	verifyDatabase(t, openDatabase(t, file))
}

// S-57: the file modes do not depend on the umask.
func TestModes(t *testing.T) {
	t.Parallel()
	for _, umask := range []string{"000", "022", "077", "177", "277"} {
		t.Run(umask, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "data")
			file := filepath.Join(dir, "platform.db")
			s := startServer(t, withUmask(umask, serveCommand(t, file)))
			verifyMode(t, dir, 0o700)
			for _, suffix := range []string{"", "-wal", "-shm", ".key"} {
				verifyMode(t, file+suffix, 0o600)
			}
			destination := filepath.Join(t.TempDir(), "copy.db")
			if code, said := runProgram(t, withUmask(umask, backupCommand(file, destination))); code != 0 {
				t.Fatal(said)
			}
			verifyMode(t, destination, 0o600)
			s.stop()
		})
	}
}

func withUmask(umask string, command *exec.Cmd) *exec.Cmd {
	return exec.Command("sh", append([]string{"-c", `umask "$0" && exec "$@"`, umask}, command.Args...)...)
}
