package privatefile_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/dxauth/dxauth/internal/privatefile"
)

func TestReplace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	for _, content := range []string{"a first one", "a second one", ""} {
		if err := privatefile.Replace(path, []byte(content)); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if err != nil || string(got) != content {
			t.Errorf("the file has %q (%v), want %q", got, err, content)
		}
	}
	wantAlone(t, path)
}

func TestAReplacementThatFailsChangesNothing(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "folder") // can't be replaced by a file
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := privatefile.Replace(folder, []byte("content")); err == nil {
		t.Error("a folder was replaced")
	}
	wantAlone(t, folder)
}

func TestAFolderThatIsNotThere(t *testing.T) {
	if err := privatefile.Replace(filepath.Join(t.TempDir(), "nowhere", "file"), nil); !os.IsNotExist(err) {
		t.Errorf("got %v", err)
	}
}

// wantAlone wants nothing beside the file: no draft is left.
func wantAlone(t *testing.T, path string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Errorf("the folder has %v (%v), want %s alone", entries, err, filepath.Base(path))
	}
}
