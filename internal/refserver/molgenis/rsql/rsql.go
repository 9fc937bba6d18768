// Package rsql reads the queries with which clients of MOLGENIS filter lists:
// RSQL, as far as they use it. A comparison is ATTRIBUTE OPERATOR VALUE, with a
// semicolon between those that must all hold and a comma between alternatives;
// the semicolon binds closer, and parentheses group.
//
// It promises that reading takes a time proportional to the length of the query,
// which is bounded as its depth is, and that no query makes it panic. It knows
// no attributes: what a name means is told by whoever asks whether a row fits.
package rsql

import (
	"fmt"
	"strings"
)

// Bounds of a query.
const (
	MaxLength      = 4096 // bytes
	maxDepth       = 32   // of parentheses
	maxComparisons = 100  // each costs time with every row
)

// SyntaxError says what is wrong with a query, and where.
type SyntaxError struct {
	At      int // byte, from 0
	Problem string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("the query is wrong at character %d: %s", e.At+1, e.Problem)
}

// Expr is a query: a [Comparison], an [And] or an [Or].
type Expr interface{ expr() }

// And holds where all of its parts do.
type And []Expr

// Or holds where one of its parts does.
type Or []Expr

// Comparison holds where an attribute compares so to a value; with In and Out
// there are several.
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
	Contains  Operator = "=q=" // what a search box does; of the attribute "*" any of them
	anyColumn          = "*"
)

// operators are the spellings, longer ones before those that they begin with.
var operators = []struct {
	spelt string
	means Operator
}{
	{"==", Equal}, {"!=", Unequal}, {"=in=", In}, {"=out=", Out}, {"=lt=", Less}, {"=le=", AtMost},
	{"=gt=", Greater}, {"=ge=", AtLeast}, {"=like=", Like}, {"=q=", Contains},
	{"<=", AtMost}, {">=", AtLeast}, {"<", Less}, {">", Greater},
}

// Parse reads a query. An empty one, or one of blanks, is nil: no condition.
func Parse(query string) (Expr, error) {
	if len(query) > MaxLength {
		return nil, &SyntaxError{MaxLength, fmt.Sprintf("it is longer than %d bytes", MaxLength)}
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
		return nil, p.wrong("nothing more is expected")
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

// takes steps over a text, if it stands there.
func (p *parser) takes(text string) bool {
	if !strings.HasPrefix(p.rest(), text) {
		return false
	}
	p.at += len(text)
	return true
}

// alternatives reads parts with commas, or the word "or", between.
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

// conjunction reads parts with semicolons, or the word "and", between.
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
		return nil, p.wrong("the parentheses are nested too deeply")
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
		return nil, p.wrong(fmt.Sprintf("there are more than %d comparisons", maxComparisons))
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

// values reads one value, or a list of them in parentheses.
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

// quoted reads a value in quotes of either kind, in which a backslash takes its
// meaning from the character behind it.
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

// reserved ends a word.
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
