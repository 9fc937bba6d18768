package redact

import (
	"regexp"
	"strings"
	"sync"
	"unicode"
)

// escapeSequence matches the sequences of ECMA-48 with their parameters, so that
// none of their text stays behind: CSI, the strings that BEL or ST ends (titles,
// links, device control), and the short ones. A string ends at the next control
// character, which keeps the search linear in time; one without its proper end
// stays, and loses its introducer like any control character.
var escapeSequence = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(
		`(?:\x1b\[|\x{9b})[0-?]*[ -/]*[@-~]` +
			`|(?:\x1b[\]PX^_]|[\x{90}\x{98}\x{9d}-\x{9f}])[^\x00-\x1f\x7f-\x{9f}]*(?:\x07|\x1b\\|\x{9c})` +
			`|\x1b(?:[ -/]+[0-~]|[0-OQ-WYZ\\\x60-~])`)
})

// WithoutSequences removes the sequences that command a terminal from valid UTF-8. What
// shows a text and what looks for secrets in it must agree on them.
func WithoutSequences(text string) string {
	if !strings.ContainsFunc(text, unicode.IsControl) { // the pattern takes time to compile
		return text
	}
	return escapeSequence().ReplaceAllString(text, "")
}

// Clean drops what is not seen: control characters, sequences for a terminal,
// characters that format or have no width. Otherwise these could part a secret, so
// that it is not found. Each blank becomes a space.
func Clean(text string) string {
	text = WithoutSequences(strings.ToValidUTF8(text, string(unicode.ReplacementChar)))
	return strings.Map(func(char rune) rune {
		switch {
		case unicode.IsSpace(char):
			return ' '
		case !unicode.IsPrint(char), unicode.Is(unicode.Other_Default_Ignorable_Code_Point, char), unicode.Is(unicode.Variation_Selector, char):
			return -1
		default:
			return char
		}
	}, text)
}
