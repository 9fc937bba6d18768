package httpkit

import (
	"bytes"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	wire "github.com/dxauth/dxauth/pkg/dnanexus"
)

// row and nested are types of requests with structs in lists and maps.
type row struct {
	Name string `json:"name"`
}

type nested struct {
	Rows     []row            `json:"rows"`
	Pointers []*row           `json:"pointers"`
	Grid     [][]row          `json:"grid"`
	ByName   map[string]row   `json:"byName"`
	Lists    map[string][]row `json:"lists"`
	Any      []any            `json:"any"`
}

func TestUnknownKeys(t *testing.T) {
	for name, test := range map[string]struct {
		body string
		into reflect.Type
		want []string
	}{
		"all known":                 {`{"handle": "a", "name": "b"}`, reflect.TypeFor[wire.NewOrgRequest](), nil},
		"in another case":           {`{"HANDLE": "a"}`, reflect.TypeFor[wire.NewOrgRequest](), nil},
		"one unknown":               {`{"handle": "a", "colour": {"a": 1}}`, reflect.TypeFor[wire.NewOrgRequest](), []string{"colour"}},
		"one inside of an object":   {`{"policies": {"jobReuse": true, "new": 1}}`, reflect.TypeFor[wire.NewOrgRequest](), []string{"policies.new"}},
		"an embedded field":         {`{"fields": {"anything": true}, "x": 1}`, reflect.TypeFor[wire.DescribeProjectRequest](), []string{"x"}},
		"a type with own decoder":   {`{"describe": {"anything": 1}}`, reflect.TypeFor[wire.FindProjectsRequest](), nil},
		"a map knows every key":     {`{"user-x": {}}`, reflect.TypeFor[map[string]any](), nil},
		"in the objects of a list":  {`{"rows": [{"name": "a", "new": 1}, 7, null, {"new": 2, "newer": {}}]}`, reflect.TypeFor[nested](), []string{"rows[].new", "rows[].newer"}},
		"in pointers of a list":     {`{"pointers": [null, {"new": 1}]}`, reflect.TypeFor[nested](), []string{"pointers[].new"}},
		"in a list of lists":        {`{"grid": [[{"new": 1}], [], [{"name": "b"}]]}`, reflect.TypeFor[nested](), []string{"grid[][].new"}},
		"in the objects of a map":   {`{"byName": {"s3cret": {"new": 1}, "other": {"new": 1}}}`, reflect.TypeFor[nested](), []string{"byName.*.new"}},
		"in lists of a map":         {`{"lists": {"s3cret": [{"new": 1}]}}`, reflect.TypeFor[nested](), []string{"lists.*[].new"}},
		"in a list of the body":     {`[{"new": 1}]`, reflect.TypeFor[[]row](), []string{"[].new"}},
		"a list of anything":        {`{"any": [{"new": 1}]}`, reflect.TypeFor[nested](), nil},
		"something else for a list": {`{"rows": {"new": 1}, "grid": 7, "byName": []}`, reflect.TypeFor[nested](), nil},
		"a list that is cut off":    {`{"rows": [{"new": 1}, {"na`, reflect.TypeFor[nested](), nil},
		"no field at all":           {`{"a": 1, "b": 2}`, reflect.TypeFor[wire.Empty](), []string{"a", "b"}},
		"null for an object":        {`{"policies": null}`, reflect.TypeFor[wire.NewOrgRequest](), nil},
		"empty":                     {``, reflect.TypeFor[wire.NewOrgRequest](), nil},
		"no object":                 {`[1]`, reflect.TypeFor[wire.NewOrgRequest](), nil},
		"cut off":                   {`{"colour": 1, "name"`, reflect.TypeFor[wire.NewOrgRequest](), []string{"colour"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, unknownKeys([]byte(test.body), test.into)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A body has room for thousands of unknown keys, which nobody counts one by one: not much
// more is looked at than is kept.
func TestManyUnknownKeys(t *testing.T) {
	many := func(form string) string {
		var list []string
		for i := range 10 * maxUnknownKeys {
			list = append(list, fmt.Sprintf(form, i))
		}
		return strings.Join(list, ",")
	}
	for name, body := range map[string]string{
		"in an object":    "{" + many(`"key %d": 1`) + "}",
		"in the elements": `{"rows": [` + many(`{"key %d": 1}`) + "]}",
		"in a map":        `{"byName": {` + many(`"a%[1]d": {"key %[1]d": 1}`) + "}}",
		"of lists":        `{"lists": {` + many(`"a%[1]d": [{"key %[1]d": 1}]`) + "}}",
	} {
		if found := unknownKeys([]byte(body), reflect.TypeFor[nested]()); len(found) != maxUnknownKeys {
			t.Errorf("%s: %d keys were found", name, len(found))
		}
	}
}

// Each key is logged when it is first seen, then ever more rarely. Values are never
// logged, names are cleaned and cut, and there are at most 64 of them.
func TestUnknownKeysAreLogged(t *testing.T) {
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, nil))
	var unknown UnknownKeys
	note := func(body string) {
		unknown.Note(logger, "/org/new", []byte(body), reflect.TypeFor[wire.NewOrgRequest]())
	}
	for range 5 {
		note(`{"colour": "s3cret", "handle": "also s3cret"}`)
	}
	if lines := strings.Count(log.String(), "key=colour"); lines != 3 || !strings.Contains(log.String(), "route=/org/new key=colour count=4") {
		t.Errorf("want one line for the first, second and fourth:\n%s", log.String())
	}
	note(`{"a\u001b[31m\nb\u202e` + strings.Repeat("ä", 100) + `": 1}`)
	if text := log.String(); strings.ContainsAny(text, "\x1b\u202e") || !strings.Contains(text, `key="a�[31m�b�`+strings.Repeat("ä", 23)+`" `) {
		t.Errorf("the key is not cleaned:\n%s", text)
	}
	for i := range 1000 {
		note(fmt.Sprintf(`{"key %d": 1}`, i))
	}
	if len(unknown.counts) > maxUnknownKeys+1 {
		t.Errorf("%d keys are kept", len(unknown.counts))
	}
	if lines := strings.Count(log.String(), "\n"); lines > 80 {
		t.Errorf("%d lines are logged", lines)
	}
	if strings.Contains(log.String(), "s3cret") {
		t.Error("a value is logged")
	}
}
