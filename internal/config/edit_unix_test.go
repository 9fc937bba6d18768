//go:build unix

package config

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// TestALinkToTheFileStays checks that of a link, as dot files in a repository are, what
// it leads to is changed.
func TestALinkToTheFileStays(t *testing.T) {
	path, link := filepath.Join(t.TempDir(), "dotfile.yaml"), filepath.Join(t.TempDir(), FileName)
	if err := os.WriteFile(path, []byte("debug: true\njson: true\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	if found, err := Unset(t.Context(), link, "debug"); !found || err != nil {
		t.Errorf("unset: %v, %v", found, err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the link was replaced (%v)", err)
	}
	if content := mustRead(t, path); string(content) != "json: true\n" {
		t.Errorf("the file behind the link has %q", content)
	}
}
