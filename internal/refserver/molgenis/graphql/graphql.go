// Package graphql parses GraphQL documents, as far as clients of EMX2 use the
// language: operations with variables, fields with aliases, arguments and
// selections, and values of every kind; and takes out of values what a document
// selects. It does not support fragments, directives and subscriptions.
//
// It promises that parsing takes time linear in the length of a document, that
// depth and number of fields, and the bytes of a result, are bounded, and that no
// input makes it panic. It knows no schema: the caller decides which fields exist
// and which arguments they need.
package graphql

import (
	"errors"
	"fmt"
	"slices"
)

// Bounds of a document. The bound of a request limits its length.
const (
	maxDepth      = 24
	maxFields     = 1000
	maxReferences = 100 // to variables, which can be long
)

// SyntaxError says what is wrong with a document, and at which character.
type SyntaxError struct {
	At      int // byte, from 0
	Problem string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("syntax error in the GraphQL document at character %d: %s", e.At+1, e.Problem)
}

// Kind is the kind of an operation.
type Kind string

// The kinds.
const (
	Query    Kind = "query"
	Mutation Kind = "mutation" // changes something
)

// Operation is an operation of a document.
type Operation struct {
	Kind      Kind
	Name      string
	Variables []Variable
	Fields    []Field
}

// Variable is a variable that an operation declares. Of its type only the "!"
// counts, which makes it required.
type Variable struct {
	Name     string
	Required bool
	Default  any // nil if there is none
}

// Field is a requested field. Its arguments are nil, bool, float64, string,
// []any and map[string]any; Bind replaces variables by their values.
type Field struct {
	Key       string // its key in the response: the alias or the name
	Name      string
	Arguments map[string]any
	Fields    []Field // empty for a scalar
}

// reference stands for a variable until Bind.
type reference string

// Errors of Choose.
var (
	ErrNoOperation = errors.New("the document has no such operation")
	ErrAmbiguous   = errors.New("the document has several operations and the request names none")
)

// Choose returns the operation that a request names. Without a name the document
// must have only one.
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

// Bind returns the operation with variables replaced by their values.
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
