package kit

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"
)

// OrNull makes null of no time.
func OrNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// SecondsOrNull makes null of no limit.
func SecondsOrNull(limit time.Duration) *int64 {
	if limit <= 0 {
		return nil
	}
	seconds := int64(limit / time.Second)
	return &seconds
}

// OrNone is how dx shows a text that is empty.
func OrNone(text string) string {
	if text == "" {
		return "None"
	}
	return text
}

// Capitalized makes a sentence of an error.
func Capitalized(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

// RevokedJSON is what the commands that revoke sessions or tokens print with
// --json.
type RevokedJSON struct {
	Revoked []string `json:"revoked"` // IDs
}

// EscapeUnseen writes the characters that a terminal might obey as JSON
// escapes. They stand inside strings only, so the value stays the same.
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

// isUnseen is true for control characters but the newlines of the indentation,
// and for formatting characters such as those that turn the direction of text.
func isUnseen(r rune) bool {
	return r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r))
}
