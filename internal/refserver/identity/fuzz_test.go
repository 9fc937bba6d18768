package identity

import (
	"testing"

	"github.com/dxauth/dxauth/internal/testfuzz"
)

// A seed that is read is the one that is written for it, and it has codes.
func FuzzDecodeSeed(f *testing.F) {
	for _, seed := range []string{"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "gezd gnbv-gy3tqojq", "ME======", "M", "", "=", "A1", "\u00e4"} {
		testfuzz.Add(f, seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		seed, err := DecodeSeed(text)
		if err != nil {
			return
		}
		again, err := DecodeSeed(EncodeSeed(seed).Reveal())
		if err != nil || string(again) != string(seed) || len(seed) == 0 {
			t.Errorf("%q is %x, and written and read again %x, %v", text, seed, again, err)
		}
	})
}
