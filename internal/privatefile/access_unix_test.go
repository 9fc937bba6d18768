//go:build unix

package privatefile_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/dxauth/dxauth/internal/privatefile"
)

func TestFilesAreWrittenWithMode0600(t *testing.T) {
	for _, mask := range []int{0, 0o077, 0o777} {
		folder := t.TempDir()
		old := syscall.Umask(mask)
		t.Cleanup(func() { syscall.Umask(old) })
		path := func(name string) string { return filepath.Join(folder, name) }
		file, err := privatefile.Create(path("created"))
		for name, err := range map[string]error{
			"create": err, "complete": privatefile.Complete(file, []byte("x")),
			"replace": privatefile.Replace(path("replaced"), nil), "add": privatefile.Add(path("added"), nil),
		} {
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		syscall.Umask(old)
		for _, name := range []string{"created", "replaced", "added"} {
			info, err := os.Lstat(path(name))
			if err != nil {
				t.Fatal(err)
			}
			if info.Mode() != 0o600 {
				t.Errorf("with umask %03o %s has mode %v", mask, name, info.Mode())
			}
		}
	}
}

func TestModesThatReadersAccept(t *testing.T) {
	tests := []struct {
		mode    fs.FileMode
		secret  error // of Read and ReadMounted
		trusted error
	}{
		{0o600, nil, nil},
		{0o400, nil, nil},
		{0o700, nil, nil},
		{0o644, privatefile.ErrExposed, nil},
		{0o640, privatefile.ErrExposed, nil},
		{0o601, privatefile.ErrExposed, nil},
		{0o620, privatefile.ErrExposed, privatefile.ErrExposed},
		{0o602, privatefile.ErrExposed, privatefile.ErrExposed},
	}
	path := writeFile(t)
	for _, test := range tests {
		chmod(t, path, test.mode)
		for name, read := range readers() {
			want := test.secret
			switch name {
			case "ReadTrusted":
				want = test.trusted
			case "ReadRegular":
				want = nil
			}
			if _, err := read(path, 100); !errors.Is(err, want) {
				t.Errorf("%s with mode %04o: %v, want %v", name, test.mode, err, want)
			}
		}
	}
}

func TestErrorsNameTheFix(t *testing.T) {
	path := writeFile(t)
	chmod(t, path, 0o666)
	_, readErr := privatefile.Read(path, 100)
	_, trustedErr := privatefile.ReadTrusted(path, 100)
	folder := filepath.Dir(path)
	chmod(t, folder, 0o777)
	for want, err := range map[string]error{
		path + " is open to other users (mode 0666): run chmod 600 " + path:     readErr,
		path + " is open to other users (mode 0666): run chmod go-w " + path:    trustedErr,
		folder + " is open to other users (mode 0777): run chmod 700 " + folder: privatefile.CheckFolder(folder, privatefile.ReadOrChange),
	} {
		if err == nil || err.Error() != want {
			t.Errorf("got %q, want %q", err, want)
		}
	}
}

// TestOwners changes the file's FileInfo, so that it needs no second user.
func TestOwners(t *testing.T) {
	info, err := os.Stat(writeFile(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := privatefile.Check("file", info, privatefile.ReadOrChange); err != nil {
		t.Errorf("our own: %v", err)
	}
	info.Sys().(*syscall.Stat_t).Uid++
	err = privatefile.Check("file", info, privatefile.Change)
	if !errors.Is(err, privatefile.ErrExposed) || err.Error() != "file belongs to another user" {
		t.Errorf("another's: %v", err)
	}
}

func TestLinks(t *testing.T) {
	target := writeFile(t)
	link := filepath.Join(t.TempDir(), "link")
	symlink(t, target, link)
	for name, want := range map[string]error{"Read": privatefile.ErrKind, "ReadTrusted": privatefile.ErrKind, "ReadMounted": nil, "ReadRegular": nil} {
		if _, err := readers()[name](link, 100); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
	folder := filepath.Join(t.TempDir(), "folder")
	symlink(t, filepath.Dir(target), folder)
	if err := privatefile.CheckFolder(folder, privatefile.Change); !errors.Is(err, privatefile.ErrKind) {
		t.Errorf("a link to a folder: %v, want %v", err, privatefile.ErrKind)
	}
	victim := filepath.Join(t.TempDir(), "victim")
	lock := filepath.Join(t.TempDir(), "lock")
	symlink(t, victim, lock)
	if _, err := privatefile.Lock(t.Context(), lock); err == nil {
		t.Error("a lock behind a link was taken")
	}
	if _, err := os.Lstat(victim); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the link was followed: %v", err)
	}
}

// In doubt a file is locked: who asks wants to remove it.
func TestIsLocked(t *testing.T) {
	path := writeFile(t)
	if privatefile.IsLocked(path) {
		t.Error("a file without a lock is locked")
	}
	release, err := privatefile.Share(path)
	if err != nil {
		t.Fatal(err)
	}
	if !privatefile.IsLocked(path) {
		t.Error("a shared file is not locked")
	}
	release()
	if privatefile.IsLocked(path) {
		t.Error("a released file is locked")
	}
	link := filepath.Join(t.TempDir(), "link")
	symlink(t, path, link)
	for other, want := range map[string]bool{link: true, t.TempDir(): true, filepath.Join(t.TempDir(), "missing"): false} {
		if got := privatefile.IsLocked(other); got != want {
			t.Errorf("%s is locked: %t, want %t", other, got, want)
		}
	}
}

// TestPipesAndDevices checks that neither is read: a pipe would block, and a device may
// have no end.
func TestPipesAndDevices(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{pipe, "/dev/zero"} {
		for name, read := range readers() {
			_, err := read(path, 100)
			if !errors.Is(err, privatefile.ErrKind) || !strings.Contains(err.Error(), "is not a regular file") {
				t.Errorf("%s of %s: %v", name, path, err)
			}
		}
	}
}

func TestCheckFolder(t *testing.T) {
	path := writeFile(t)
	if err := privatefile.CheckFolder(path, privatefile.Change); !errors.Is(err, privatefile.ErrKind) {
		t.Errorf("a file: %v, want %v", err, privatefile.ErrKind)
	}
	folder := filepath.Dir(path)
	chmod(t, folder, 0o755)
	if err := privatefile.CheckFolder(folder, privatefile.Change); err != nil {
		t.Errorf("a folder that others can read: %v", err)
	}
	if err := privatefile.CheckFolder(folder, privatefile.ReadOrChange); !errors.Is(err, privatefile.ErrExposed) {
		t.Errorf("a folder that others can read: %v, want %v", err, privatefile.ErrExposed)
	}
}

func writeFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte("content"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func chmod(t *testing.T, path string, mode fs.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func symlink(t *testing.T, target, link string) {
	t.Helper()
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
}

// A pipe or a device never keeps a reader waiting, whoever put it there.
func TestPipesAndDevicesAreRefusedAtOnce(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "link")
	symlink(t, pipe, link)
	for name, read := range readers() {
		for _, path := range []string{pipe, link, "/dev/zero", "/dev/null"} {
			if _, err := read(path, 100); !errors.Is(err, privatefile.ErrKind) {
				t.Errorf("%s of %s: %v, want %v", name, path, err, privatefile.ErrKind)
			}
		}
	}
}

// Input may come from a pipe, and waiting for its writer ends with the context.
func TestInputCanBeInterrupted(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := privatefile.ReadInput(ctx, pipe, 100); !errors.Is(err, context.Canceled) {
		t.Errorf("no writer: %v, want %v", err, context.Canceled)
	}
	pipe = filepath.Join(t.TempDir(), "pipe") // the reader of the other one is still there
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	written := make(chan error, 1)
	go func() { written <- os.WriteFile(pipe, []byte("piped"), 0) }()
	if got, err := privatefile.ReadInput(t.Context(), pipe, 5); err != nil || string(got) != "piped" {
		t.Errorf("got %q, %v", got, err)
	}
	if err := <-written; err != nil {
		t.Error(err)
	}
	if _, err := privatefile.ReadInput(t.Context(), "/dev/zero", 5); !errors.Is(err, privatefile.ErrSize) {
		t.Errorf("an endless device: %v, want %v", err, privatefile.ErrSize)
	}
}
