package graphql

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// kind is the kind of a token.
type kind int

const (
	end kind = iota
	punctuator
	name
	number
	text
)

// lexeme is a token: its spelling, or the value of a string.
type lexeme struct {
	kind  kind
	value string
	at    int
}

type lexer struct {
	source string
	at     int
}

// next returns the next token. It skips blanks, commas and comments.
func (l *lexer) next() (lexeme, error) {
	l.skip()
	start := l.at
	if start == len(l.source) {
		return lexeme{end, "", start}, nil
	}
	switch c := l.source[start]; {
	case strings.HasPrefix(l.source[start:], `"""`):
		return l.block()
	case c == '"':
		return l.quoted()
	case isLetter(c):
		return l.run(name, func(c byte) bool { return isLetter(c) || isDigit(c) }), nil
	case c == '-' || isDigit(c):
		return l.number()
	case strings.IndexByte("{}()[]:=!$@|&", c) >= 0:
		l.at++
		return lexeme{punctuator, string(c), start}, nil
	case strings.HasPrefix(l.source[start:], "..."):
		return lexeme{}, &SyntaxError{start, "fragments are not supported"}
	default:
		return lexeme{}, &SyntaxError{start, "unexpected character"}
	}
}

func (l *lexer) skip() {
	for l.at < len(l.source) {
		switch c := l.source[l.at]; {
		case strings.IndexByte(" \t\r\n,", c) >= 0:
			l.at++
		case c == '#':
			l.run(end, func(c byte) bool { return c != '\n' && c != '\r' })
		case strings.HasPrefix(l.source[l.at:], "\ufeff"):
			l.at += len("\ufeff")
		default:
			return
		}
	}
}

// run takes the first character and those after it that belong to the token.
func (l *lexer) run(kind kind, belongs func(byte) bool) lexeme {
	start := l.at
	for l.at++; l.at < len(l.source) && belongs(l.source[l.at]); l.at++ {
	}
	return lexeme{kind, l.source[start:l.at], start}
}

func (l *lexer) number() (lexeme, error) {
	found := l.run(number, func(c byte) bool { return isDigit(c) || strings.IndexByte(".eE+-", c) >= 0 })
	if _, err := strconv.ParseFloat(found.value, 64); err != nil {
		return lexeme{}, &SyntaxError{found.at, "this is not a number"}
	}
	return found, nil
}

// block reads a block string, whose only escape is that of the triple quotes.
func (l *lexer) block() (lexeme, error) {
	start := l.at
	var value strings.Builder
	for l.at += 3; l.at < len(l.source); {
		rest := l.source[l.at:]
		switch {
		case strings.HasPrefix(rest, `"""`):
			l.at += 3
			return lexeme{text, value.String(), start}, nil
		case strings.HasPrefix(rest, `\"""`):
			value.WriteString(`"""`)
			l.at += 4
		default:
			value.WriteByte(rest[0])
			l.at++
		}
	}
	return lexeme{}, &SyntaxError{start, "the quotes are not closed"}
}

func (l *lexer) quoted() (lexeme, error) {
	start := l.at
	var value strings.Builder
	for l.at++; l.at < len(l.source); {
		switch c := l.source[l.at]; c {
		case '"':
			l.at++
			return lexeme{text, value.String(), start}, nil
		case '\n', '\r':
			return lexeme{}, &SyntaxError{l.at, "a string must end on its line"}
		case '\\':
			if err := l.escape(&value); err != nil {
				return lexeme{}, err
			}
		default:
			value.WriteByte(c)
			l.at++
		}
	}
	return lexeme{}, &SyntaxError{start, "the quotes are not closed"}
}

// escape reads a backslash and the characters that it escapes. Half of a
// surrogate pair is not a character.
func (l *lexer) escape(into *strings.Builder) error {
	wrong := &SyntaxError{l.at, "unknown escape"}
	if l.at+1 == len(l.source) {
		return wrong
	}
	c := l.source[l.at+1]
	if at := strings.IndexByte(`"\/bfnrt`, c); at >= 0 {
		into.WriteByte("\"\\/\b\f\n\r\t"[at])
		l.at += 2
		return nil
	}
	character, ok := l.codeUnit()
	if utf16.IsSurrogate(character) {
		low, _ := l.codeUnit()
		character = utf16.DecodeRune(character, low)
		ok = character != utf8.RuneError
	}
	if !ok {
		return wrong
	}
	into.WriteRune(character)
	return nil
}

// codeUnit reads an escape of the form \uXXXX.
func (l *lexer) codeUnit() (unit rune, ok bool) {
	if len(l.source) < l.at+6 || l.source[l.at:l.at+2] != `\u` {
		return 0, false
	}
	code, err := strconv.ParseUint(l.source[l.at+2:l.at+6], 16, 32)
	if err != nil {
		return 0, false
	}
	l.at += 6
	return rune(code), true // #nosec G115 -- four hexadecimal digits
}

func isLetter(c byte) bool { return c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }
func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
