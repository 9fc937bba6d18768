// Package jsonschema makes JSON Schemas of what commands print, and checks JSON against
// them.
//
// It promises for [Of] that a schema describes exactly what encoding/json writes for a
// type: every key with its
// type, all of them always there, no other key, and null only for pointers. It refuses a
// type for which that is not so. Descriptions are the comments of the fields,
// and the values of a named string type are its constants, both read from the source, so
// that a program with these types needs no tags for them.
//
// [Validate] knows only the keywords that Of writes, and returns an error for any other.
// Only cmd/gendocs and tests use this package.
package jsonschema

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Draft is the version of JSON Schema.
const Draft = "https://json-schema.org/draft/2020-12/schema"

// Schema is a JSON Schema, or a part of one.
type Schema struct {
	Draft       string     `json:"$schema,omitempty"`
	Title       string     `json:"title,omitempty"`
	Description string     `json:"description,omitempty"`
	Type        types      `json:"type,omitempty"`
	Enum        []any      `json:"enum,omitempty"`
	Properties  properties `json:"properties,omitempty"`
	Required    []string   `json:"required,omitempty"`
	Others      any        `json:"additionalProperties,omitempty"` // false, or the schema of the values of a map
	Items       *Schema    `json:"items,omitempty"`
	OneOf       []*Schema  `json:"oneOf,omitempty"`
}

// types are the names of the types of a value; one is written without brackets.
type types []string

// MarshalJSON implements [json.Marshaler].
func (t types) MarshalJSON() ([]byte, error) {
	if len(t) == 1 {
		return json.Marshal(t[0])
	}
	return json.Marshal([]string(t))
}

// properties are the keys of an object, in the order of the fields of the type.
type properties []property

type property struct {
	name   string
	schema *Schema
}

// MarshalJSON implements [json.Marshaler].
func (p properties) MarshalJSON() ([]byte, error) {
	var out strings.Builder
	for i, property := range p {
		name, err := json.Marshal(property.name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(property.schema)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			out.WriteByte(',')
		}
		fmt.Fprintf(&out, "%s:%s", name, value)
	}
	return []byte("{" + out.String() + "}"), nil
}

// Of returns the schema of a value of one of these types.
func Of(source *Source, alternatives ...reflect.Type) (*Schema, error) {
	list := make([]*Schema, len(alternatives))
	for i, t := range alternatives {
		schema, err := source.schema(t)
		if err != nil {
			return nil, err
		}
		list[i] = schema
	}
	if len(list) == 1 {
		return list[0], nil
	}
	return &Schema{OneOf: list}, nil
}

// marshaler is implemented by types whose JSON says nothing of their fields.
var marshaler = reflect.TypeFor[json.Marshaler]()

func (s *Source) schema(t reflect.Type) (*Schema, error) {
	if t.Implements(marshaler) {
		return nil, fmt.Errorf("%s writes its own JSON, which its fields do not describe", t)
	}
	switch t.Kind() {
	case reflect.String:
		return s.text(t)
	case reflect.Bool:
		return &Schema{Type: types{"boolean"}}, nil
	case reflect.Int, reflect.Int64:
		note, err := s.typeComment(t)
		return &Schema{Type: types{"integer"}, Description: note}, err
	case reflect.Slice:
		items, err := s.schema(t.Elem())
		return &Schema{Type: types{"array"}, Items: items}, err
	case reflect.Map:
		values, err := s.schema(t.Elem())
		return &Schema{Type: types{"object"}, Others: values}, err
	case reflect.Pointer:
		return s.nullable(t.Elem())
	case reflect.Struct:
		return s.object(t)
	default:
		return nil, fmt.Errorf("no schema for %s", t)
	}
}

func (s *Source) text(t reflect.Type) (*Schema, error) {
	values, err := s.constants(t)
	schema := &Schema{Type: types{"string"}}
	for _, value := range values {
		schema.Enum = append(schema.Enum, value)
	}
	return schema, err
}

func (s *Source) nullable(t reflect.Type) (*Schema, error) {
	schema, err := s.schema(t)
	if err != nil {
		return nil, err
	}
	schema.Type = append(schema.Type, "null")
	if schema.Enum != nil {
		schema.Enum = append(schema.Enum, nil)
	}
	return schema, nil
}

func (s *Source) object(t reflect.Type) (*Schema, error) {
	schema := &Schema{Type: types{"object"}, Others: false}
	for field := range t.Fields() {
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		if !field.IsExported() || name == "-" {
			continue
		}
		if name == "" {
			return nil, fmt.Errorf("%s.%s has no name in JSON", t, field.Name)
		}
		if options != "" {
			return nil, fmt.Errorf("%s.%s: the key is not always there (%s): use null", t, field.Name, options)
		}
		value, err := s.field(t, field)
		if err != nil {
			return nil, err
		}
		schema.Properties = append(schema.Properties, property{name, value})
		schema.Required = append(schema.Required, name)
	}
	return schema, nil
}

// field returns the schema of a field of a struct.
func (s *Source) field(t reflect.Type, field reflect.StructField) (*Schema, error) {
	schema, err := s.schema(field.Type)
	if err != nil {
		return nil, fmt.Errorf("%s.%s: %w", t, field.Name, err)
	}
	comment, err := s.fieldComment(t, field.Name)
	if err != nil {
		return nil, err
	}
	schema.Description = joined(comment, schema.Description)
	return schema, nil
}

func joined(texts ...string) string {
	return strings.Join(slices.DeleteFunc(texts, func(text string) bool { return text == "" }), "; ")
}
