//go:build unix

package dxenv_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/dxenv"
	"github.com/dxauth/dxauth/pkg/secret"
)

func TestWhatOthersCouldHaveWrittenOrReadIsNotFollowed(t *testing.T) {
	must := func(t *testing.T, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	move := func(t *testing.T, path string) string { // leaves a link in its place
		elsewhere := filepath.Join(t.TempDir(), "moved")
		must(t, os.Rename(path, elsewhere))
		must(t, os.Symlink(elsewhere, path))
		return elsewhere
	}
	tests := map[string]struct {
		change    func(t *testing.T, dir string)
		why, path string
	}{
		"a file that others can read": {
			func(t *testing.T, dir string) {
				must(t, os.Chmod(filepath.Join(dir, "sessions/1/environment.json"), 0o640))
			},
			"is open to other users (mode 0640)", "sessions/1/environment.json",
		},
		"a file that is a link": {
			func(t *testing.T, dir string) { move(t, filepath.Join(dir, "sessions/1/environment.json")) },
			"is a symbolic link, which is not followed", "sessions/1/environment.json",
		},
		"a file that is a folder": {
			func(t *testing.T, dir string) {
				must(t, os.Remove(filepath.Join(dir, "sessions/1/environment.json")))
				must(t, os.Mkdir(filepath.Join(dir, "sessions/1/environment.json"), 0o700))
			},
			"is not a regular file", "sessions/1/environment.json",
		},
		"a shell's folder that is a link": {
			func(t *testing.T, dir string) { move(t, filepath.Join(dir, "sessions/1")) },
			"is a symbolic link, which is not followed", "sessions/1",
		},
		"folders that others can change": {
			func(t *testing.T, dir string) { must(t, os.Chmod(filepath.Join(dir, "sessions"), 0o777)) },
			"is open to other users (mode 0777)", "sessions",
		},
		"dx's own folder is a link": {
			func(t *testing.T, dir string) { move(t, dir) },
			"is a symbolic link, which is not followed", "",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			dir := folder(t, map[string]string{"sessions/1/environment.json": written(token, "a.example")})
			test.change(t, dir)
			copies, unread := dxenv.Find(dir)
			if len(copies) != 0 || len(unread) != 1 {
				t.Fatalf("got %v, %v", copies, unread)
			}
			if unread[0].Why != test.why || unread[0].Path != filepath.Join(dir, test.path) {
				t.Errorf("got %v", unread[0])
			}
		})
	}
}

func TestScrubKeepsTheFilePrivateAndFollowsNoLink(t *testing.T) {
	path := filepath.Join(folder(t, map[string]string{"environment.json": written(token, "a.example")}), "environment.json")
	link := filepath.Join(filepath.Dir(path), "link.json")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	if err := dxenv.Scrub(link, secret.New(token)); err == nil || !strings.Contains(err.Error(), "symbolic link") {
		t.Errorf("got %v", err)
	}
	if err := dxenv.Scrub(path, secret.New(token)); err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode() != 0o600 {
		t.Errorf("the mode is %v", info.Mode())
	}
}
