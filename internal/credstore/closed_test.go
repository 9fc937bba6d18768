package credstore_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/credstore"
	"github.com/dxauth/dxauth/pkg/secret"
)

// A sandbox uses no store outside of its folder, by whatever name.
func TestFilesOnly(t *testing.T) {
	config := credstore.Config{Dir: t.TempDir(), FilesOnly: true}
	key := credstore.Key{Host: "host", User: "alice"}
	for _, name := range []string{"keyring", "kernel", "helper:pass", "helper:secretservice"} {
		store, err := credstore.ByName(name, config)
		if err != nil {
			t.Fatal(err)
		}
		_, getErr := store.Get(t.Context(), key)
		for what, err := range map[string]error{
			"get": getErr, "set": store.Set(t.Context(), key, secret.New("x")), "delete": store.Delete(t.Context(), key),
		} {
			if unavailable, ok := errors.AsType[*credstore.UnavailableError](err); !ok || !strings.Contains(unavailable.Error(), "a sandbox does not use it; choose --store plaintext") {
				t.Errorf("%s of %s: %v", what, name, err)
			}
		}
		config.Want = name
		if store, _, err := credstore.Open(t.Context(), config); err == nil {
			t.Errorf("%s: opened %s", name, store.Name())
		}
	}
	for _, name := range []string{"age", "plaintext"} {
		if store, err := credstore.ByName(name, config); err != nil || store.Probe(t.Context()).Detail == "a sandbox does not use it" {
			t.Errorf("%s: %v", name, err)
		}
	}
}
