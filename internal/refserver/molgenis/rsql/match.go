package rsql

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrNoAttribute reports a query that names an attribute which a row lacks.
var ErrNoAttribute = errors.New("no such attribute")

// Row has the values of its attributes as text, and false for an unknown
// attribute.
type Row interface {
	Text(attribute string) (text string, known bool)
	// Texts lists the values that a search over all attributes covers.
	Texts() []string
}

// Match reports whether a row matches. Every row matches a nil query. Match
// returns ErrNoAttribute for an unknown attribute.
func Match(expr Expr, row Row) (bool, error) {
	switch e := expr.(type) {
	case And:
		for _, part := range e {
			if fits, err := Match(part, row); err != nil || !fits {
				return false, err
			}
		}
		return true, nil
	case Or:
		for _, part := range e {
			if fits, err := Match(part, row); err != nil || fits {
				return fits, err
			}
		}
		return false, nil
	case Comparison:
		return e.match(row)
	default:
		return true, nil
	}
}

func (c Comparison) match(row Row) (bool, error) {
	if c.Operator == Contains && c.Attribute == anyColumn {
		return slices.ContainsFunc(row.Texts(), func(text string) bool { return containsFold(text, c.Values[0]) }), nil
	}
	text, known := row.Text(c.Attribute)
	if !known {
		return false, fmt.Errorf("%w: %s", ErrNoAttribute, c.Attribute)
	}
	return c.compare(text), nil
}

func (c Comparison) compare(text string) bool {
	value := c.Values[0]
	switch c.Operator {
	case Equal:
		return text == value
	case Unequal:
		return text != value
	case In:
		return slices.Contains(c.Values, text)
	case Out:
		return !slices.Contains(c.Values, text)
	case Less:
		return text < value
	case AtMost:
		return text <= value
	case Greater:
		return text > value
	case AtLeast:
		return text >= value
	default: // Like and Contains
		return containsFold(text, strings.Trim(value, "%"))
	}
}

// containsFold reports whether a text contains another, ignoring case.
func containsFold(text, part string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(part))
}

// Cost returns what it costs to match a row with a number of attributes, in
// comparisons of one text. A nil query costs nothing.
func Cost(expr Expr, attributes int) int {
	switch e := expr.(type) {
	case And:
		return costOf(e, attributes)
	case Or:
		return costOf(e, attributes)
	case Comparison:
		if e.Attribute == anyColumn {
			return attributes
		}
		return 1 + len(e.Values)/valuesAtOnce
	default:
		return 0
	}
}

// valuesAtOnce is how many values of a list cost as much as a search in a text.
const valuesAtOnce = 16

func costOf(parts []Expr, attributes int) (cost int) {
	for _, part := range parts {
		cost += Cost(part, attributes)
	}
	return cost
}

// Only returns the value that an attribute must have in every row that matches,
// if the query has such a value. An index can look it up.
func Only(expr Expr, attribute string) (value string, fixed bool) {
	switch e := expr.(type) {
	case Comparison:
		if e.Attribute == attribute && e.Operator == Equal {
			return e.Values[0], true
		}
	case And:
		for _, part := range e {
			if value, fixed := Only(part, attribute); fixed {
				return value, true
			}
		}
	}
	return "", false
}

// Replace returns the query with each comparison replaced.
func Replace(expr Expr, replace func(Comparison) Comparison) Expr {
	switch e := expr.(type) {
	case Comparison:
		return replace(e)
	case And:
		return And(replaceAll(e, replace))
	case Or:
		return Or(replaceAll(e, replace))
	default:
		return expr
	}
}

func replaceAll(parts []Expr, replace func(Comparison) Comparison) []Expr {
	replaced := make([]Expr, len(parts))
	for i, part := range parts {
		replaced[i] = Replace(part, replace)
	}
	return replaced
}
