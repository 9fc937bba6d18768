package jsonschema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
)

// Validate returns an error if text is not one JSON value that a schema allows. The error
// names the place in the value.
func Validate(schema, text []byte) error {
	var rules map[string]any
	if err := json.Unmarshal(schema, &rules); err != nil {
		return fmt.Errorf("the schema: %w", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	var value any
	if err := decoder.Decode(&value); err != nil {
		return err
	}
	if decoder.More() {
		return fmt.Errorf("there is more than one JSON value")
	}
	return validate(rules, value, "$")
}

// checks are the keywords of a schema, with what each demands of a value.
func checks() map[string]func(rules map[string]any, value any, place string) error {
	none := func(map[string]any, any, string) error { return nil }
	return map[string]func(map[string]any, any, string) error{
		"$schema": none, "title": none, "description": none,
		"type": checkType, "enum": checkEnum, "required": checkRequired, "properties": checkProperties,
		"additionalProperties": checkOthers, "items": checkItems, "oneOf": checkOneOf,
	}
}

func validate(rules map[string]any, value any, place string) error {
	known := checks()
	for _, keyword := range slices.Sorted(maps.Keys(rules)) {
		check, ok := known[keyword]
		if !ok {
			return fmt.Errorf("%s: unknown keyword %q in the schema", place, keyword)
		}
		if err := check(rules, value, place); err != nil {
			return err
		}
	}
	return nil
}

func checkType(rules map[string]any, value any, place string) error {
	allowed, isList := rules["type"].([]any)
	if !isList {
		allowed = []any{rules["type"]}
	}
	if !slices.ContainsFunc(allowed, func(name any) bool { return hasType(value, name) }) {
		return fmt.Errorf("%s is %v, and must be of type %v", place, value, rules["type"])
	}
	return nil
}

func hasType(value, name any) bool {
	switch value := value.(type) {
	case nil:
		return name == "null"
	case bool:
		return name == "boolean"
	case string:
		return name == "string"
	case float64:
		return name == "number" || name == "integer" && value == math.Trunc(value)
	case []any:
		return name == "array"
	default:
		return name == "object"
	}
}

func checkEnum(rules map[string]any, value any, place string) error {
	allowed, _ := rules["enum"].([]any)
	if !slices.ContainsFunc(allowed, func(one any) bool { return reflect.DeepEqual(one, value) }) {
		return fmt.Errorf("%s is %v, and must be one of %v", place, value, allowed)
	}
	return nil
}

func checkRequired(rules map[string]any, value any, place string) error {
	object, isObject := value.(map[string]any)
	names, _ := rules["required"].([]any)
	for _, name := range names {
		if _, ok := object[name.(string)]; !ok && isObject {
			return fmt.Errorf("%s has no key %q", place, name)
		}
	}
	return nil
}

func checkProperties(rules map[string]any, value any, place string) error {
	object, _ := value.(map[string]any)
	for name, below := range rules["properties"].(map[string]any) {
		if item, ok := object[name]; ok {
			if err := validate(below.(map[string]any), item, place+"."+name); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkOthers(rules map[string]any, value any, place string) error {
	object, _ := value.(map[string]any)
	named, _ := rules["properties"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if _, ok := named[name]; ok {
			continue
		}
		below, allowed := rules["additionalProperties"].(map[string]any)
		if !allowed {
			return fmt.Errorf("%s has the unknown key %q", place, name)
		}
		if err := validate(below, object[name], place+"."+name); err != nil {
			return err
		}
	}
	return nil
}

func checkItems(rules map[string]any, value any, place string) error {
	list, _ := value.([]any)
	for i, item := range list {
		if err := validate(rules["items"].(map[string]any), item, fmt.Sprintf("%s[%d]", place, i)); err != nil {
			return err
		}
	}
	return nil
}

func checkOneOf(rules map[string]any, value any, place string) error {
	var failures []error
	alternatives := rules["oneOf"].([]any)
	for _, alternative := range alternatives {
		if err := validate(alternative.(map[string]any), value, place); err != nil {
			failures = append(failures, err)
		}
	}
	if matches := len(alternatives) - len(failures); matches != 1 {
		return fmt.Errorf("%s matches %d of %d alternatives: %v", place, matches, len(alternatives), failures)
	}
	return nil
}
