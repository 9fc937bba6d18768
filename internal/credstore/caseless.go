package credstore

import (
	"fmt"
	"strings"
)

// caseless encodes a name for a store that does not distinguish case: names that
// differ are encoded differently, and a name in lower-case ASCII is its own encoding.
// Any other byte, and %, is % and two digits.
func caseless(name string) string {
	var encoded strings.Builder
	for i := range len(name) {
		char := name[i]
		if 'A' <= char && char <= 'Z' || char == '%' || char >= 0x80 {
			fmt.Fprintf(&encoded, "%%%02x", char)
		} else {
			encoded.WriteByte(char)
		}
	}
	return encoded.String()
}
