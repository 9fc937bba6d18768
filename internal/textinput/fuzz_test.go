package textinput_test

import (
	"bytes"
	"testing"
	"unicode/utf8"

	"github.com/dxauth/dxauth/internal/testfuzz"
	"github.com/dxauth/dxauth/internal/textinput"
)

// Text that is taken is UTF-8 and what was given, without a byte order mark.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{"", "a", "\xef\xbb\xbfa", "\xff\xfea\x00", "a\x00b\x00", "\xe4", "\xef\xbb\xbf\xef\xbb\xbf"} {
		testfuzz.Add(f, []byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		text, err := textinput.Decode(content)
		if err != nil {
			return
		}
		mark := len(content) - len(text)
		if !utf8.Valid(text) || !bytes.HasSuffix(content, text) || mark != 0 && mark != len("\ufeff") {
			t.Errorf("%q is the text %q", content, text)
		}
	})
}
