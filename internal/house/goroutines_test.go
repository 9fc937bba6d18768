package house

import (
	"go/ast"
	"slices"
	"testing"
)

// A test that uses a goroutine has to wait for it, also when it ends early: what reports to a
// test that has ended panics, in the middle of another test. A go statement says nothing of
// the end, so a goroutine that uses the test is started with sync.WaitGroup.Go, and a
// Cleanup of the test waits for it.
func TestGoroutinesOfTestsAreWaitedFor(t *testing.T) {
	walkSources(t, func(file sourceFile) {
		for _, place := range unwaitedGoroutines(file) {
			t.Errorf("%s: start a goroutine that uses the test with sync.WaitGroup.Go, and wait for it in a Cleanup", place)
		}
	})
}

// unwaitedGoroutines lists the go statements of a file that use a test, other than for its
// context, which ends with the test.
func unwaitedGoroutines(file sourceFile) []string {
	var places []string
	tests := testNames(file)
	for node := range ast.Preorder(file.syntax) {
		if statement, ok := node.(*ast.GoStmt); ok && usesTest(statement, tests) {
			places = append(places, file.at(statement))
		}
	}
	return places
}

// testNames returns the names of the parameters and fields of a file that are tests.
func testNames(file sourceFile) []string {
	var names []string
	for node := range ast.Preorder(file.syntax) {
		field, ok := node.(*ast.Field)
		if !ok || len(file.uses(field.Type, "testing", "T", "B", "F", "TB")) == 0 {
			continue
		}
		if _, isFunction := field.Type.(*ast.FuncType); isFunction {
			continue
		}
		for _, name := range field.Names {
			names = append(names, name.Name)
		}
	}
	return names
}

func usesTest(statement *ast.GoStmt, tests []string) bool {
	found := false
	ast.Inspect(statement, func(node ast.Node) bool {
		if call, ok := node.(*ast.CallExpr); ok {
			if called, ok := call.Fun.(*ast.SelectorExpr); ok && called.Sel.Name == "Context" {
				return false
			}
		}
		name, ok := node.(*ast.Ident)
		found = found || ok && slices.Contains(tests, name.Name)
		return !found
	})
	return found
}

func TestUnwaitedGoroutinesAreFound(t *testing.T) {
	for statement, want := range map[string]bool{
		"go func() { t.Error(1) }()":                  true,
		"go func() { call(t, 1) }()":                  true,
		"go report(t)":                                true,
		"go s.t.Error(1)":                             true,
		"go func() { defer done(); s.tb.Fatal(1) }()": true,
		"go func() { sent <- call(t.Context()) }()":   false,
		"go serve(listener)":                          false,
		"var all sync.WaitGroup; all.Go(func() { t.Error(1) }); all.Wait()": false,
	} {
		file, err := parseSource("a_test.go", "package a\nimport \"testing\"\ntype s struct { tb testing.TB }\nfunc TestIt(t *testing.T) { "+statement+" }\n")
		if err != nil {
			t.Fatal(err)
		}
		if found := len(unwaitedGoroutines(file)) > 0; found != want {
			t.Errorf("%s: found %t, want %t", statement, found, want)
		}
	}
}
