package graphql_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver/molgenis/graphql"
)

// selected returns what a document of one field, user, selects of a value, in JSON.
func selected(t *testing.T, bytes int, document, value string) (string, error) {
	t.Helper()
	operations, err := graphql.Parse(document)
	if err != nil {
		t.Fatal(err)
	}
	var decoded any
	if err := json.Unmarshal([]byte(value), &decoded); err != nil {
		t.Fatal(err)
	}
	chosen, err := graphql.NewSelection(bytes, strings.ToUpper).Of(decoded, operations[0].Fields[0])
	if err != nil {
		return "", err
	}
	encoded, err := json.Marshal(chosen)
	if err != nil {
		t.Fatal(err)
	}
	return string(encoded), nil
}

func TestSelections(t *testing.T) {
	const user = `{"name": "alice", "orgs": [{"id": "lab", "admin": true}, {"id": "clinic"}], "age": null}`
	for document, want := range map[string]string{
		`{user{name}}`:                        `{"name":"alice"}`,
		`{user{name again:name}}`:             `{"again":"alice","name":"alice"}`,
		`{user{orgs{id}}}`:                    `{"orgs":[{"id":"lab"},{"id":"clinic"}]}`,
		`{user{__typename age}}`:              `{"__typename":"USER","age":null}`,
		`{user{orgs{__typename}}}`:            `{"orgs":[{"__typename":"ORGS"},{"__typename":"ORGS"}]}`,
		`{user{age{years}}}`:                  `{"age":null}`,
		`{user}`:                              "refused: field 'user' needs a selection of fields",
		`{user{name{first}}}`:                 "refused: field 'name' has no fields",
		`{user{nickname}}`:                    "refused: Field 'nickname' in 'user' is undefined",
		`{user{orgs{id admin}}}`:              "refused: Field 'admin' in 'orgs' is undefined",
		`{user{a:name b:name c:name d:name}}`: `{"a":"alice","b":"alice","c":"alice","d":"alice"}`,
	} {
		got, err := selected(t, 100, document, user)
		if err != nil {
			got = "refused: " + err.Error()
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", document, got, want)
		}
	}
}

// A result has a bounded size, however often a field is selected.
func TestSelectionsAreBounded(t *testing.T) {
	const document, value = `{user{a:name b:name}}`, `{"name": "alice"}`
	const bytes = len("aalice" + "balice")
	if _, err := selected(t, bytes, document, value); err != nil {
		t.Errorf("a result of the allowed size: %v", err)
	}
	if _, err := selected(t, bytes-1, document, value); !errors.Is(err, graphql.ErrTooLarge) {
		t.Errorf("a result that is a byte too large: %v, want %v", err, graphql.ErrTooLarge)
	}
}
