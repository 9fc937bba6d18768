package complete

import (
	"slices"
	"testing"

	"github.com/dxauth/dxauth/internal/testfuzz"
)

// TestParsePowerShell checks the rules of about_Quoting_Rules and about_Parsing.
func TestParsePowerShell(t *testing.T) {
	for text, want := range map[string]line{
		"":                          {},
		"dxauth ":                   {words: []string{"dxauth"}},
		"dxauth sel":                {words: []string{"dxauth"}, current: "sel"},
		"a 'b c' d":                 {words: []string{"a", "b c"}, current: "d"},
		"a 'b c":                    {words: []string{"a"}, current: "b c"},
		"a 'it''s":                  {words: []string{"a"}, current: "it's"},
		"a 'it\u2019\u2019s' b":     {words: []string{"a", "it\u2019s"}, current: "b"},
		"a \u201cb c\u201d":         {words: []string{"a"}, current: "b c"},
		`a "b""c" `:                 {words: []string{"a", `b"c`}},
		"a \"b`\"`$c":               {words: []string{"a"}, current: `b"$c`},
		"a '`b'":                    {words: []string{"a"}, current: "`b"},
		"a b` c":                    {words: []string{"a"}, current: "b c"},
		"a b`":                      {words: []string{"a"}, current: "b"},
		"a '' ":                     {words: []string{"a", ""}},
		"a $(Remove-Item x) $HOME/": {words: []string{"a", "$(Remove-Item", "x)"}, current: "$HOME/"},
		"a --project='Rare Dis":     {words: []string{"a"}, current: "--project=Rare Dis"},
		`a C:\x\`:                   {words: []string{"a"}, current: `C:\x\`},
	} {
		if got := parsePowerShell(text); !slices.Equal(got.words, want.words) || got.current != want.current {
			t.Errorf("%s: %q and %q, want %q and %q", text, got.words, got.current, want.words, want.current)
		}
	}
}

// What is quoted means itself: it is read back as one word with the same text.
func TestQuotePowerShell(t *testing.T) {
	for text, want := range map[string]string{
		"":                        "''",
		"plain-1.2_x/y:z=%+":      "plain-1.2_x/y:z=%+",
		`a\:b`:                    `a\:b`,
		"größer":                  "größer",
		"Rare Disease":            "'Rare Disease'",
		"it's":                    "'it''s'",
		"\u2018x\u2019 \u201ay":   "'\u2018\u2018x\u2019\u2019 \u201a\u201ay'",
		"$(calc)":                 "'$(calc)'",
		"`calc`":                  "'`calc`'",
		"a;b":                     "'a;b'",
		"a,b":                     "'a,b'",
		"@x":                      "'@x'",
		"~":                       "'~'",
		"\u2013x":                 "'\u2013x'", // a dash that begins a parameter
		"--project=Rare Disease":  "'--project=Rare Disease'",
		"a\"b\u201c{}()|&<>#[]*?": "'a\"b\u201c{}()|&<>#[]*?'",
	} {
		got := quotePowerShell(text)
		if got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
		if read := parsePowerShell(got + " "); len(read.words) != 1 || read.words[0] != text {
			t.Errorf("%s is read back as %q", got, read.words)
		}
	}
}

func FuzzQuotePowerShell(f *testing.F) {
	testfuzz.Add(f, "it's “$(calc)” `x` \u2019;")
	f.Fuzz(func(t *testing.T, text string) {
		read := parsePowerShell(quotePowerShell(text) + " ")
		if want := string([]rune(text)); len(read.words) != 1 || read.words[0] != want {
			t.Errorf("%q is read back as %q", want, read.words)
		}
	})
}
