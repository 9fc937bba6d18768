//go:build unix

package namecache

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestReadTrustsNobodyElse checks that a file of names is not used if others could have
// read it, or if it is a link.
func TestReadTrustsNobodyElse(t *testing.T) {
	const orgs = `{"version": 1, "orgs": [{"id": "x"}]}`
	for name, put := range map[string]func(path string) error{
		"readable by all": func(path string) error { return os.WriteFile(path, []byte(orgs), 0o644) },
		"a link": func(path string) error {
			target := filepath.Join(filepath.Dir(path), "target")
			if err := os.WriteFile(target, []byte(orgs), 0o600); err != nil {
				return err
			}
			return os.Symlink(target, path)
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := Cache{Dir: t.TempDir()}
			if err := put(c.path(alice)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(Names{}, c.Read(alice)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
