package graphql

import (
	"errors"
	"fmt"
)

// TypeName is the field that every object has.
const TypeName = "__typename"

// ErrTooLarge means that a result is much larger than the values that it is made of: a
// field can be selected often, under several keys.
var ErrTooLarge = errors.New("the result is too large")

// UndefinedError means that a value has no such field.
type UndefinedError struct{ Field, In string }

func (e *UndefinedError) Error() string {
	return fmt.Sprintf("Field '%s' in '%s' is undefined", e.Field, e.In)
}

// Selection takes out of values what a request selects of them.
type Selection struct {
	typeOf func(field string) string
	left   int // bytes that the result may still have
}

// NewSelection returns a selection whose results together have about so many bytes at most.
// typeOf returns the name of the type of a field's value.
func NewSelection(bytes int, typeOf func(field string) string) *Selection {
	return &Selection{typeOf: typeOf, left: bytes}
}

// Of returns the parts of a value that a field selects. The value is as encoding/json
// decodes one. Its errors are about the
// request: ErrTooLarge, an UndefinedError, or fields that a value needs or cannot have.
func (s *Selection) Of(value any, field Field) (any, error) {
	switch v := value.(type) {
	case []any:
		return s.ofList(v, field)
	case map[string]any:
		if len(field.Fields) == 0 {
			return nil, fmt.Errorf("field '%s' needs a selection of fields", field.Name)
		}
		return s.ofObject(v, field)
	default:
		if len(field.Fields) > 0 && value != nil {
			return nil, fmt.Errorf("field '%s' has no fields", field.Name)
		}
		text, _ := value.(string)
		return value, s.spend(len(text))
	}
}

func (s *Selection) ofList(list []any, field Field) (any, error) {
	chosen := make([]any, len(list))
	for i, value := range list {
		var err error
		if chosen[i], err = s.Of(value, field); err != nil {
			return nil, err
		}
	}
	return chosen, nil
}

func (s *Selection) ofObject(object map[string]any, field Field) (any, error) {
	chosen := map[string]any{}
	for _, part := range field.Fields {
		value, known := object[part.Name]
		if part.Name == TypeName {
			value, known = s.typeOf(field.Name), true
		}
		if !known {
			return nil, &UndefinedError{Field: part.Name, In: field.Name}
		}
		if err := s.spend(len(part.Key)); err != nil {
			return nil, err
		}
		var err error
		if chosen[part.Key], err = s.Of(value, part); err != nil {
			return nil, err
		}
	}
	return chosen, nil
}

// spend counts bytes of the result.
func (s *Selection) spend(bytes int) error {
	if s.left -= bytes; s.left < 0 {
		return ErrTooLarge
	}
	return nil
}
