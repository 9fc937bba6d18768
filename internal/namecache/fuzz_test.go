package namecache

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/dxauth/dxauth/internal/testfuzz"
)

// Any file is read, and what was read can be written and read again.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		`{"version": 1, "projects": [{"id": "project-1", "name": "Exome 2026"}], "tokens": [null, {}]}`, `{"version": 2}`, `{"version": 1, "projects": {}}`, "null", "",
	} {
		testfuzz.Add(f, []byte(seed))
	}
	cache := Cache{Dir: f.TempDir()}
	file := cache.path("alice@example.org")
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
		names := cache.Read("alice@example.org").bounded()
		written, err := json.Marshal(names)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, written, 0o600); err != nil {
			t.Fatal(err)
		}
		if again := cache.Read("alice@example.org").bounded(); !reflect.DeepEqual(again, names) {
			t.Errorf("%+v is read again as %+v", names, again)
		}
	})
}
