package complete

import (
	"strings"
	"unicode"
)

// line is a command line up to the cursor.
type line struct {
	words   []string // the complete words, without their quotes
	current string   // the word at the cursor, without its quotes
	kept    string   // its beginning, up to what the shell replaces
	open    rune     // the quote in which the cursor is, or 0
}

// parse splits a command line as the shell does, without expanding anything: a variable
// or a substitution is text. breaks are characters after which bash takes the rest of a
// word for the word to complete.
func parse(text, breaks string) line {
	var l line
	p := parser{breaks: breaks}
	for _, r := range text {
		if p.next(r) {
			l.words = append(l.words, p.word.String())
			p = parser{breaks: breaks}
		}
	}
	l.current, l.kept, l.open = p.word.String(), p.word.String()[:p.kept], p.quote
	return l
}

// parser reads one word.
type parser struct {
	breaks  string
	word    strings.Builder
	started bool // also by quotes with nothing between
	quote   rune // the open one, or 0
	escaped bool // a backslash is before the next character
	kept    int  // bytes of the word before what the shell replaces
}

// next reads a character, and reports whether it ends the word.
func (p *parser) next(r rune) (ended bool) {
	switch {
	case p.escaped:
		p.takeEscaped(r)
	case r == '\\' && p.quote != '\'':
		p.escaped, p.started = true, true
	case r == p.quote:
		p.quote = 0
	case p.quote == 0 && (r == '"' || r == '\''):
		p.quote, p.started, p.kept = r, true, p.word.Len()
	case p.quote == 0 && unicode.IsSpace(r):
		return p.started
	default:
		p.take(r)
		if p.quote == 0 && strings.ContainsRune(p.breaks, r) {
			p.kept = p.word.Len()
		}
	}
	return false
}

func (p *parser) take(r rune) {
	p.started = true
	p.word.WriteRune(r)
}

// takeEscaped takes a character after a backslash, which between double quotes stays
// before most characters.
func (p *parser) takeEscaped(r rune) {
	p.escaped = false
	if p.quote == '"' && !strings.ContainsRune("\"\\$`", r) {
		p.take('\\')
	}
	p.take(r)
}

// isAssignment reports whether a word before a command sets a variable.
func isAssignment(word string) bool {
	name, _, found := strings.Cut(word, "=")
	return found && name != "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789") == ""
}

// quote returns a text as a part of a command line of bash in which it means itself.
// open is the quote between which it is put, or 0. The result is safe even if it is cut
// anywhere: no character of the text is ever read as syntax.
func quote(text string, open rune) string {
	var quoted strings.Builder
	for _, r := range text {
		switch {
		case open == '\'' && r == '\'':
			quoted.WriteString(`'\''`)
		case open == '"' && r == '!': // the history is also expanded between double quotes
			quoted.WriteString(`"'!'"`)
		case open == '"' && strings.ContainsRune("\"\\$`", r), open == 0 && !isPlain(r):
			quoted.WriteRune('\\')
			quoted.WriteRune(r)
		default:
			quoted.WriteRune(r)
		}
	}
	return quoted.String()
}

func isPlain(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("_-./,+:=@%", r)
}
