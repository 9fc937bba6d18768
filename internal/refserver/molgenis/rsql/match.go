package rsql

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrNoAttribute refuses a query that names an attribute which a row does not
// have.
var ErrNoAttribute = errors.New("no such attribute")

// Row tells the values of its attributes: as text, false for none of that name.
type Row interface {
	Text(attribute string) (text string, known bool)
	// Texts lists those that a search looks through.
	Texts() []string
}

// Match reports whether a row fits. A nil query fits every row. It answers
// ErrNoAttribute.
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
		return slices.ContainsFunc(row.Texts(), func(text string) bool { return holds(text, c.Values[0]) }), nil
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
		return holds(text, strings.Trim(value, "%"))
	}
}

// holds reports whether a text has another in it, whatever the case.
func holds(text, part string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(part))
}

// Only returns the value that an attribute must have for a row to fit, if the
// query fixes it to one. It is what an index can be asked for.
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
