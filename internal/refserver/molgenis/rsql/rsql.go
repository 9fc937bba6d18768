// Package rsql parses the queries with which clients of MOLGENIS filter lists:
// RSQL, as far as they use it. A comparison is ATTRIBUTE OPERATOR VALUE. A
// semicolon between comparisons means and, a comma means or; the semicolon binds
// closer, and parentheses group.
//
// It promises that parsing takes time linear in the length of the query, that
// length and depth are bounded, and that no query makes it panic. It does not
// know any attributes: the caller says which values a row has.
package rsql

import (
	"fmt"
	"strings"
)

// Bounds of a query.
const (
	MaxLength      = 4096 // bytes
	maxDepth       = 32   // of parentheses
	maxComparisons = 100  // each is evaluated for every row
)

// SyntaxError says what is wrong with a query, and at which character.
type SyntaxError struct {
	At      int // byte, from 0
	Problem string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("syntax error in the query at character %d: %s", e.At+1, e.Problem)
}

// Expr is a query: a [Comparison], an [And] or an [Or].
type Expr interface{ expr() }

// And holds if all of its parts hold.
type And []Expr

// Or holds if one of its parts holds.
type Or []Expr

// Comparison compares an attribute to a value; In and Out have several values.
type Comparison struct {
	Attribute string
	Operator  Operator
	Values    []string // at least one
}

func (And) expr()        {}
func (Or) expr()         {}
func (Comparison) expr() {}

// Operator says how an attribute is compared.
type Operator string

// The operators.
const (
	Equal     Operator = "=="
	Unequal   Operator = "!="
	In        Operator = "=in="
	Out       Operator = "=out="
	Less      Operator = "=lt="
	AtMost    Operator = "=le="
	Greater   Operator = "=gt="
	AtLeast   Operator = "=ge="
	Like      Operator = "=like="
	Contains  Operator = "=q=" // what a search box sends; the attribute "*" means any attribute
	anyColumn          = "*"
)

// operators are the spellings; a longer one comes before its own prefix.
var operators = []struct {
	spelt string
	means Operator
}{
	{"==", Equal}, {"!=", Unequal}, {"=in=", In}, {"=out=", Out}, {"=lt=", Less}, {"=le=", AtMost},
	{"=gt=", Greater}, {"=ge=", AtLeast}, {"=like=", Like}, {"=q=", Contains},
	{"<=", AtMost}, {">=", AtLeast}, {"<", Less}, {">", Greater},
}

// Parse parses a query. It returns nil for an empty or blank one.
func Parse(query string) (Expr, error) {
	if len(query) > MaxLength {
		return nil, &SyntaxError{MaxLength, fmt.Sprintf("longer than %d bytes", MaxLength)}
	}
	if strings.TrimSpace(query) == "" {
		return nil, nil
	}
	p := parser{text: query}
	expr, err := p.alternatives(0)
	if err != nil {
		return nil, err
	}
	if p.skipBlanks(); p.at < len(p.text) {
		return nil, p.wrong("expected the end of the query")
	}
	return expr, nil
}

type parser struct {
	text        string
	at          int
	comparisons int // so far
}

func (p *parser) wrong(problem string) error { return &SyntaxError{p.at, problem} }

func (p *parser) rest() string { return p.text[p.at:] }

func (p *parser) skipBlanks() {
	for p.at < len(p.text) && p.text[p.at] == ' ' {
		p.at++
	}
}

// takes skips a text and reports whether it is next.
func (p *parser) takes(text string) bool {
	if !strings.HasPrefix(p.rest(), text) {
		return false
	}
	p.at += len(text)
	return true
}

// alternatives parses parts separated by commas or the word "or".
func (p *parser) alternatives(depth int) (Expr, error) {
	var parts Or
	for {
		part, err := p.conjunction(depth)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
		if p.skipBlanks(); !p.takes(",") && !p.takes("or ") {
			break
		}
	}
	if len(parts) == 1 {
		return parts[0], nil
	}
	return parts, nil
}

// conjunction parses parts separated by semicolons or the word "and".
func (p *parser) conjunction(depth int) (Expr, error) {
	var parts And
	for {
		part, err := p.part(depth)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
		if p.skipBlanks(); !p.takes(";") && !p.takes("and ") {
			break
		}
	}
	if len(parts) == 1 {
		return parts[0], nil
	}
	return parts, nil
}

func (p *parser) part(depth int) (Expr, error) {
	if p.skipBlanks(); !p.takes("(") {
		return p.comparison()
	}
	if depth == maxDepth {
		return nil, p.wrong("parentheses nested too deeply")
	}
	expr, err := p.alternatives(depth + 1)
	if err != nil {
		return nil, err
	}
	if p.skipBlanks(); !p.takes(")") {
		return nil, p.wrong("a parenthesis is not closed")
	}
	return expr, nil
}

func (p *parser) comparison() (Expr, error) {
	if p.comparisons++; p.comparisons > maxComparisons {
		return nil, p.wrong(fmt.Sprintf("more than %d comparisons", maxComparisons))
	}
	attribute, err := p.word("the name of an attribute")
	if err != nil {
		return nil, err
	}
	p.skipBlanks()
	for _, operator := range operators {
		if p.takes(operator.spelt) {
			values, err := p.values(operator.means)
			return Comparison{attribute, operator.means, values}, err
		}
	}
	return nil, p.wrong("an operator like == is missing")
}

// values parses one value, or a list of them in parentheses.
func (p *parser) values(operator Operator) ([]string, error) {
	p.skipBlanks()
	if !p.takes("(") {
		value, err := p.value()
		return []string{value}, err
	}
	if operator != In && operator != Out {
		return nil, p.wrong("a list of values is only for =in= and =out=")
	}
	var values []string
	for {
		value, err := p.value()
		if err != nil {
			return nil, err
		}
		values = append(values, value)
		if p.skipBlanks(); !p.takes(",") {
			break
		}
	}
	if !p.takes(")") {
		return nil, p.wrong("the list of values is not closed")
	}
	return values, nil
}

func (p *parser) value() (string, error) {
	p.skipBlanks()
	if p.at == len(p.text) || p.text[p.at] != '"' && p.text[p.at] != '\'' {
		return p.word("a value")
	}
	return p.quoted()
}

// quoted parses a value in single or double quotes, in which a backslash escapes
// the next character.
func (p *parser) quoted() (string, error) {
	quote, start := p.text[p.at], p.at
	var value strings.Builder
	for p.at++; p.at < len(p.text); p.at++ {
		switch c := p.text[p.at]; {
		case c == quote:
			p.at++
			return value.String(), nil
		case c == '\\' && p.at+1 < len(p.text):
			p.at++
			value.WriteByte(p.text[p.at])
		default:
			value.WriteByte(c)
		}
	}
	return "", &SyntaxError{start, "the quotes are not closed"}
}

// reserved are the characters that end a word.
const reserved = "\"'();,=!<> "

func (p *parser) word(wanted string) (string, error) {
	length := strings.IndexAny(p.rest(), reserved)
	if length < 0 {
		length = len(p.rest())
	}
	if length == 0 {
		return "", p.wrong(wanted + " is missing")
	}
	word := p.rest()[:length]
	p.at += length
	return word, nil
}
