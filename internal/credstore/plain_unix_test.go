//go:build unix

package credstore

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/dxauth/dxauth/pkg/secret"
)

func TestPlainFileModes(t *testing.T) {
	cases := []struct {
		file, dir os.FileMode
		remedy    string // "" means accepted
	}{
		{0o600, 0o700, ""},
		{0o400, 0o700, ""},
		{0o600, 0o500, ""},
		{0o640, 0o700, "chmod 600"},
		{0o604, 0o700, "chmod 600"},
		{0o620, 0o700, "chmod 600"},
		{0o666, 0o700, "chmod 600"},
		{0o600, 0o750, "chmod 700"},
		{0o600, 0o755, "chmod 700"},
		{0o600, 0o777, "chmod 700"},
		{0o600, 0o701, "chmod 700"},
	}
	for _, c := range cases {
		t.Run(c.file.String()+" in "+c.dir.String(), func(t *testing.T) {
			p := filledPlainFile(t)
			chmod(t, p.path(), c.file)
			chmod(t, p.dir, c.dir)
			t.Cleanup(func() { chmod(t, p.dir, 0o700) })

			if c.remedy == "" {
				if value, err := p.Get(t.Context(), testKey); err != nil || value.Reveal() != "value" {
					t.Errorf("read %q, %v", value.Reveal(), err)
				}
				return
			}
			requireRefusal(t, p, p.dir)
			if detail := p.Probe(t.Context()).Detail; !strings.Contains(detail, c.remedy) {
				t.Errorf("the detail %q does not name the remedy %q", detail, c.remedy)
			}
		})
	}
}

func TestPlainFileIsMadePrivate(t *testing.T) {
	old := syscall.Umask(0)
	t.Cleanup(func() { syscall.Umask(old) })
	p := newPlainFile(filepath.Join(t.TempDir(), "a", "b"))
	if err := p.Set(t.Context(), testKey, secret.New("value")); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]os.FileMode{
		filepath.Dir(p.dir): 0o700,
		p.dir:               0o700,
		p.path():            0o600,
		p.path() + ".lock":  0o600,
	} {
		info, err := os.Lstat(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %04o, want %04o", path, got, want)
		}
	}
}

func TestPlainFileFollowsNoLinks(t *testing.T) {
	t.Run("file", func(t *testing.T) {
		target, p := filledPlainFile(t), newPlainFile(privateDir(t))
		symlink(t, target.path(), p.path())
		requireRefusal(t, p, p.path())
	})
	t.Run("directory", func(t *testing.T) {
		target := filledPlainFile(t)
		p := newPlainFile(filepath.Join(t.TempDir(), "link"))
		symlink(t, target.dir, p.dir)
		requireRefusal(t, p, p.dir)
	})
	t.Run("draft of a killed writer", func(t *testing.T) {
		victim := filepath.Join(t.TempDir(), "victim")
		p := filledPlainFile(t)
		symlink(t, victim, draftPath(p))
		if err := p.Set(t.Context(), testKey, secret.New("value")); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Lstat(victim); !os.IsNotExist(err) {
			t.Errorf("the link was followed: %v", err)
		}
	})
	t.Run("lock file", func(t *testing.T) {
		victim := filepath.Join(t.TempDir(), "victim")
		p := newPlainFile(privateDir(t))
		symlink(t, victim, p.path()+".lock")
		if err := p.Set(t.Context(), testKey, secret.New("value")); err == nil {
			t.Error("a lock behind a link was taken")
		}
		if _, err := os.Lstat(victim); !os.IsNotExist(err) {
			t.Errorf("the link was followed: %v", err)
		}
	})
}

// TestPlainFileIsNotAPipe: opening a pipe would wait for a writer.
func TestPlainFileIsNotAPipe(t *testing.T) {
	p := newPlainFile(privateDir(t))
	if err := syscall.Mkfifo(p.path(), 0o600); err != nil {
		t.Fatal(err)
	}
	requireRefusal(t, p, p.path())
}

func filledPlainFile(t *testing.T) plainFile {
	t.Helper()
	p := newPlainFile(privateDir(t))
	if err := p.Set(t.Context(), testKey, secret.New("value")); err != nil {
		t.Fatal(err)
	}
	return p
}

func chmod(t *testing.T, path string, mode os.FileMode) {
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
