package terminal_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/dxauth/dxauth/internal/terminal"
	"github.com/dxauth/dxauth/internal/testfuzz"
)

func TestClean(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"plain":                    {"Ada's project (VIEW)", "Ada's project (VIEW)"},
		"scripts":                  {"проект 计划 مشروع परियोजना 🔬", "проект 计划 مشروع परियोजना 🔬"},
		"spaces stay":              {"  a  ", "  a  "},
		"tab and line end":         {"a\tb\nc", "a b c"},
		"CRLF":                     {"a\r\nb", "a b"},
		"overwriting":              {"good\rbad\b\b", "goodbad"},
		"bell, NUL, DEL":           {"a\a\x00\x7fb", "ab"},
		"colour":                   {"a\x1b[1;31mb\x1b[0mc", "abc"},
		"clear screen":             {"a\x1b[2J\x1b[Hb", "ab"},
		"private mode":             {"\x1b[?1049ha", "a"},
		"title, BEL":               {"a\x1b]0;owned\x07b", "ab"},
		"title, ST":                {"a\x1b]0;owned\x1b\\b", "ab"},
		"link":                     {"\x1b]8;;http://x.example\x1b\\click\x1b]8;;\x1b\\", "click"},
		"clipboard":                {"\x1b]52;c;ZXZpbA==\x07", ""},
		"device control":           {"a\x1bP1$r0m\x1b\\b", "ab"},
		"reset":                    {"a\x1bcb", "ab"},
		"character set":            {"a\x1b(0b", "ab"},
		"C1 CSI":                   {"a\u009b2Jb", "ab"},
		"C1 OSC":                   {"a\u009d0;owned\u009cb", "ab"},
		"other C1":                 {"a\u0085\u0080b", "ab"},
		"unfinished sequence":      {"a\x1b[12", "a[12"},
		"unfinished string":        {"a\x1b]0;b", "a]0;b"},
		"lone ESC":                 {"a\x1b", "a"},
		"nested":                   {"\x1b\x1b[A[2Ja", "[2Ja"},
		"bidi overrides":           {"a\u202a\u202b\u202c\u202d\u202eb", "ab"},
		"bidi isolates":            {"a\u2066\u2067\u2068\u2069b", "ab"},
		"bidi marks":               {"a\u200e\u200f\u061cb", "ab"},
		"zero width":               {"a\u200b\u200c\u200d\u2060\ufeffb", "ab"},
		"soft hyphen":              {"a\u00adb", "ab"},
		"tags":                     {"a\U000e0041\U000e007fb", "ab"},
		"filler":                   {"a\u3164\u115fb", "ab"},
		"separators":               {"a\u2028b\u2029c", "a b c"},
		"visible format character": {"\u0600\u0661", "\u0600\u0661"},
		"invalid UTF-8":            {"a\xffb\x9b2Jc", "a\ufffdb\ufffd2Jc"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := terminal.Clean(test.text); got != test.want {
				t.Errorf("Clean(%q) = %q, want %q", test.text, got, test.want)
			}
		})
	}
}

// A search for the end of each of these strings would take minutes.
func TestCleanIsLinear(t *testing.T) {
	if got := terminal.Clean(strings.Repeat("\u009d\u009bm", 1<<17)); got != "" {
		t.Errorf("%d bytes are left", len(got))
	}
}

func FuzzClean(f *testing.F) {
	for _, seed := range []string{
		"plain", "\x1b[31mred\x1b[0m", "\x1b\x1b]0;x\x07[m", "\u009b\x1b\\\u202e", "a\xff\tb\r\n", "\u0600\U000e0041",
	} {
		testfuzz.Add(f, seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		clean := terminal.Clean(text)
		if !utf8.ValidString(clean) {
			t.Errorf("Clean(%q) = %q is not UTF-8", text, clean)
		}
		if i := strings.IndexFunc(clean, commands); i >= 0 {
			t.Errorf("Clean(%q) = %q has a control character at %d", text, clean, i)
		}
		if again := terminal.Clean(clean); again != clean {
			t.Errorf("Clean(%q) = %q, but once more it is %q", text, clean, again)
		}
		if isPlain(text) && clean != text {
			t.Errorf("Clean(%q) = %q changes plain text", text, clean)
		}
	})
}

// commands reports whether a terminal would do something else with r than show it.
func commands(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) ||
		r == '\u2028' || r == '\u2029' || r == '\u200b' || r == '\ufeff'
}

func isPlain(text string) bool {
	return utf8.ValidString(text) && strings.IndexFunc(text, func(r rune) bool {
		return !unicode.In(r, unicode.Letter, unicode.Number, unicode.Punct, unicode.Symbol) ||
			unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r)
	}) < 0
}
