package jsonschema_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/internal/jsonschema"
	"github.com/dxauth/dxauth/internal/jsonschema/testdata/example"
)

// result is the schema of example.Result.
const result = `{
	"type": "object",
	"properties": {
		"id": {"description": "of the thing; empty: none", "type": "string"},
		"kind": {"type": "string", "enum": ["small", "large"]},
		"other": {"description": "null: none", "type": ["string", "null"], "enum": ["small", "large", null]},
		"size": {"description": "a size in bytes", "type": ["integer", "null"]},
		"parts": {"type": "array", "items": {
			"type": "object", "properties": {"count": {"type": "integer"}}, "required": ["count"], "additionalProperties": false
		}},
		"levels": {"type": "object", "additionalProperties": {"type": "boolean"}},
		"done": {"description": "Above the field", "type": "boolean"}
	},
	"required": ["id", "kind", "other", "size", "parts", "levels", "done"],
	"additionalProperties": false
}`

func schemaOf(t *testing.T, values ...any) ([]byte, error) {
	t.Helper()
	var list []reflect.Type
	for _, value := range values {
		list = append(list, reflect.TypeOf(value))
	}
	schema, err := jsonschema.Of(jsonschema.NewSource("github.com/dxauth/dxauth", "../.."), list...)
	if err != nil {
		return nil, err
	}
	return json.Marshal(schema)
}

func TestSchemaOfAType(t *testing.T) {
	got, err := schemaOf(t, example.Result{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(decoded(t, result), decoded(t, string(got))); diff != "" {
		t.Error(diff)
	}
	if strings.Index(string(got), `"id"`) > strings.Index(string(got), `"done"`) {
		t.Errorf("the keys are not in the order of the fields: %s", got)
	}
}

func decoded(t *testing.T, text string) (value any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatal(err)
	}
	return value
}

// A type is refused if its schema would not say exactly what it writes.
func TestTypesWithoutASchema(t *testing.T) {
	for why, value := range map[string]any{
		"not always there": example.Optional{},
		"no name in JSON":  example.Nameless{},
		"its own JSON":     example.Timed{},
		"no schema for":    example.Float{},
	} {
		if text, err := schemaOf(t, value); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%T: %s, %v; want an error with %q", value, text, err, why)
		}
	}
}

// What a type writes is valid, and nothing that differs in one place.
func TestValidate(t *testing.T) {
	const good = `{"id": "a", "kind": "small", "other": null, "size": 1, "parts": [{"count": 2}], "levels": {"x": true}, "done": false}`
	for name, tt := range map[string]struct{ from, to, want string }{
		"nothing":                {"", "", ""},
		"null where allowed":     {`"size": 1`, `"size": null`, ""},
		"an empty list":          {`[{"count": 2}]`, `[]`, ""},
		"null in place of text":  {`"id": "a"`, `"id": null`, "$.id is"},
		"null in place of list":  {`[{"count": 2}]`, `null`, "$.parts is"},
		"a number that is text":  {`"size": 1`, `"size": "1"`, "$.size is"},
		"a fraction":             {`"size": 1`, `"size": 1.5`, "$.size is"},
		"a number in text":       {`"id": "a"`, `"id": 1`, "$.id is"},
		"a value of no constant": {`"small"`, `"huge"`, "$.kind is"},
		"an unknown key":         {`"done": false`, `"done": false, "more": 1`, `unknown key "more"`},
		"a missing key":          {`"id": "a", `, "", `no key "id"`},
		"below, an unknown key":  {`{"count": 2}`, `{"count": 2, "more": 1}`, "$.parts[0] has"},
		"below, a wrong value":   {`{"x": true}`, `{"x": 1}`, "$.levels.x is"},
		"a second value":         {`false}`, `false} {}`, "more than one"},
		"no object":              {good, `[]`, "$ is"},
		"no JSON":                {good, ``, "EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			err := jsonschema.Validate([]byte(result), []byte(strings.Replace(good, tt.from, tt.to, 1)))
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("got %v, want an error with %q", err, tt.want)
			}
		})
	}
}

// One of several types matches.
func TestValidateAlternatives(t *testing.T) {
	schema, err := schemaOf(t, example.Part{}, struct {
		Name string `json:"name"`
	}{})
	if err != nil {
		t.Fatal(err)
	}
	for text, good := range map[string]bool{`{"count": 1}`: true, `{"name": "a"}`: true, `{}`: false, `{"count": 1, "name": "a"}`: false} {
		if err := jsonschema.Validate(schema, []byte(text)); (err == nil) != good {
			t.Errorf("%s: %v, want it to be valid: %t", text, err, good)
		}
	}
}

// A keyword that is not checked is not ignored.
func TestUnknownKeyword(t *testing.T) {
	if err := jsonschema.Validate([]byte(`{"type": "string", "pattern": "^a"}`), []byte(`"a"`)); err == nil {
		t.Error("a pattern was ignored")
	}
}
