package dxenv

import (
	"bytes"
	"encoding/json"
	"maps"
	"testing"

	"github.com/dxauth/dxauth/internal/testfuzz"
	"github.com/dxauth/dxauth/pkg/secret"
)

// For any file, the result lacks the token, has the credential of a logout, and has
// the same settings otherwise.
func FuzzWithout(f *testing.F) {
	const token = "tok"
	testfuzz.Add(f, []byte(`{"DX_SECURITY_CONTEXT": "{\"auth_token\": \"tok\"}", "A": 1}`))
	testfuzz.Add(f, []byte("\t{ \"A\" :\"b\" ,\"DX_SECURITY_CONTEXT\":\t\"{\\\"auth_token\\\": \\\"tok\\\"}\"\n}\n"))
	testfuzz.Add(f, []byte(`{"DX_SECURITY_CONTEXT": "{\"auth_token\": \"tok\"}", "B": "tok"}`))
	testfuzz.Add(f, []byte(`{"DX_SECURITY_CONTEXT": {}}`))
	f.Fuzz(func(t *testing.T, content []byte) {
		scrubbed, found, err := without(content, secret.New(token))
		if err != nil || !found {
			if scrubbed != nil {
				t.Fatalf("got %q for nothing", scrubbed)
			}
			return
		}
		if bytes.Contains(scrubbed, []byte(token)) || !json.Valid(scrubbed) {
			t.Fatalf("got %q", scrubbed)
		}
		before, err := parse(content)
		if err != nil {
			t.Fatal(err)
		}
		after, err := parse(scrubbed)
		if err != nil {
			t.Fatal(err)
		}
		want := before.settings()
		want[contextField] = loggedOut
		if got := after.settings(); !maps.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}
