// Package graphql reads GraphQL documents, as far as clients of EMX2 use the
// language: operations with variables, fields with aliases, arguments and
// selections, and values of every kind. There are no fragments, directives and
// subscriptions.
//
// It promises that reading takes a time proportional to the length of a
// document, that depth and number of fields are bounded, and that nothing that
// is sent makes it panic. It knows no schema: which fields there are, and what
// they need, is told by whoever answers them.
package graphql

import (
	"errors"
	"fmt"
	"slices"
)

// Bounds of a document. Its length is bounded by that of a request.
const (
	maxDepth  = 24
	maxFields = 1000
)

// SyntaxError says what is wrong with a document, and where.
type SyntaxError struct {
	At      int // byte, from 0
	Problem string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("the GraphQL document is wrong at character %d: %s", e.At+1, e.Problem)
}

// Kind says what an operation may do.
type Kind string

// The kinds.
const (
	Query    Kind = "query"
	Mutation Kind = "mutation" // changes something
)

// Operation is one of a document.
type Operation struct {
	Kind      Kind
	Name      string
	Variables []Variable
	Fields    []Field
}

// Variable is declared by an operation; its type is of no interest here, except
// that one with "!" must be given.
type Variable struct {
	Name     string
	Required bool
	Default  any // nil: none
}

// Field is asked for. Its values are nil, bool, float64, string, []any and
// map[string]any; a variable has been put in place by Bind.
type Field struct {
	Key       string // under which it is answered: its alias, or its name
	Name      string
	Arguments map[string]any
	Fields    []Field // empty: a field without parts
}

// reference stands for a variable until its value is known.
type reference string

// Refusals of a document that can be read.
var (
	ErrNoOperation = errors.New("the document has no such operation")
	ErrAmbiguous   = errors.New("the document has several operations and none is named")
)

// Choose returns the operation that a request names; without a name there must
// be only one.
func Choose(document []Operation, name string) (Operation, error) {
	if name == "" && len(document) > 1 {
		return Operation{}, ErrAmbiguous
	}
	for _, operation := range document {
		if name == "" || operation.Name == name {
			return operation, nil
		}
	}
	return Operation{}, fmt.Errorf("%w: %s", ErrNoOperation, name)
}

// Bind puts the values of variables into an operation.
func (o Operation) Bind(given map[string]any) (Operation, error) {
	values := map[string]any{}
	for _, variable := range o.Variables {
		value, found := given[variable.Name]
		if !found {
			value = variable.Default
		}
		if value == nil && variable.Required {
			return o, fmt.Errorf("the variable $%s has no value", variable.Name)
		}
		values[variable.Name] = value
	}
	fields, err := bindFields(o.Fields, values)
	o.Fields = fields
	return o, err
}

func bindFields(fields []Field, values map[string]any) ([]Field, error) {
	bound := slices.Clone(fields)
	for i, field := range bound {
		arguments, err := bindObject(field.Arguments, values)
		if err != nil {
			return nil, err
		}
		bound[i].Arguments = arguments
		if bound[i].Fields, err = bindFields(field.Fields, values); err != nil {
			return nil, err
		}
	}
	return bound, nil
}

func bindObject(object, values map[string]any) (map[string]any, error) {
	bound := make(map[string]any, len(object))
	for name, value := range object {
		var err error
		if bound[name], err = bind(value, values); err != nil {
			return nil, err
		}
	}
	return bound, nil
}

func bind(value any, values map[string]any) (any, error) {
	switch v := value.(type) {
	case reference:
		bound, declared := values[string(v)]
		if !declared {
			return nil, fmt.Errorf("the variable $%s is not declared", string(v))
		}
		return bound, nil
	case []any:
		bound := make([]any, len(v))
		for i := range v {
			var err error
			if bound[i], err = bind(v[i], values); err != nil {
				return nil, err
			}
		}
		return bound, nil
	case map[string]any:
		return bindObject(v, values)
	default:
		return value, nil
	}
}
