package complete

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/dxauth/dxauth/internal/testfuzz"
)

func TestParse(t *testing.T) {
	const breaks = " \t\n\"'><=;|&(:@"
	for name, tt := range map[string]struct {
		text string
		want line
	}{
		"nothing":                  {"", line{}},
		"the program":              {"dxauth", line{current: "dxauth"}},
		"a new word":               {"dxauth ", line{words: []string{"dxauth"}}},
		"blanks":                   {"  a \t b  ", line{words: []string{"a", "b"}}},
		"a backslash":              {`a b\ c`, line{words: []string{"a"}, current: "b c"}},
		"at the end":               {`a b\`, line{words: []string{"a"}, current: "b"}},
		"an open quote":            {`a "b c`, line{words: []string{"a"}, current: "b c", open: '"'}},
		"another":                  {`a 'b" c`, line{words: []string{"a"}, current: `b" c`, open: '\''}},
		"within a word":            {`a x"b c`, line{words: []string{"a"}, current: "xb c", kept: "x", open: '"'}},
		"a closed one":             {`a "b c"d e`, line{words: []string{"a", "b cd"}, current: "e"}},
		"an empty word":            {`a '' b`, line{words: []string{"a", ""}, current: "b"}},
		"escapes between quotes":   {`a "b\"\$\x`, line{words: []string{"a"}, current: `b"$\x`, open: '"'}},
		"none between single ones": {`a 'b\`, line{words: []string{"a"}, current: `b\`, open: '\''}},
		"a break":                  {"a b:/c", line{words: []string{"a"}, current: "b:/c", kept: "b:"}},
		"an escaped break":         {`a b\:/c`, line{words: []string{"a"}, current: "b:/c"}},
		"a quoted break":           {`a "b:/c`, line{words: []string{"a"}, current: "b:/c", open: '"'}},
		"a break, then a quote":    {`a --x="b c`, line{words: []string{"a"}, current: "--x=b c", kept: "--x=", open: '"'}},
		"a substitution is text":   {"a $(b) `c", line{words: []string{"a", "$(b)"}, current: "`c"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := parse(tt.text, breaks)
			if !slices.Equal(got.words, tt.want.words) || got.current != tt.want.current || got.kept != tt.want.kept || got.open != tt.want.open {
				t.Errorf("%q is %+v, want %+v", tt.text, got, tt.want)
			}
		})
	}
}

// FuzzParse checks that a quoted word is read back, and that what is kept is its
// beginning.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"Exome 2026", "a:b", `it's "q"`, "$(x)", "", "é漢", "\\"} {
		testfuzz.Add(f, seed, "x "+seed, seed)
	}
	f.Fuzz(func(t *testing.T, text, raw, breaks string) {
		if l := parse(raw, breaks); !strings.HasPrefix(l.current, l.kept) {
			t.Errorf("%q keeps %q of %q", raw, l.kept, l.current)
		}
		if !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
			return // is not offered
		}
		for _, open := range []rune{0, '"', '\''} {
			typed := "dxauth "
			if open != 0 {
				typed += string(open)
			}
			if l := parse(typed+quote(text, open), breaks); l.current != text {
				t.Errorf("%q is read as %q", quote(text, open), l.current)
			}
		}
	})
}
