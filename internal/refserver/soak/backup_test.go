//go:build unix

package soak

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A backup made while the server writes has every change acknowledged before, and no
// partial one.
func TestBackupWhileTheServerWrites(t *testing.T) {
	t.Parallel()
	file := newStore(t, 1)
	s := serve(t, file)
	before, meanwhile := newWorkers(0), newWorkers(workers)
	before.moveTo(s, 0)
	meanwhile.moveTo(s, workers)
	must(t, before.makeChanges(t.Context(), 15))

	copied := filepath.Join(t.TempDir(), "copy.db")
	working, stop := context.WithCancel(t.Context())
	defer stop()
	worked := make(chan error, 1)
	go func() { worked <- meanwhile.work(working) }()
	code, said := runProgram(t, backupCommand(file, copied))
	stop()
	if err := <-worked; err != nil {
		t.Fatal(err)
	}
	if code != 0 || !strings.Contains(said, "copied ") {
		t.Fatalf("exit code %d: %s", code, said)
	}
	if during := meanwhile.changes(); during == 0 {
		t.Fatal("nothing was written meanwhile")
	}
	verifyMode(t, copied, 0o600)
	s.kill()

	restored := serve(t, copied, "--key-file", file+".key", "--restore-tokens")
	before.moveTo(restored, 0)
	before.verifyAll(t)
	verifyDatabase(t, openDatabase(t, copied))
	t.Logf("%d changes before the backup and %d meanwhile", before.changes(), meanwhile.changes())
}

func backupCommand(from, to string) *exec.Cmd {
	return exec.Command(program, "serve", "backup", "--store", "sqlite:"+from, to)
}

// A backup that fails changes nothing.
func TestRefusedBackups(t *testing.T) {
	t.Parallel()
	template := newStore(t, 1)
	for name, c := range map[string]struct {
		prepare func(t *testing.T, file, destination string)
		want    string
	}{
		"the destination exists": {
			func(t *testing.T, _, destination string) { replace(t, destination, "precious") },
			"file exists",
		},
		"the destination is empty": {
			func(t *testing.T, _, destination string) { replace(t, destination, "") },
			"file exists",
		},
		"the destination leads nowhere": {
			func(t *testing.T, _, destination string) { must(t, os.Symlink("/nonexistent/x", destination)) },
			"file exists",
		},
		"there is no store": {
			func(t *testing.T, file, _ string) { remove(t, file) },
			"no such file or directory",
		},
		"the store is empty": {
			func(t *testing.T, file, _ string) { replace(t, file, "") },
			"is empty",
		},
		"the store is damaged": {
			func(t *testing.T, file, _ string) { truncate(t, file, 3*4096) },
			"restore a backup",
		},
		"the store is of another program": {
			func(t *testing.T, file, _ string) { replaceByDatabase(t, file, "CREATE TABLE x (y)") },
			"the database of another program",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := copyStore(t, template)
			dir := filepath.Dir(file)
			destination := filepath.Join(dir, "copy.db")
			c.prepare(t, file, destination)
			before := contents(t, dir)
			code, said := runProgram(t, backupCommand(file, destination))
			if code != 1 || !strings.Contains(said, c.want) {
				t.Errorf("exit code %d and output %q; want 1 and %q", code, said, c.want)
			}
			verifyUnchanged(t, before, contents(t, dir))
		})
	}
}

// A backup copies any schema, and does not migrate the store of a running server.
func TestABackupLeavesTheSchemaAlone(t *testing.T) {
	t.Parallel()
	file := newStore(t, 1)
	change(t, file, "PRAGMA user_version = 99")
	before := contents(t, filepath.Dir(file))
	copied := filepath.Join(t.TempDir(), "copy.db")
	if code, said := runProgram(t, backupCommand(file, copied)); code != 0 {
		t.Fatal(said)
	}
	verifyUnchanged(t, before, contents(t, filepath.Dir(file)))
	var schema int
	must(t, openDatabase(t, copied).QueryRowContext(t.Context(), "PRAGMA user_version").Scan(&schema))
	if schema != 99 {
		t.Errorf("the copy has schema %d", schema)
	}
}

func verifyMode(t testing.TB, path string, want os.FileMode) {
	t.Helper()
	info, err := os.Stat(path)
	must(t, err)
	if mode := info.Mode().Perm(); mode != want {
		t.Errorf("%s has mode %04o, want %04o", path, mode, want)
	}
}
