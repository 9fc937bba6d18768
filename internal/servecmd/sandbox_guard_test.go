package servecmd

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Without a child to end; the tests of the program kill real children.
func TestRunGuard(t *testing.T) {
	for _, test := range []struct {
		name, folder, lines string
		removed, refused    bool
	}{
		{name: "the sandbox was killed", folder: "dxauth-sandbox-1", removed: true},
		{name: "killed while it sent the child's ID", folder: "dxauth-sandbox-1", lines: "child ", removed: true},
		{name: "the sandbox ended", folder: "dxauth-sandbox-1", lines: "done\n"},
		{name: "unknown lines", folder: "dxauth-sandbox-1", lines: "undone\nchild no-number\nchild -1\nchild 0\n", removed: true},
		{name: "another folder", folder: "home", refused: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), test.folder)
			if err := os.MkdirAll(filepath.Join(dir, "state"), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := runGuard(strings.NewReader(test.lines), dir); (err != nil) != test.refused {
				t.Errorf("the guard ended with %v", err)
			}
			if _, err := os.Stat(dir); os.IsNotExist(err) != test.removed {
				t.Errorf("the folder: %v", err)
			}
		})
	}
}
