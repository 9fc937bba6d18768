package access_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/pkg/secret"
)

// A given secret is accepted only if it may be a random one.
func TestCheckValue(t *testing.T) {
	const drawn = "0123456789abcdef0123456789abcdef"
	for value, good := range map[string]bool{
		drawn: true, "123e4567-e89b-12d3-a456-426614174000": true, strings.Repeat("aB3.-_xZ", 16): true,
		"": false, drawn[1:]: false, "secret": false, strings.Repeat("a", 32): false, strings.Repeat("abcdefg", 5): false,
		drawn + " ": false, drawn + "\n": false, drawn + "ä": false, drawn + "\x00": false, strings.Repeat(drawn, 5): false,
	} {
		err := access.CheckValue(secret.New(value))
		if (err == nil) != good || err != nil && !errors.Is(err, access.ErrWeakValue) {
			t.Errorf("%q: %v", value, err)
		}
	}
}
