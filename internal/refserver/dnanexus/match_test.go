package dnanexus_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

// forms are placeholders in a wanted value for something random or computed. A number
// is matched as text.
func forms() map[string]*regexp.Regexp {
	return map[string]*regexp.Regexp{
		"<token>":     regexp.MustCompile(`^[0-9A-Za-z]{32}$`),
		"<signature>": regexp.MustCompile(`^[0-9a-f]{64}$`),
		"<project>":   regexp.MustCompile(`^project-[0-9BFGJKPQVXYZbfgjkpqvxyz]{24}$`),
		"<ms>":        regexp.MustCompile(`^\d{13}$`),
		"<number>":    regexp.MustCompile(`^\d+$`),
	}
}

// differences lists where got does not match want. Both are JSON. An object in got may
// have more keys; an array must have the same elements; null must be present.
func differences(t *testing.T, want, got []byte) []string {
	t.Helper()
	return compare("the answer", decoded(t, want), decoded(t, got))
}

func decoded(t *testing.T, text []byte) any {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		t.Fatalf("%v in %q", err, text)
	}
	return value
}

func compare(place string, want, got any) []string {
	switch want := want.(type) {
	case map[string]any:
		return compareObject(place, want, got)
	case []any:
		return compareArray(place, want, got)
	case string:
		if form, named := forms()[want]; named {
			return compareForm(place, want, form, got)
		}
	}
	if !reflect.DeepEqual(want, got) {
		return []string{fmt.Sprintf("%s is %v, want %v", place, got, want)}
	}
	return nil
}

func compareObject(place string, want map[string]any, got any) []string {
	object, isObject := got.(map[string]any)
	if !isObject {
		return []string{fmt.Sprintf("%s is %v, want an object", place, got)}
	}
	var found []string
	for key, value := range want {
		inside := place + "." + key
		if _, there := object[key]; !there {
			found = append(found, inside+" is missing")
			continue
		}
		found = append(found, compare(inside, value, object[key])...)
	}
	return found
}

func compareArray(place string, want []any, got any) []string {
	array, isArray := got.([]any)
	if !isArray || len(array) != len(want) {
		return []string{fmt.Sprintf("%s is %v, want %v", place, got, want)}
	}
	var found []string
	for i := range want {
		found = append(found, compare(fmt.Sprintf("%s[%d]", place, i), want[i], array[i])...)
	}
	return found
}

func compareForm(place, name string, form *regexp.Regexp, got any) []string {
	if text := fmt.Sprint(got); !form.MatchString(text) {
		return []string{fmt.Sprintf("%s is %q, want %s", place, text, name)}
	}
	return nil
}

func TestDifferences(t *testing.T) {
	tests := []struct {
		want, got string
		found     int
	}{
		{`{"a": 1}`, `{"a": 1, "b": 2}`, 0},
		{`{"a": null}`, `{"a": null}`, 0},
		{`{"a": null}`, `{}`, 1},
		{`{"a": [1, {}]}`, `{"a": [1, {"b": 2}]}`, 0},
		{`{"a": [1]}`, `{"a": [1, 2]}`, 1},
		{`{"a": []}`, `{"a": null}`, 1},
		{`{"a": "<ms>"}`, `{"a": 1767225600000}`, 0},
		{`{"a": "<ms>"}`, `{"a": 1767225600}`, 1},
		{`{"a": 1, "b": 2}`, `{"a": 2, "b": 1}`, 2},
		{`{}`, `[]`, 1},
	}
	for _, test := range tests {
		if got := differences(t, []byte(test.want), []byte(test.got)); len(got) != test.found {
			t.Errorf("%s in %s: %q", test.want, test.got, got)
		}
	}
}
