package redact

import (
	"regexp"
	"strings"
	"sync"
	"unicode"
)

// escapeSequence matches the sequences of ECMA-48 with their parameters, as they
// are removed before a terminal shows a text.
var escapeSequence = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(
		`(?:\x1b\[|\x{9b})[0-?]*[ -/]*[@-~]` +
			`|(?:\x1b[\]PX^_]|[\x{90}\x{98}\x{9d}-\x{9f}])[^\x00-\x1f\x7f-\x{9f}]*(?:\x07|\x1b\\|\x{9c})` +
			`|\x1b(?:[ -/]+[0-~]|[0-OQ-WYZ\\\x60-~])`)
})

// Clean drops what is not seen: control characters, sequences for a terminal,
// characters that format or have no width. Otherwise these could part a secret, so
// that it is not found. Each blank becomes a space.
func Clean(text string) string {
	text = strings.ToValidUTF8(text, string(unicode.ReplacementChar))
	if strings.ContainsFunc(text, unicode.IsControl) {
		text = escapeSequence().ReplaceAllString(text, "")
	}
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
