package format

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
)

// EncodeJSON returns the JSON text of a value as commands print it.
func EncodeJSON(value any) (string, error) {
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false) // the text is not part of a web page, and people read URLs in it
	err := encoder.Encode(value)
	return EscapeUnseen(text.String()), err
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
