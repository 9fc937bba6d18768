package store

import (
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestAbove(t *testing.T) {
	for prefix, want := range map[string]string{
		"": "", "a": "b", "az": "a{", "\u00e4": "\u00e5", "\ud7ff": "\ue000", "a\U0010ffff": "b", "\U0010ffff": "",
	} {
		if got := above(prefix); got != want {
			t.Errorf("above(%q) is %q, want %q", prefix, got, want)
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		prefix, rest := rapid.String().Draw(rt, "prefix"), rapid.String().Draw(rt, "rest")
		if bound := above(prefix); bound != "" && (prefix+rest >= bound || !utf8.ValidString(bound)) {
			rt.Fatalf("%q is not below %q", prefix+rest, bound)
		}
	})
}
