package credstore

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestCaseless(t *testing.T) {
	for name, want := range map[string]string{
		"":                     "",
		"alice@lab.org":        "alice@lab.org",
		"alice_1+x@[::1]:8080": "alice_1+x@[::1]:8080",
		"Alice@lab.org":        "%41lice@lab.org",
		"%41lice@lab.org":      "%2541lice@lab.org",
		"É@lab.org":            "%c3%89@lab.org",
		"é@lab.org":            "%c3%a9@lab.org",
		"\u212a@lab.org":       "%e2%84%aa@lab.org", // the Kelvin sign, whose lower case is k
	} {
		if got := caseless(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

func TestCaselessNamesDifferInMoreThanCase(t *testing.T) {
	name := rapid.StringOf(rapid.RuneFrom([]rune("aAkK\u212asS\u017fzZéÉ%4@")))
	rapid.Check(t, func(t *rapid.T) {
		a, b := name.Draw(t, "a"), name.Draw(t, "b")
		if got, want := strings.EqualFold(caseless(a), caseless(b)), a == b; got != want {
			t.Fatalf("%q and %q: %q, %q", a, b, caseless(a), caseless(b))
		}
		if upper := strings.ToUpper(a); upper != a && strings.EqualFold(caseless(upper), caseless(a)) {
			t.Fatalf("%q and %q are both %q", a, upper, caseless(a))
		}
	})
}
