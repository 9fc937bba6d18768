//go:build unix

package cli

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// withPrograms makes a PATH with one program in two folders, and files that are not programs.
func withPrograms(t *testing.T) {
	t.Helper()
	one, other := t.TempDir(), t.TempDir()
	for path, mode := range map[string]os.FileMode{
		filepath.Join(one, "align"): 0o755, filepath.Join(other, "align"): 0o755, filepath.Join(one, "align.txt"): 0o644,
	} {
		if err := os.WriteFile(path, nil, mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(one, "alien"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", strings.Join([]string{one, other, filepath.Join(one, "missing"), "."}, string(filepath.ListSeparator)))
}

// TestCompletionOffersPrograms checks what is offered for the words of another command.
func TestCompletionOffersPrograms(t *testing.T) {
	c := newClient(t)
	withPrograms(t)
	for line, want := range map[string][]string{
		"dxauth exec ali":            {"align", "[words]"},
		"dxauth exec -- ali":         {"align", "[words]"},
		"dxauth exec -- align re":    {"[files]"},
		"dxauth exec -- ./ali":       {"[files]"},
		"dxauth exec -- unali":       {"[files]"},
		"dxauth sandbox ":            {"code", "[words]"},
		"dxauth sandbox -- ali":      {"align", "[words]"},
		"dxauth sandbox -- align re": {"[files]"},
	} {
		if got := c.offers(t, line); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
}
