// Package jsonschema compares our validator of JSON Schemas with one that others wrote.
//
// It promises that docs/schema holds schemas of the draft that they name, and that both
// validators agree on what each schema allows: a value that it describes, and copies of
// that value, each with one change.
package jsonschema

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	other "github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/dxauth/dxauth/internal/jsonschema"
)

const schemas = "../../../docs/schema"

func TestSchemas(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(schemas, "*.json"))
	if err != nil || len(files) < 50 {
		t.Fatalf("%d schemas, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			compiled, err := other.NewCompiler().Compile(file) // checks it with the schema of its draft
			if err != nil {
				t.Fatal(err)
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var schema map[string]any
			if err := json.Unmarshal(text, &schema); err != nil {
				t.Fatal(err)
			}
			agree(t, text, compiled, example(schema), true)
			rejected := 0
			for _, changed := range changes(schema, example(schema)) {
				if !agree(t, text, compiled, changed, false) {
					rejected++
				}
			}
			if rejected == 0 {
				t.Error("no change was rejected")
			}
		})
	}
}

// agree checks that both validators say the same of a value, and returns it.
func agree(t *testing.T, schema []byte, compiled *other.Schema, value any, mustBeValid bool) bool {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	decoded, err := other.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	ours, theirs := jsonschema.Validate(schema, text), compiled.Validate(decoded)
	if (ours == nil) != (theirs == nil) || mustBeValid && ours != nil {
		t.Errorf("%s: ours says %v, theirs %v", text, ours, theirs)
	}
	return ours == nil
}

// example returns a value that a schema describes.
func example(schema map[string]any) any {
	if alternatives, ok := schema["oneOf"].([]any); ok {
		return example(alternatives[0].(map[string]any))
	}
	if values, ok := schema["enum"].([]any); ok {
		return values[0]
	}
	kind, ok := schema["type"].(string)
	if !ok {
		kind = schema["type"].([]any)[0].(string)
	}
	switch kind {
	case "string":
		return "text"
	case "integer":
		return 1
	case "boolean":
		return true
	case "array":
		return []any{example(schema["items"].(map[string]any))}
	}
	object := map[string]any{}
	properties, _ := schema["properties"].(map[string]any)
	for name, below := range properties {
		object[name] = example(below.(map[string]any))
	}
	if values, ok := schema["additionalProperties"].(map[string]any); ok {
		object["any"] = example(values)
	}
	return object
}

// changes returns copies of a value, each with one change somewhere in it.
func changes(schema map[string]any, value any) []any {
	if alternatives, ok := schema["oneOf"].([]any); ok {
		schema = alternatives[0].(map[string]any)
	}
	list := []any{nil, "", 1.5, false, []any{}, map[string]any{}}
	switch value := value.(type) {
	case map[string]any:
		more := maps.Clone(value)
		more["unknown"] = 1
		list = append(list, more)
		for _, name := range slices.Sorted(maps.Keys(value)) {
			fewer := maps.Clone(value)
			delete(fewer, name)
			list = append(list, fewer)
			for _, changed := range changes(belowOf(schema, name), value[name]) {
				other := maps.Clone(value)
				other[name] = changed
				list = append(list, other)
			}
		}
	case []any:
		for _, changed := range changes(schema["items"].(map[string]any), value[0]) {
			list = append(list, []any{value[0], changed})
		}
	}
	return list
}

// belowOf returns the schema of a key of an object.
func belowOf(schema map[string]any, name string) map[string]any {
	properties, _ := schema["properties"].(map[string]any)
	if below, ok := properties[name].(map[string]any); ok {
		return below
	}
	return schema["additionalProperties"].(map[string]any)
}
