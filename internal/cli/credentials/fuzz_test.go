package credentials

import (
	"testing"

	"github.com/dxauth/dxauth/internal/testfuzz"
)

// A code that is taken is one line of printable ASCII, and taken again as it is. A code of an app
// is a code.
func FuzzReadCode(f *testing.F) {
	for _, seed := range []string{"123456", "123 456", "12345", "1. abcd-efgh-ijkl-mnop", "abcd efgh ijkl mnop", "", "\u0661\u0662\u0663\u0664\u0665\u0666", "a\x00b"} {
		testfuzz.Add(f, seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		code, err := ReadCode(typed)
		if app, appErr := ReadAppCode(typed); appErr == nil && (err != nil || !app.Equal(code)) {
			t.Errorf("%q is %q for an app, and %q, %v", typed, app.Reveal(), code.Reveal(), err)
		}
		if err != nil {
			return
		}
		if again, err := ReadCode(code.Reveal()); err != nil || !SameRecoveryCode(again, code) {
			t.Errorf("%q is %q, which is %q, %v", typed, code.Reveal(), again.Reveal(), err)
		}
	})
}
