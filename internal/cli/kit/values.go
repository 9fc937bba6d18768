package kit

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"
)

// OrNull returns nil, which is null in JSON, for the zero time.
func OrNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// SecondsOrNull returns a limit in seconds, or nil if there is no limit.
func SecondsOrNull(limit time.Duration) *int64 {
	if limit <= 0 {
		return nil
	}
	seconds := int64(limit / time.Second)
	return &seconds
}

// OrNone returns the text, or None if it is empty, as dx does.
func OrNone(text string) string {
	if text == "" {
		return "None"
	}
	return text
}

// Capitalized returns a text with its first letter as a capital, to show an error
// as a sentence.
func Capitalized(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

// RevokedJSON is what the commands that revoke sessions or tokens print with --json.
type RevokedJSON struct {
	Revoked []string `json:"revoked"` // IDs
}

// EscapeUnseen replaces the control characters in a JSON text with JSON escapes,
// so that a terminal does not interpret them. They can only be inside of strings,
// so the value stays the same.
func EscapeUnseen(text string) string {
	if !strings.ContainsFunc(text, isUnseen) {
		return text
	}
	var escaped strings.Builder
	for _, r := range text {
		if !isUnseen(r) {
			escaped.WriteRune(r)
			continue
		}
		for _, unit := range utf16.AppendRune(nil, r) {
			fmt.Fprintf(&escaped, `\u%04x`, unit)
		}
	}
	return escaped.String()
}

// isUnseen reports whether a character is a control character other than a
// newline, which indents the JSON, or a formatting character such as those that
// change the direction of text.
func isUnseen(r rune) bool {
	return r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r))
}
