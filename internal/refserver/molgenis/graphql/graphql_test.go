package graphql

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/internal/testfuzz"
)

// Documents of the clients of EMX2, and their meaning.
func TestParse(t *testing.T) {
	for document, want := range map[string][]Operation{
		"{_session{email}}": {{Kind: Query, Fields: []Field{{Key: "_session", Name: "_session", Fields: []Field{{Key: "email", Name: "email"}}}}}},
		`mutation($email:String, $password: String!) { signin(email: $email, password: $password) { status, message, token } } # done`: {{
			Kind: Mutation, Variables: []Variable{{Name: "email"}, {Name: "password", Required: true}},
			Fields: []Field{{
				Key: "signin", Name: "signin", Arguments: map[string]any{"email": reference("email"), "password": reference("password")},
				Fields: []Field{{Key: "status", Name: "status"}, {Key: "message", Name: "message"}, {Key: "token", Name: "token"}},
			}},
		}},
		`query Who { me: _session { email } } mutation Out { signout { status } }`: {
			{Kind: Query, Name: "Who", Fields: []Field{{Key: "me", Name: "_session", Fields: []Field{{Key: "email", Name: "email"}}}}},
			{Kind: Mutation, Name: "Out", Fields: []Field{{Key: "signout", Name: "signout", Fields: []Field{{Key: "status", Name: "status"}}}}},
		},
		`mutation Change($u: [UsersInput!]! = [{email: "x"}]) { change(users: $u, n: -1.5e2, b: true, no: false, z: null, e: RED, l: [1 [2]], o: {}) }`: {{
			Kind: Mutation, Name: "Change",
			Variables: []Variable{{Name: "u", Required: true, Default: []any{map[string]any{"email": "x"}}}},
			Fields: []Field{{Key: "change", Name: "change", Arguments: map[string]any{
				"u": nil, "users": reference("u"), "n": -150.0, "b": true, "no": false, "z": nil, "e": "RED", "l": []any{1.0, []any{2.0}}, "o": map[string]any{},
			}}},
		}},
		`{a(s: "q\"\\\/\b\f\n\r\t\u00e4ö", t: """block "quoted" \""" end""")}`: {{Kind: Query, Fields: []Field{{
			Key: "a", Name: "a", Arguments: map[string]any{"s": "q\"\\/\b\f\n\r\täö", "t": `block "quoted" """ end`},
		}}}},
	} {
		for _, operation := range want {
			delete(operation.Fields[0].Arguments, "u")
		}
		got, err := Parse(document)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", document, err, diff)
		}
	}
}

func TestSyntaxErrorsHaveAPosition(t *testing.T) {
	for document, want := range map[string]string{
		"":                                     "character 1: the document is empty",
		"# only a comment":                     "character 17: the document is empty",
		"{":                                    "character 2: a name is missing",
		"{}":                                   "character 2: a name is missing",
		"{a":                                   "character 3: a name is missing",
		"{a}}":                                 `character 4: "{" is missing`,
		"{a()}":                                "character 4: a name is missing",
		"{a(b)}":                               `character 5: ":" is missing`,
		"{a(b:)}":                              "character 6: a value is missing",
		"{a(b:1 b:2)}":                         `character 9: "b" is given twice`,
		"{a(b:\"x)}":                           "character 6: the quotes are not closed",
		"{a(b:\"x\ny\")}":                      "character 8: a string must end on its line",
		`{a(b:"\x")}`:                          "character 7: unknown escape",
		`{a(b:"\u12")}`:                        "character 7: unknown escape",
		`{a(b:"""x")}`:                         "character 6: the quotes are not closed",
		"{a(b:1.2.3)}":                         "character 6: this is not a number",
		"{a(b:-)}":                             "character 6: this is not a number",
		"{...F}":                               "character 2: fragments are not supported",
		"{a @skip}":                            "character 4: a name is missing",
		"{a;}":                                 "character 3: unexpected character",
		"subscription {a}":                     "character 1: only queries and mutations are supported",
		"fragment F on X {a}":                  "character 1: only queries and mutations are supported",
		"query($a){a}":                         `character 9: ":" is missing`,
		strings.Repeat("{a", 100):              "character 49: nested too deeply",
		"{a(b:" + strings.Repeat("[", 99):      "nested too deeply",
		"query($a:" + strings.Repeat("[", 99):  "nested too deeply",
		"{" + strings.Repeat("a ", 1001) + "}": "character 2002: more than 1000 fields",
		"{a(b:[" + strings.Repeat("$x ", 101):  "variables are used more than 100 times",
	} {
		_, err := Parse(document)
		var syntax *SyntaxError
		if !errors.As(err, &syntax) || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%.30q: %v, want %s", document, err, want)
		}
	}
}

func TestVariables(t *testing.T) {
	const document = `query($a: String!, $b: Int = 7, $c: String) { f(x: $a, y: [$b, {z: $c}]) { g(x: $a) } }`
	for name, c := range map[string]struct {
		given map[string]any
		want  string
	}{
		"all":       {map[string]any{"a": "1", "b": 2.0, "c": "3"}, "map[x:1 y:[2 map[z:3]]] map[x:1]"},
		"defaults":  {map[string]any{"a": "1"}, "map[x:1 y:[7 map[z:<nil>]]] map[x:1]"},
		"more":      {map[string]any{"a": "1", "d": "4"}, "map[x:1 y:[7 map[z:<nil>]]] map[x:1]"},
		"a missing": {nil, "the variable $a has no value"},
		"a null":    {map[string]any{"a": nil}, "the variable $a has no value"},
	} {
		operations, err := Parse(document)
		if err != nil {
			t.Fatal(err)
		}
		got, err := operations[0].Bind(c.given)
		shown := fmt.Sprint(err)
		if err == nil {
			shown = fmt.Sprint(got.Fields[0].Arguments, " ", got.Fields[0].Fields[0].Arguments)
		}
		if shown != c.want {
			t.Errorf("%s: %s, want %s", name, shown, c.want)
		}
	}
	for _, undeclared := range []string{"{f(x: $a)}", "{f(x: [$a])}", "{f(x: {y: $a})}", "{f{g(x: $a)}}"} {
		operations, err := Parse(undeclared)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := operations[0].Bind(map[string]any{"a": 1}); err == nil || err.Error() != "the variable $a is not declared" {
			t.Errorf("%s: %v", undeclared, err)
		}
	}
}

func TestChoose(t *testing.T) {
	document, err := Parse("query A {a} query B {b}")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := Choose(document, "B"); err != nil || got.Fields[0].Name != "b" {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := Choose(document, ""); !errors.Is(err, ErrAmbiguous) {
		t.Error(err)
	}
	if _, err := Choose(document, "C"); !errors.Is(err, ErrNoOperation) {
		t.Error(err)
	}
	if got, err := Choose(document[:1], ""); err != nil || got.Name != "A" {
		t.Errorf("%+v, %v", got, err)
	}
}

// Any input is parsed or refused, without a panic.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"", "{a}", `mutation M($a: [X!]! = ["\u0000"]) { b: c(d: $a, e: {f: [1, 2.5e-1, true, null, RED]}) { g } }`,
		`{a(b:"""x\"""y""")}`, "#\n\ufeff{a}", "{a(b:\"\\", "{...}", "query Q @d {a}",
	} {
		testfuzz.Add(f, seed)
	}
	f.Fuzz(func(t *testing.T, document string) {
		operations, err := Parse(document)
		var syntax *SyntaxError
		if errors.As(err, &syntax) {
			if syntax.At < 0 || syntax.At > len(document) {
				t.Errorf("%q: the error is at %d", document, syntax.At)
			}
			return
		}
		if err != nil || len(operations) == 0 {
			t.Fatalf("%q: %v, %v", document, operations, err)
		}
		for _, operation := range operations {
			if len(operation.Fields) == 0 {
				t.Errorf("%q has an operation without fields", document)
			}
			_, _ = operation.Bind(map[string]any{"a": "x"}) // an undeclared variable is not an error of the parser
		}
	})
}
