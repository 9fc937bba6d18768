package dxenv

import (
	"encoding/json"
	"testing"

	"github.com/dxauth/dxauth/internal/testfuzz"
)

// Where a field is said to be in a file of dx, there it is: the token is replaced there.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`{"DX_SECURITY_CONTEXT": "{\"auth_token\": \"t\"}", "DX_APISERVER_PORT": 443}`, `{}`, "\ufeff{}", `{"a": null, "a": [1, {"b": "}"}]}`, `[]`, `{"a": 1`, "",
	} {
		testfuzz.Add(f, []byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		list, err := parse(content)
		if err != nil {
			return
		}
		for _, field := range list {
			if field.start < 0 || field.start+len(field.value) > len(content) || string(content[field.start:field.start+len(field.value)]) != string(field.value) {
				t.Errorf("%q is said to be at byte %d of %q", field.value, field.start, content)
			}
			if !json.Valid(field.value) {
				t.Errorf("%q is taken for a value", field.value)
			}
		}
	})
}
