package dnanexus_test

import (
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// route is how a comment names what a message goes to.
var route = regexp.MustCompile(`/(system|account|admin|user|org|project|user-xxxx|org-xxxx|project-xxxx)/[a-zA-Z/]+`)

// shared are the messages that belong to no route of their own.
var shared = []string{"FindResponse", "IDResponse", "InviteResponse", "MemberActionRequest", "MemberActionResponse"}

// documentation reads the package as go doc does.
func documentation(t *testing.T) *doc.Package {
	t.Helper()
	files := token.NewFileSet()
	var parsed []*ast.File
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		file, err := parser.ParseFile(files, name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		if file.Name.Name == "dnanexus" {
			parsed = append(parsed, file)
		}
	}
	described, err := doc.NewFromFiles(files, parsed, "github.com/dxauth/dxauth/pkg/dnanexus")
	if err != nil {
		t.Fatal(err)
	}
	return described
}

// go doc of this package is a reference of the protocol: each call and each
// message names its route.
func TestEveryMessageNamesItsRoute(t *testing.T) {
	for _, described := range documentation(t).Types {
		name := described.Name
		isMessage := strings.HasSuffix(name, "Request") || strings.HasSuffix(name, "Response")
		if isMessage && !slices.Contains(shared, name) && !route.MatchString(described.Doc) {
			t.Errorf("%s does not say which route it goes to:\n%s", name, described.Doc)
		}
		if name != "Client" {
			continue
		}
		for _, call := range described.Methods {
			if takesContext(call.Decl) && call.Name != "Call" && !route.MatchString(call.Doc) {
				t.Errorf("Client.%s does not say which route it calls:\n%s", call.Name, call.Doc)
			}
		}
	}
}

func takesContext(f *ast.FuncDecl) bool {
	return len(f.Type.Params.List) > 0 && f.Type.Params.List[0].Names[0].Name == "ctx"
}

// A number says what it counts, beside it or for all numbers of its type.
func TestEveryNumberSaysItsUnit(t *testing.T) {
	for _, described := range documentation(t).Types {
		spec, isType := described.Decl.Specs[0].(*ast.TypeSpec)
		if !isType {
			continue
		}
		structure, isStruct := spec.Type.(*ast.StructType)
		if !isStruct || regexp.MustCompile(`\bms\b`).MatchString(described.Doc) {
			continue
		}
		for _, field := range structure.Fields.List {
			if isNumber(field.Type) && field.Comment.Text() == "" && field.Doc.Text() == "" {
				t.Errorf("%s.%s does not say what it counts", described.Name, field.Names[0].Name)
			}
		}
	}
}

func isNumber(expression ast.Expr) bool {
	if pointer, isPointer := expression.(*ast.StarExpr); isPointer {
		expression = pointer.X
	}
	name, isName := expression.(*ast.Ident)
	return isName && slices.Contains([]string{"int", "int64", "float64"}, name.Name)
}
