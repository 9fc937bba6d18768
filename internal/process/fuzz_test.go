package process

import (
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/testfuzz"
)

// An ID that is read is written in a form that can be part of the name of a file, and read
// as the same one.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{Self().String(), "1,2,3,4,5", "1,2,3,4", "-1,2,3,4,5", "1,%2F,3,4,5", "1,%,3,4,5", "+1,,,,"} {
		testfuzz.Add(f, seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		id, ok := Parse(text)
		if !ok {
			return
		}
		written := id.String()
		if again, ok := Parse(written); !ok || again != id || strings.ContainsAny(written, "/\\\x00") {
			t.Errorf("%q is %+v, which is written %q and read as %+v", text, id, written, again)
		}
	})
}
