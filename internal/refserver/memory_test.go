package refserver

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/privatefile"
	"github.com/dxauth/dxauth/internal/refserver/history"
)

// What was remembered is recalled; a file that says nothing certain is an error.
func TestMemory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dxauth.key.seen")
	m, err := recall(path)
	if err != nil || m.seen != (history.Point{}) {
		t.Fatalf("without a file: %+v, %v", m.seen, err)
	}
	point := history.Point{Generation: "g", Row: 7, Mark: "m"}
	if err := m.remember(point); err != nil {
		t.Fatal(err)
	}
	again, err := recall(path)
	if err != nil || again.seen != point {
		t.Errorf("recalled %+v, %v", again.seen, err)
	}
	for name, content := range map[string]string{
		"empty": "", "cut": `{"generation":"g","ro`, "another kind": `{"row":"7"}`, "large": strings.Repeat(" ", maxMemoryBytes+1),
	} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := recall(path); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if !privatefile.ChecksAccess {
		return
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := recall(path); !errors.Is(err, privatefile.ErrExposed) {
		t.Errorf("open to others: %v", err)
	}
}

// A memory that cannot be written says so once, and knows until the end of the process.
func TestAMemoryThatCannotBeWritten(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "none")
	m, err := recall(filepath.Join(folder, "dxauth.key.seen"))
	if err != nil {
		t.Fatal(err)
	}
	if err := m.remember(history.Point{Row: 1}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the first time: %v", err)
	}
	if err := m.remember(history.Point{Row: 2}); err != nil || m.seen.Row != 2 {
		t.Errorf("the second time: %v, %+v", err, m.seen)
	}
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := m.remember(history.Point{Row: 3}); err != nil {
		t.Error(err)
	}
	if again, err := recall(m.path); err != nil || again.seen.Row != 3 {
		t.Errorf("recalled %+v, %v", again.seen, err)
	}
}
