package sso

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// InvalidError says what is wrong with the file of providers.
type InvalidError struct {
	Problems []string // in the form of compilers, FILE:LINE: PROBLEM
}

// Error lists the problems on one line.
func (e *InvalidError) Error() string { return strings.Join(e.Problems, "; ") }

// reader reads mappings of YAML and collects what is wrong with them. The decoder of the
// YAML package would show values, which may be misplaced secrets.
type reader struct {
	name     string // of the file
	problems []string
}

// list is a value that is a list of mappings.
type list []*yaml.Node

func (r *reader) complain(line int, format string, args ...any) {
	r.problems = append(r.problems, fmt.Sprintf("%s:%d: ", r.name, line)+fmt.Sprintf(format, args...))
}

// complainAbout complains about a setting of a mapping if there is an error.
func (r *reader) complainAbout(mapping *yaml.Node, err error) {
	if wrong, ok := errors.AsType[*settingError](err); ok {
		r.complain(lineOf(mapping, wrong.key), "%s", wrong)
	}
}

// lineOf returns the line of a key of a mapping, or of the mapping if it has no such key.
func lineOf(mapping *yaml.Node, key string) int {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			return mapping.Content[i].Line
		}
	}
	return mapping.Line
}

// mapping reads the values of a mapping into fields, each of which is a *string, a *bool,
// a *[]string or a *list.
func (r *reader) mapping(node *yaml.Node, fields map[string]any) {
	if node.Kind != yaml.MappingNode {
		r.complain(node.Line, "expected a mapping with the keys %s", strings.Join(slices.Sorted(maps.Keys(fields)), ", "))
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		field, known := fields[key.Value]
		switch {
		case !known:
			r.complain(key.Line, "unknown key %q: the keys are %s", key.Value, strings.Join(slices.Sorted(maps.Keys(fields)), ", "))
		case seen[key.Value]:
			r.complain(key.Line, "duplicate key %q", key.Value)
		default:
			seen[key.Value] = true
			r.value(key, value, field)
		}
	}
}

func (r *reader) value(key, value *yaml.Node, field any) {
	ok, expected := false, ""
	switch field := field.(type) {
	case *string:
		ok, expected = readText(value, field), "a text"
	case *bool:
		ok, expected = readFlag(value, field), "true or false"
	case *[]string:
		ok, expected = readTexts(value, field), "a list of texts"
	case *list:
		ok, expected = readList(value, field), "a list"
	}
	if !ok {
		r.complain(value.Line, "%s: expected %s", key.Value, expected)
	}
}

func readText(value *yaml.Node, field *string) bool {
	*field = value.Value
	return value.Kind == yaml.ScalarNode && value.ShortTag() != "!!null"
}

func readFlag(value *yaml.Node, field *bool) (ok bool) {
	if value.Kind != yaml.ScalarNode || value.ShortTag() != "!!bool" {
		return false
	}
	parsed, err := strconv.ParseBool(value.Value)
	*field = parsed
	return err == nil
}

func readTexts(value *yaml.Node, field *[]string) bool {
	if value.Kind != yaml.SequenceNode {
		return false
	}
	*field = []string{}
	for _, element := range value.Content {
		var text string
		if !readText(element, &text) {
			return false
		}
		*field = append(*field, text)
	}
	return true
}

func readList(value *yaml.Node, field *list) bool {
	*field = value.Content
	return value.Kind == yaml.SequenceNode
}
