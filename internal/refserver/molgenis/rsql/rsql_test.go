package rsql

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/internal/testfuzz"
)

// Queries of the platform's clients, and their meaning.
func TestParse(t *testing.T) {
	is := func(attribute string, values ...string) Comparison { return Comparison{attribute, Equal, values} }
	for query, want := range map[string]Expr{
		"":                                  nil,
		"   ":                               nil,
		"token==0123456789abcdef":           is("token", "0123456789abcdef"), // commander, before each request
		"token==None":                       is("token", "None"),
		"username==bob":                     is("username", "bob"),
		"id=in=(a,b)":                       Comparison{"id", In, []string{"a", "b"}}, // the Python client
		"id=out=('a, b',\"c\")":             Comparison{"id", Out, []string{"a, b", "c"}},
		`description=="it's \"ci\""`:        is("description", `it's "ci"`),
		`description=='a\'b'`:               is("description", "a'b"),
		"a==1;b==2,c==3":                    Or{And{is("a", "1"), is("b", "2")}, is("c", "3")},
		"a==1;(b==2,c==3)":                  And{is("a", "1"), Or{is("b", "2"), is("c", "3")}},
		"a==1 and b==2 or c==3":             Or{And{is("a", "1"), is("b", "2")}, is("c", "3")},
		"((a==1))":                          is("a", "1"),
		" a == 1 ":                          is("a", "1"),
		"creationDate=ge=2026-01-01":        Comparison{"creationDate", AtLeast, []string{"2026-01-01"}},
		"creationDate<=2026-01-01T00:00:00": Comparison{"creationDate", AtMost, []string{"2026-01-01T00:00:00"}},
		"*=q=ci":                            Comparison{"*", Contains, []string{"ci"}},
		"a!=1":                              Comparison{"a", Unequal, []string{"1"}},
		"Emäil==ä@example.org":              is("Emäil", "ä@example.org"),
	} {
		got, err := Parse(query)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%q: %v (-want +got):\n%s", query, err, diff)
		}
	}
}

func TestSyntaxErrorsHaveAPosition(t *testing.T) {
	for query, want := range map[string]string{
		"a":                                   "character 2: an operator like == is missing",
		"==1":                                 "character 1: the name of an attribute is missing",
		"a==":                                 "character 4: a value is missing",
		"a==1;":                               "character 6: the name of an attribute is missing",
		"a==1)":                               "character 5: expected the end of the query",
		"(a==1":                               "character 6: a parenthesis is not closed",
		"a=in=(1":                             "character 8: the list of values is not closed",
		"a==(1,2)":                            "character 5: a list of values is only for =in= and =out=",
		"a=='1":                               "character 4: the quotes are not closed",
		"a=='1\\":                             "character 4: the quotes are not closed",
		"a=maybe=1":                           "character 2: an operator like == is missing",
		"a==1 b==2":                           "character 6: expected the end of the query",
		"a=in=()":                             "character 7: a value is missing",
		"a==1;;b==2":                          "character 6: the name of an attribute is missing",
		strings.Repeat("a==1;", 100) + "a==1": "more than 100 comparisons",
		strings.Repeat("(", 33) + "a==1" + strings.Repeat(")", 33): "character 34: parentheses nested too deeply",
		"a==" + strings.Repeat("x", MaxLength):                     "character 4097: longer than 4096 bytes",
	} {
		_, err := Parse(query)
		var syntax *SyntaxError
		if !errors.As(err, &syntax) || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%.20q: %v, want %s", query, err, want)
		}
	}
}

// row is a row of a test.
type row map[string]string

func (r row) Text(attribute string) (string, bool) { text, known := r[attribute]; return text, known }

func (r row) Texts() (texts []string) {
	for _, text := range r {
		texts = append(texts, text)
	}
	return texts
}

func TestMatch(t *testing.T) {
	bob := row{"username": "bob", "Email": "Bob@Example.org", "created": "2026-03-01T00:00:00Z"}
	for query, want := range map[string]bool{
		"": true, "username==bob": true, "username==Bob": false, "username!=bob": false,
		"username=in=(alice,bob)": true, "username=out=(alice,bob)": false,
		"username==bob;Email==x": false, "username==x,username==bob": true,
		"created=gt=2026-02-28": true, "created<2026-03-01": false,
		"created=ge=2026-03-01T00:00:00Z": true, "created=le=2026-03-01T00:00:00Z": true,
		"Email=like=example": true, "Email=like=%EXAMPLE%": true, "Email=q=nowhere": false,
		"*=q=example": true, "*=q=alice": false,
	} {
		expr, err := Parse(query)
		if err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		if got, err := Match(expr, bob); got != want || err != nil {
			t.Errorf("%s: %v, %v", query, got, err)
		}
	}
	for _, query := range []string{"nothing==1", "username==bob;nothing==1", "username==x,nothing==1", "nothing=q=1"} {
		expr, err := Parse(query)
		if err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		if _, err := Match(expr, bob); !errors.Is(err, ErrNoAttribute) {
			t.Errorf("%s: %v", query, err)
		}
	}
}

// Only returns a value only if no row without it matches.
func TestOnly(t *testing.T) {
	for query, want := range map[string]string{
		"token==a": "a", "token==a;x==1": "a", "x==1;(y==2;token==a)": "a",
		"token==a,x==1": "", "token!=a": "", "token=in=(a)": "", "x==a": "", "": "",
	} {
		expr, err := Parse(query)
		if err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		if got, fixed := Only(expr, "token"); got != want || fixed != (want != "") {
			t.Errorf("%s: %q, %v", query, got, fixed)
		}
	}
}

func TestReplace(t *testing.T) {
	expr, err := Parse("token==a;(token==b,x==c)")
	if err != nil {
		t.Fatal(err)
	}
	got := Replace(expr, func(c Comparison) Comparison {
		if c.Attribute == "token" {
			return Comparison{"id", c.Operator, []string{"hash of " + c.Values[0]}}
		}
		return c
	})
	want := And{Comparison{"id", Equal, []string{"hash of a"}}, Or{
		Comparison{"id", Equal, []string{"hash of b"}}, Comparison{"x", Equal, []string{"c"}},
	}}
	if diff := cmp.Diff(Expr(want), got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Any input is parsed or refused, without a panic.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"", "token==None", "a=in=(1,'2');b!=\"3\"", "((a==1,b==2);c=q=x)", "a=='\\", "=", "a==1 and b==2"} {
		testfuzz.Add(f, seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		expr, err := Parse(query)
		var syntax *SyntaxError
		switch {
		case errors.As(err, &syntax):
			if syntax.At < 0 || syntax.At > len(query) {
				t.Errorf("%q: the error is at %d", query, syntax.At)
			}
		case err != nil:
			t.Errorf("%q: %v", query, err)
		case expr == nil && strings.TrimSpace(query) != "":
			t.Errorf("%q is parsed as no condition", query)
		default:
			if _, err := Match(expr, row{"a": "1"}); err != nil && !errors.Is(err, ErrNoAttribute) {
				t.Errorf("%q: %v", query, err)
			}
		}
	})
}
