package graphql

import (
	"fmt"
	"strconv"
)

// Parse parses a document. It returns a SyntaxError if that is invalid.
func Parse(document string) ([]Operation, error) {
	p := parser{lexer: lexer{source: document}}
	if err := p.advance(); err != nil {
		return nil, err
	}
	var operations []Operation
	for p.ahead.kind != end {
		operation, err := p.operation()
		if err != nil {
			return nil, err
		}
		operations = append(operations, operation)
	}
	if operations == nil {
		return nil, p.wrong("the document is empty")
	}
	return operations, nil
}

type parser struct {
	lexer  lexer
	ahead  lexeme
	fields int // so far

	references int // to variables, so far
}

func (p *parser) wrong(format string, args ...any) error {
	return &SyntaxError{p.ahead.at, fmt.Sprintf(format, args...)}
}

func (p *parser) advance() (err error) {
	p.ahead, err = p.lexer.next()
	return err
}

// sees reports whether a punctuator is next.
func (p *parser) sees(mark string) bool { return p.ahead.kind == punctuator && p.ahead.value == mark }

// takes skips a punctuator and reports whether it was next.
func (p *parser) takes(mark string) (bool, error) {
	if !p.sees(mark) {
		return false, nil
	}
	return true, p.advance()
}

func (p *parser) needs(mark string) error {
	if !p.sees(mark) {
		return p.wrong("%q is missing", mark)
	}
	return p.advance()
}

func (p *parser) name() (string, error) {
	if p.ahead.kind != name {
		return "", p.wrong("a name is missing")
	}
	found := p.ahead.value
	return found, p.advance()
}

// list parses one or more items between two punctuators.
func (p *parser) list(open, shut string, item func() error) error {
	if err := p.needs(open); err != nil {
		return err
	}
	for {
		if err := item(); err != nil {
			return err
		}
		if done, err := p.takes(shut); done || err != nil {
			return err
		}
	}
}

func (p *parser) operation() (Operation, error) {
	operation := Operation{Kind: Query}
	if p.ahead.kind == name {
		if err := p.heading(&operation); err != nil {
			return operation, err
		}
	}
	fields, err := p.selection(0)
	operation.Fields = fields
	return operation, err
}

// heading parses the part before the selection, if there is one.
func (p *parser) heading(operation *Operation) error {
	switch kind := Kind(p.ahead.value); kind {
	case Query, Mutation:
		operation.Kind = kind
	default:
		return p.wrong("only queries and mutations are supported")
	}
	err := p.advance()
	if err == nil && p.ahead.kind == name {
		operation.Name, err = p.name()
	}
	if err != nil || !p.sees("(") {
		return err
	}
	return p.list("(", ")", func() error {
		variable, err := p.variable()
		operation.Variables = append(operation.Variables, variable)
		return err
	})
}

func (p *parser) variable() (variable Variable, err error) {
	if err = p.needs("$"); err != nil {
		return variable, err
	}
	if variable.Name, err = p.name(); err != nil {
		return variable, err
	}
	if err = p.needs(":"); err != nil {
		return variable, err
	}
	if variable.Required, err = p.typeName(0); err != nil {
		return variable, err
	}
	if has, err := p.takes("="); !has || err != nil {
		return variable, err
	}
	variable.Default, err = p.value(0)
	return variable, err
}

// typeName skips a type and reports whether it requires a value.
func (p *parser) typeName(depth int) (required bool, err error) {
	if depth == maxDepth {
		return false, p.wrong("nested too deeply")
	}
	if p.sees("[") {
		err = p.list("[", "]", func() error {
			_, err := p.typeName(depth + 1)
			return err
		})
	} else {
		_, err = p.name()
	}
	if err != nil {
		return false, err
	}
	return p.takes("!")
}

func (p *parser) selection(depth int) (fields []Field, err error) {
	if depth == maxDepth {
		return nil, p.wrong("nested too deeply")
	}
	err = p.list("{", "}", func() error {
		if p.fields++; p.fields > maxFields {
			return p.wrong("more than %d fields", maxFields)
		}
		field, err := p.field(depth)
		fields = append(fields, field)
		return err
	})
	return fields, err
}

func (p *parser) field(depth int) (field Field, err error) {
	if field.Key, err = p.name(); err != nil {
		return field, err
	}
	field.Name = field.Key
	aliased, err := p.takes(":")
	if aliased && err == nil {
		field.Name, err = p.name()
	}
	if err == nil && p.sees("(") {
		field.Arguments = map[string]any{}
		err = p.list("(", ")", func() error { return p.member(field.Arguments, depth) })
	}
	if err == nil && p.sees("{") {
		field.Fields, err = p.selection(depth + 1)
	}
	return field, err
}

// member parses a name and its value.
func (p *parser) member(into map[string]any, depth int) error {
	key, err := p.name()
	if err != nil {
		return err
	}
	if _, twice := into[key]; twice {
		return p.wrong("%q is given twice", key)
	}
	if err := p.needs(":"); err != nil {
		return err
	}
	into[key], err = p.value(depth + 1)
	return err
}

func (p *parser) value(depth int) (any, error) {
	if depth >= maxDepth {
		return nil, p.wrong("nested too deeply")
	}
	switch p.ahead.kind {
	case text:
		value := p.ahead.value
		return value, p.advance()
	case number:
		value, err := strconv.ParseFloat(p.ahead.value, 64)
		if err != nil {
			return nil, p.wrong("this is not a number")
		}
		return value, p.advance()
	case name:
		return p.word()
	case punctuator:
		return p.compound(depth)
	default:
		return nil, p.wrong("a value is missing")
	}
}

// word parses true, false, null or an enum value, which becomes a string.
func (p *parser) word() (any, error) {
	var value any
	switch p.ahead.value {
	case "null":
	case "true", "false":
		value = p.ahead.value == "true"
	default:
		value = p.ahead.value
	}
	return value, p.advance()
}

func (p *parser) compound(depth int) (any, error) {
	switch p.ahead.value {
	case "$":
		if err := p.advance(); err != nil {
			return nil, err
		}
		if p.references++; p.references > maxReferences {
			return nil, p.wrong("variables are used more than %d times", maxReferences)
		}
		name, err := p.name()
		return reference(name), err
	case "[":
		return p.listValue(depth)
	case "{":
		return p.objectValue(depth)
	default:
		return nil, p.wrong("a value is missing")
	}
}

func (p *parser) listValue(depth int) (any, error) {
	if err := p.advance(); err != nil {
		return nil, err
	}
	values := []any{}
	for {
		if done, err := p.takes("]"); done || err != nil {
			return values, err
		}
		value, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		values = append(values, value)
	}
}

func (p *parser) objectValue(depth int) (any, error) {
	if err := p.advance(); err != nil {
		return nil, err
	}
	object := map[string]any{}
	for {
		if done, err := p.takes("}"); done || err != nil {
			return object, err
		}
		if err := p.member(object, depth); err != nil {
			return nil, err
		}
	}
}
