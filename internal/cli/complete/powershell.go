package complete

import (
	"strings"
	"unicode"
)

// PowerShell takes several characters for a quote of each kind.
const (
	singleQuotes = "'\u2018\u2019\u201a\u201b"
	doubleQuotes = "\"\u201c\u201d\u201e"
)

// parsePowerShell is parse for PowerShell, whose script replaces the whole word at the
// cursor. Inside quotes, a quote that is written twice is one; a backtick before a
// character takes its meaning away, except between single quotes.
func parsePowerShell(text string) line {
	var l line
	var word strings.Builder
	started, open := false, ""
	runes := []rune(text)
	for i := 0; i < len(runes); i++ {
		r := runes[i]
		isLast := i+1 == len(runes)
		switch {
		case r == '`' && open != singleQuotes:
			started = true
			if !isLast {
				i++
				word.WriteRune(runes[i])
			}
		case open != "" && strings.ContainsRune(open, r):
			if isLast || !strings.ContainsRune(open, runes[i+1]) {
				open = ""
				continue
			}
			i++
			word.WriteRune(r)
		case open == "" && strings.ContainsRune(singleQuotes, r):
			started, open = true, singleQuotes
		case open == "" && strings.ContainsRune(doubleQuotes, r):
			started, open = true, doubleQuotes
		case open == "" && unicode.IsSpace(r):
			if started {
				l.words = append(l.words, word.String())
			}
			word.Reset()
			started = false
		default:
			started = true
			word.WriteRune(r)
		}
	}
	l.current = word.String()
	return l
}

// quotePowerShell returns a text as one word for PowerShell.
func quotePowerShell(text string) string {
	isPlain := func(r rune) bool {
		return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune(`_-./:=+%\`, r)
	}
	if text != "" && strings.IndexFunc(text, func(r rune) bool { return !isPlain(r) }) < 0 {
		return text
	}
	var quoted strings.Builder
	for _, r := range text {
		quoted.WriteRune(r)
		if strings.ContainsRune(singleQuotes, r) {
			quoted.WriteRune(r)
		}
	}
	return "'" + quoted.String() + "'"
}
