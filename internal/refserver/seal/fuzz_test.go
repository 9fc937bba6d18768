package seal

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/testfuzz"
)

// What is taken as a key file has a key of the right length.
func FuzzParseKey(f *testing.F) {
	for _, seed := range []string{strings.Repeat("k", keyBytes), base64.StdEncoding.EncodeToString(make([]byte, keyBytes)) + "\n", "", "=", strings.Repeat("A", keyBytes+1)} {
		testfuzz.Add(f, []byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		if key, err := parseKey(content); err == nil && len(key) != keyBytes {
			t.Errorf("%q is a key of %d bytes", content, len(key))
		}
	})
}
