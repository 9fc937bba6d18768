package credentials

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestStrength(t *testing.T) {
	names := []string{"alice", "Alice", "Liddell", "alice@example.org"}
	tests := map[string]string{
		"aaaaaaaaaaaaaaaaaaaaaaaa":           "weak",
		"123456789":                          "weak",
		"abcdefghijklmnop":                   "weak",
		"wonderland":                         "weak",
		"alice-liddell":                      "weak", // the user's own names
		"Wonderland-2026":                    "fair",
		"kayak harp tundra velvet":           "good",
		"kayak harp tundra velvet moss crow": "strong",
		"q7#Vx!m2Zp&9":                       "good",
		"ウサギの穴に落ちた":                          "fair",
	}
	for password, want := range tests {
		if got := strengthText(password, names); !strings.HasPrefix(got, "Strength: "+want) {
			t.Errorf("%q: %q, want %s (%.0f bits)", password, got, want, guessBits(password, names))
		}
	}
}

// TestLongerIsNotWeaker checks that more characters never lower the estimate.
func TestLongerIsNotWeaker(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		password, more := rapid.String().Draw(t, "password"), rapid.String().Draw(t, "more")
		if shorter, longer := guessBits(password, nil), guessBits(password+more, nil); longer < shorter {
			t.Errorf("%q has %f bits, and with %q after it %f", password, shorter, more, longer)
		}
	})
}
