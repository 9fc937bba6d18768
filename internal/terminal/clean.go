package terminal

import (
	"strings"
	"unicode"

	"github.com/dxauth/dxauth/pkg/secret/redact"
)

// Clean makes plain text of what a server sent, so that it can neither command
// the terminal nor forge what else is on it. It removes escape sequences, control
// characters, and the invisible characters of Unicode, which reorder or disguise
// text; tabs and line ends become spaces, invalid UTF-8 becomes U+FFFD. Visible
// text of any script stays as it is. Clean(Clean(s)) equals Clean(s).
func Clean(s string) string {
	s = redact.WithoutSequences(strings.ToValidUTF8(s, string(unicode.ReplacementChar)))
	return strings.Map(cleanRune, s)
}

// cleanRune returns what is to be shown for r; a negative rune means nothing.
func cleanRune(r rune) rune {
	const lineSeparator, paragraphSeparator = '\u2028', '\u2029'
	switch {
	case r == '\t', r == '\n', r == lineSeparator, r == paragraphSeparator:
		return ' '
	case unicode.IsControl(r), isInvisible(r):
		return -1
	}
	return r
}

// isInvisible reports whether r formats text without being seen: bidi controls,
// zero-width characters, tags, fillers. The number signs of Arabic and its kin
// are format characters too, but visible.
func isInvisible(r rune) bool {
	if unicode.Is(unicode.Prepended_Concatenation_Mark, r) {
		return false
	}
	return unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point)
}

// Cut shortens a text to a number of characters, with a word that it was cut.
func Cut(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	seen := 0
	for at := range text {
		if seen == limit {
			return text[:at] + "… (cut)"
		}
		seen++
	}
	return text
}
