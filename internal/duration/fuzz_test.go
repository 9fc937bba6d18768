package duration_test

import (
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/duration"
	"github.com/dxauth/dxauth/internal/testfuzz"
)

// What is read is read again from what Go writes for it, and never wraps around.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"0", "90s", "2h30m", "1d", "1w2d3h", "-1h", "d", "1d-1h", "0d-1h", "15250w1d", "99999999999w", "1.5h", "1dd"} {
		testfuzz.Add(f, seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := duration.Parse(text)
		if err != nil {
			return
		}
		if d < 0 && !strings.HasPrefix(text, "-") {
			t.Errorf("%q is %s", text, d)
		}
		again, err := duration.Parse(d.String())
		if err != nil || again != d {
			t.Errorf("%q is %s, which is %s, %v", text, d, again, err)
		}
	})
}
