package directory_test

import (
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/testfuzz"
)

func TestGlob(t *testing.T) {
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"Exome", "Exome", true},
		{"Exome", "exome", false},
		{"Exome", "Exome 2026", false},
		{"Exome", "My Exome", false},
		{"", "", true},
		{"", "x", false},

		{"*", "", true},
		{"*", "anything\nat all", true},
		{"**", "x", true},
		{"Ex*", "Ex", true},
		{"Ex*", "Exome", true},
		{"*2026", "Exome 2026", true},
		{"*2026", "2026 Exome", false},
		{"E*m*e", "Exome", true},
		{"E*m*e", "Exomes", false},
		{"*ab*ab", "abab", true},
		{"*ab*ab", "ab", false},
		{"*aab", "aaaab", true},

		{"?", "", false},
		{"?", "x", true},
		{"?", "é", true},
		{"?", "\n", true},
		{"?", "xy", false},
		{"Cohort ?1", "Cohort 01", true},
		{"?*", "", false},
		{"*?", "x", true},

		{`\*`, "*", true},
		{`\*`, "x", false},
		{`\?`, "?", true},
		{`\?`, "x", false},
		{`\\`, `\`, true},
		{`\a`, "a", true},
		{`a\`, `a\`, true},
		{`\\*`, `\x`, true},
		{`\**`, "*x", true},
		{`*\*`, "x*", true},
		{`*\*`, "x", false},

		{"[ab]", "a", false},
		{"[ab]", "[ab]", true},
		{"{a,b}", "a", false},
		{"a.c", "abc", false},
		{"(a|b)+$", "(a|b)+$", true},
		{"^a", "a", false},
	} {
		if got := directory.Glob(c.pattern)(c.name); got != c.want {
			t.Errorf("%q on %q: %v", c.pattern, c.name, got)
		}
	}
}

// globAsRegexp translates a glob into a regular expression, to compare with.
func globAsRegexp(pattern string) *regexp.Regexp {
	expression := regexp.MustCompile(`(?s)\\.|.`).ReplaceAllStringFunc(pattern, func(part string) string {
		switch {
		case part == "*":
			return ".*"
		case part == "?":
			return "."
		case len(part) > 1 && part[0] == '\\':
			return regexp.QuoteMeta(part[1:])
		default:
			return regexp.QuoteMeta(part)
		}
	})
	return regexp.MustCompile(`\A(?s:` + expression + `)\z`)
}

func FuzzGlob(f *testing.F) {
	for _, seed := range [][2]string{
		{"", ""}, {"*a?b*", "xxaybzz"}, {`\*\?\`, `*?\`}, {"**?**", "é"}, {"*ab*ab*", "aababab"}, {"[a]", "a"}, {"\xff*", "\xff"},
	} {
		testfuzz.Add(f, seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, pattern, name string) {
		got := directory.Glob(pattern)(name)
		if !utf8.ValidString(pattern) || !utf8.ValidString(name) || len(pattern) > 100 || len(name) > 100 {
			return
		}
		if want := globAsRegexp(pattern).MatchString(name); got != want {
			t.Errorf("%q on %q: %v", pattern, name, got)
		}
	})
}

// Every name that the pattern matches begins with its GlobPrefix, which is
// everything before the first wildcard.
func TestGlobPrefix(t *testing.T) {
	for pattern, want := range map[string]string{
		"": "", "*": "", "?x": "", "abc": "abc", "ab*c": "ab", "ab?": "ab", `a\*b*`: "a*b", `a\\?`: `a\`, `ab\`: `ab\`,
	} {
		if got := directory.GlobPrefix(pattern); got != want {
			t.Errorf("%q begins with %q, want %q", pattern, got, want)
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		pattern := rapid.StringOf(rapid.SampledFrom([]rune(`ab*?\`))).Draw(rt, "pattern")
		name := rapid.StringOf(rapid.SampledFrom([]rune(`ab*?\`))).Draw(rt, "name")
		if directory.Glob(pattern)(name) && !strings.HasPrefix(name, directory.GlobPrefix(pattern)) {
			rt.Fatalf("%q matches %q, and does not begin with %q", name, pattern, directory.GlobPrefix(pattern))
		}
	})
}

func TestRegexp(t *testing.T) {
	for _, c := range []struct {
		expression, flags, name string
		want                    bool
	}{
		{"ome", "", "Exome 2026", true},
		{"^ome", "", "Exome 2026", false},
		{`^Exome \d{4}$`, "", "Exome 2026", true},
		{"EXOME", "", "Exome", false},
		{"EXOME", "i", "Exome", true},
		{"a|b", "i", "B", true},
		{"(?i)exome", "", "Exome", true},
		{"x*", "", "", true},
	} {
		match, err := directory.Regexp(c.expression, c.flags)
		if err != nil {
			t.Fatal(err)
		}
		if got := match(c.name); got != c.want {
			t.Errorf("%q with %q on %q: %v", c.expression, c.flags, c.name, got)
		}
	}
}

func TestRegexpRefuses(t *testing.T) {
	for _, c := range []struct{ expression, flags, key string }{
		{"x", "g", "name.flags"},
		{"x", "ii", "name.flags"},
		{"x", "I", "name.flags"},
		{"(", "", "name.regexp"},
		{"[z-a]", "", "name.regexp"},
		{"*", "i", "name.regexp"},
		{`a\`, "", "name.regexp"},
		{"a(?=b)", "", "name.regexp"},
		{"\xff", "", "name.regexp"},
		{strings.Repeat("x", 5000), "", "name.regexp"},
		{".{0,1000}.{0,1000}", "", "name.regexp"},
		{strings.Repeat("(", 2000) + strings.Repeat(")", 2000), "", "name.regexp"},
	} {
		_, err := directory.Regexp(c.expression, c.flags)
		wantInputError(t, err, c.key)
	}
}

func FuzzRegexp(f *testing.F) {
	for _, seed := range []string{"", "(", "a{1000}", "(?i)x|y", `\pL+`, "x{2,1}", "(a*)*b"} {
		testfuzz.Add(f, seed, "", "aaaaaaaa")
		testfuzz.Add(f, seed, "i", "XYZ")
	}
	f.Fuzz(func(t *testing.T, expression, flags, name string) {
		match, err := directory.Regexp(expression, flags)
		if err != nil {
			if match != nil {
				t.Errorf("%q is refused but matches", expression)
			}
			return
		}
		match(name)
	})
}

// For every pattern, a name of the greatest length is matched fast enough that a
// request can match many of them.
func TestExpensivePatterns(t *testing.T) {
	name := strings.Repeat("a", directory.MaxName)
	matchers := map[string]func(string) bool{}
	for pattern, times := range map[string]int{"*": 60_000, "*a": 30_000, "*?": 250, "?": 60_000, "*aa": 200, `\a*`: 250} {
		matchers["glob of "+pattern] = directory.Glob(strings.Repeat(pattern, times) + "b*b")
	}
	for _, expression := range []string{"(a*)*b", "(a|aa)+b", "(a?){200}b.", "(.*a){100}c.", "([a-z]|[^b]|.?){150}c."} {
		match, err := directory.Regexp(expression, "i")
		if err != nil {
			t.Fatal(err)
		}
		matchers[expression] = match
	}
	const limit = time.Second // a hundred times what it takes
	for what, match := range matchers {
		start := time.Now()
		if match(name) {
			t.Errorf("%s matches", what)
		}
		if took := time.Since(start); took > limit {
			t.Errorf("%s took %s", what, took)
		}
	}
}
