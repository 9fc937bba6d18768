//go:build unix

package runtimefolder

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/process"
)

// TestOtherProcess is the process that leaves a folder in TestLeftFoldersAreRemoved.
func TestOtherProcess(t *testing.T) {
	if os.Getenv("LEAVE_FOLDER") == "" {
		return
	}
	if _, err := New(os.Getenv); err != nil {
		t.Fatal(err)
	}
}

func runtimeDir(t *testing.T) (dir string, getenv func(string) string) {
	t.Helper()
	dir = t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return dir, func(name string) string { return map[string]string{"XDG_RUNTIME_DIR": dir}[name] }
}

func TestFolderIsPrivateAndRemoved(t *testing.T) {
	dir, getenv := runtimeDir(t)
	folder, err := New(getenv)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(folder.Path())
	if err != nil || info.Mode().Perm() != 0o700 || filepath.Dir(folder.Path()) != dir {
		t.Errorf("%s: %v, %v", folder.Path(), info.Mode(), err)
	}
	if err := os.WriteFile(filepath.Join(folder.Path(), "token"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := folder.Remove(); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}

func TestWhereFoldersAre(t *testing.T) {
	private, _ := runtimeDir(t)
	open := filepath.Join(t.TempDir(), "open")
	if err := os.Mkdir(open, 0o755); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(private, link); err != nil {
		t.Fatal(err)
	}
	temporary := os.TempDir()
	for name, test := range map[string]struct {
		variable string
		want     []string
	}{
		"none":                   {"", []string{temporary}},
		"a private folder":       {private, []string{private, temporary}},
		"one that others read":   {open, []string{temporary}},
		"a link":                 {link, []string{temporary}},
		"one that is not there":  {filepath.Join(private, "none"), []string{temporary}},
		"one that depends on us": {".", []string{temporary}},
	} {
		if got := bases(func(string) string { return test.variable }); !slices.Equal(got, test.want) {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}

// TestNoRoomInTheFirst checks that the temporary files are the second choice.
func TestNoRoomInTheFirst(t *testing.T) {
	dir, getenv := runtimeDir(t)
	t.Setenv("TMPDIR", t.TempDir())
	if err := os.Remove(dir); err != nil { // after the check, as it were: it is not a base then
		t.Fatal(err)
	}
	folder, err := New(getenv)
	if err != nil || filepath.Dir(folder.Path()) != os.TempDir() {
		t.Errorf("%q, %v", folder.Path(), err)
	}
	t.Setenv("TMPDIR", filepath.Join(dir, "none"))
	if _, err := New(getenv); err == nil {
		t.Error("a folder was made nowhere")
	}
}

func TestLeftFoldersAreRemoved(t *testing.T) {
	dir, getenv := runtimeDir(t)
	other := exec.Command(os.Args[0], "-test.run=^TestOtherProcess$")
	other.Env = append(os.Environ(), "LEAVE_FOLDER=1", "XDG_RUNTIME_DIR="+dir)
	if output, err := other.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 {
		t.Fatalf("the other process left %v, %v", left, err)
	}

	const mine, elsewhere, unfinished, old, foreign, open = prefix + "mine", prefix + "elsewhere", prefix + "unfinished", prefix + "old", "else", prefix + "open"
	for name, owner := range map[string]string{
		mine: process.Self().String(), elsewhere: "1,1,boot,space,another-host", unfinished: "", old: "", foreign: "1,1,1,1,1", open: "",
	} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
		if owner == "" {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, name, ownerFile), []byte(owner), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	past := time.Now().Add(-2 * unownedAge)
	for _, name := range []string{old, open} {
		if err := os.Chtimes(filepath.Join(dir, name), past, past); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(filepath.Join(dir, open), 0o755); err != nil { // not made here
		t.Fatal(err)
	}
	folder, err := New(getenv)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	entries, err := os.ReadDir(dir)
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	want := []string{filepath.Base(folder.Path()), mine, elsewhere, unfinished, foreign, open}
	slices.Sort(want)
	if err != nil || !slices.Equal(names, want) {
		t.Errorf("got %q, %v, want %q", names, err, want)
	}
}
