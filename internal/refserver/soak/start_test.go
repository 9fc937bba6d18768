//go:build unix

package soak

import (
	"bytes"
	"context"
	"database/sql"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A server that can't or must not use a file reports it at the start and leaves the file
// unchanged.
func TestAServerRefusesToStart(t *testing.T) {
	t.Parallel()
	template := newStore(t, 1)
	for name, c := range map[string]struct {
		prepare func(t *testing.T, file string)
		want    string // in the output
	}{
		"truncated file": {
			func(t *testing.T, file string) { truncate(t, file, 3*4096+100) },
			"restore a backup",
		},
		"truncated to a part of the header": {
			func(t *testing.T, file string) { truncate(t, file, 60) },
			"not a store of dxauth: use another file",
		},
		"overwritten in the middle": {
			func(t *testing.T, file string) { overwrite(t, file, 5*4096, bytes.Repeat([]byte("x"), 2*4096)) },
			"restore a backup",
		},
		"database marked by another program": {
			func(t *testing.T, file string) {
				replaceByDatabase(t, file, "PRAGMA application_id = 42; CREATE TABLE x (y)")
			},
			"the database of another program: use another file",
		},
		"database without a mark": {
			func(t *testing.T, file string) { replaceByDatabase(t, file, "CREATE TABLE x (y)") },
			"the database of another program: use another file",
		},
		"database of a program that was killed": {
			replaceByCrashedDatabase,
			"the database of another program: use another file",
		},
		"text file": {
			func(t *testing.T, file string) { replace(t, file, strings.Repeat("a letter to my lawyer\n", 100)) },
			"not a store of dxauth: use another file",
		},
		"short text file": {
			func(t *testing.T, file string) { replace(t, file, "x") },
			"not a store of dxauth: use another file",
		},
		"folder": {
			func(t *testing.T, file string) { remove(t, file); must(t, os.Mkdir(file, 0o700)) },
			"not a regular file",
		},
		"device": {
			func(t *testing.T, file string) { remove(t, file); must(t, os.Symlink("/dev/null", file)) },
			"not a regular file",
		},
		"schema of a newer program": {
			func(t *testing.T, file string) { change(t, file, "PRAGMA user_version = 99") },
			"the store has schema 99, but this program supports only ",
		},
		"key file is missing": {
			func(t *testing.T, file string) { remove(t, file+".key") },
			"no such file or directory",
		},
		"key of another store": {
			func(t *testing.T, file string) { replace(t, file+".key", strings.Repeat("k", 32)) },
			"does not belong to the store",
		},
		"key file that others can read": {
			func(t *testing.T, file string) { must(t, os.Chmod(file+".key", 0o640)) },
			"key file is accessible to other users",
		},
		"key file without a key": {
			func(t *testing.T, file string) { replace(t, file+".key", "") },
			"key file must hold 32 bytes",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := copyStore(t, template)
			c.prepare(t, file)
			before := contents(t, filepath.Dir(file))
			code, said := runProgram(t, serveCommand(t, file))
			if code != 1 || !strings.Contains(said, c.want) {
				t.Errorf("exit code %d and output %q; want 1 and %q", code, said, c.want)
			}
			if strings.Contains(said, "listening") {
				t.Error("it listened")
			}
			verifyUnchanged(t, before, contents(t, filepath.Dir(file)))
		})
	}
}

// A crash may leave an empty file, or an operator may create one.
func TestAServerStartsOnAnEmptyFile(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "platform.db")
	must(t, os.WriteFile(file, nil, 0o600))
	serve(t, file)
	verifyDatabase(t, openDatabase(t, file))
}

// runProgram runs a command that ends without being stopped.
func runProgram(t testing.TB, command *exec.Cmd) (code int, said string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	bounded := exec.CommandContext(ctx, command.Path, command.Args[1:]...)
	bounded.SysProcAttr = command.SysProcAttr
	output, err := bounded.CombinedOutput()
	if bounded.ProcessState == nil || ctx.Err() != nil {
		t.Fatalf("%v: %v\n%s", command.Args, err, output)
	}
	return bounded.ProcessState.ExitCode(), string(output)
}

// copyStore copies a store that no server uses, and its key.
func copyStore(t testing.TB, from string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), filepath.Base(from))
	for _, suffix := range []string{"", ".key"} {
		content, err := os.ReadFile(from + suffix)
		must(t, err)
		must(t, os.WriteFile(to+suffix, content, 0o600))
	}
	return to
}

// contents reads everything in a folder: files and the targets of links.
func contents(t testing.TB, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	must(t, err)
	files := map[string]string{}
	for _, entry := range entries {
		path := filepath.Join(dir, entry.Name())
		switch {
		case entry.IsDir():
		case entry.Type() == fs.ModeSymlink:
			files[entry.Name()], err = os.Readlink(path)
			must(t, err)
		default:
			content, err := os.ReadFile(path)
			must(t, err)
			files[entry.Name()] = string(content)
		}
	}
	return files
}

// verifyUnchanged compares the content of a folder before and after. It ignores the
// index of the log and an empty log, which a reader of a database may leave.
func verifyUnchanged(t testing.TB, before, after map[string]string) {
	t.Helper()
	for name, content := range after {
		_, wasThere := before[name]
		isIndex := strings.HasSuffix(name, "-shm") || strings.HasSuffix(name, "-wal") && content == ""
		if !wasThere && !isIndex {
			t.Errorf("%s was made", name)
		}
	}
	for name, content := range before {
		if now, isThere := after[name]; now != content || !isThere {
			t.Errorf("%s was changed", name)
		}
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func remove(t testing.TB, file string) { t.Helper(); must(t, os.Remove(file)) }

func replace(t testing.TB, file, content string) {
	t.Helper()
	must(t, os.WriteFile(file, []byte(content), 0o600))
}

func truncate(t testing.TB, file string, size int64) { t.Helper(); must(t, os.Truncate(file, size)) }

func overwrite(t testing.TB, file string, offset int64, content []byte) {
	t.Helper()
	opened, err := os.OpenFile(file, os.O_WRONLY, 0)
	must(t, err)
	defer opened.Close()
	_, err = opened.WriteAt(content, offset)
	must(t, err)
}

// change runs statements on a database and closes it.
func change(t testing.TB, file, statements string) {
	t.Helper()
	db, err := sql.Open("sqlite", file)
	must(t, err)
	defer db.Close()
	_, err = db.ExecContext(t.Context(), statements)
	must(t, err)
}

func replaceByDatabase(t *testing.T, file, statements string) {
	t.Helper()
	remove(t, file)
	change(t, file, statements)
	must(t, os.Chmod(file, 0o600))
}

// replaceByCrashedDatabase makes a database whose last changes are only in the
// write-ahead log, as after a kill.
func replaceByCrashedDatabase(t *testing.T, file string) {
	t.Helper()
	living := filepath.Join(t.TempDir(), "living.db")
	db, err := sql.Open("sqlite", living)
	must(t, err)
	defer db.Close()
	_, err = db.ExecContext(t.Context(), "PRAGMA journal_mode = WAL; CREATE TABLE x (y); INSERT INTO x VALUES (1)")
	must(t, err)
	for _, suffix := range []string{"", "-wal"} {
		content, err := os.ReadFile(living + suffix)
		must(t, err)
		replace(t, file+suffix, string(content))
	}
}
