package audit_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver/audit"
)

// A row holds only as much of a signature as identifies the token.
func TestShortSignature(t *testing.T) {
	const signature = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
	for given, want := range map[string]string{
		signature:      "ba7816bf8f01",
		signature[:12]: "ba7816bf8f01",
		signature[:5]:  "ba781",
		"":             "",
	} {
		if got := audit.ShortSignature(given); got != want {
			t.Errorf("%q: got %q, want %q", given, got, want)
		}
	}
}

// Programs read the rows: action names are unique and have one form.
func TestActionNames(t *testing.T) {
	form := regexp.MustCompile(`^[a-z]+(-[a-z]+)*(\.[a-z]+(-[a-z]+)*)*$`)
	named := map[string]string{}
	for constant, action := range actions(t) {
		if !form.MatchString(action) {
			t.Errorf("%s is called %q", constant, action)
		}
		if other, taken := named[action]; taken {
			t.Errorf("%s and %s are both called %q", constant, other, action)
		}
		named[action] = constant
	}
	if named["sign-in"] != "SignIn" || len(named) < 40 {
		t.Errorf("found %d actions: %v", len(named), named)
	}
}

// actions returns the constants of type Action and their values.
func actions(t *testing.T) map[string]string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), "audit.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	ast.Inspect(parsed, func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); !ok || kind.Name != "Action" {
			return true
		}
		value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil || strings.TrimSpace(value) == "" {
			t.Fatalf("%s: %q, %v", spec.Names[0].Name, value, err)
		}
		found[spec.Names[0].Name] = value
		return true
	})
	return found
}
