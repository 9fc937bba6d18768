package format

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode"

	"github.com/dxauth/dxauth/internal/testfuzz"
)

// FuzzEscapeUnseen checks that no control characters remain, and that the value
// stays the same.
func FuzzEscapeUnseen(f *testing.F) {
	for _, seed := range []string{
		`{"name":"Exome"}`, `"\u001b[31m"`, "\"\u202egnp.exe\"", "\"\u009b31m\x7f\"", "[1,\t2]", "\"\xff\"",
		"\"\U000e0041\"", "\"\\\u202e\"", "{}\r\n", "{\"\u200b\":[\"\u2066\"]}",
	} {
		testfuzz.Add(f, []byte(seed))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		var value json.RawMessage
		if json.Unmarshal(answer, &value) != nil {
			return
		}
		var indented bytes.Buffer
		if err := json.Indent(&indented, value, "", "    "); err != nil {
			t.Fatal(err)
		}
		escaped := EscapeUnseen(indented.String())
		if !reflect.DeepEqual(decoded(t, escaped), decoded(t, indented.String())) {
			t.Errorf("%q has another value than %q", escaped, indented.String())
		}
		for _, r := range escaped {
			if r != '\n' && (unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Bidi_Control)) {
				t.Errorf("%q still contains %U", escaped, r)
			}
		}
	})
}

func decoded(t *testing.T, text string) any {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		t.Fatalf("%q is not valid JSON: %v", text, err)
	}
	return value
}
