package house

import (
	"go/ast"
	"slices"
	"strings"
	"testing"
)

// A test that is killed runs no cleanups, and what it started goes on: a server holds its
// port and its files. So a test that goes on while another program runs starts it with
// testprogram.Start, which ends it with the test.
func TestProgramsOfTestsEndWithThem(t *testing.T) {
	// What these start ends soon, is killed in the test, or ends with its terminal.
	except := []string{
		"cmd/dxauth/person_test.go",
		"internal/bench/report", "internal/privatefile", "internal/process", "internal/terminal", "internal/testpostgres", "internal/testprogram",
	}
	walkSources(t, func(file sourceFile) {
		if !strings.HasSuffix(file.name, "_test.go") || strings.HasSuffix(file.name, "_windows_test.go") || matches(except, file.folder()) || matches(except, file.name) {
			return
		}
		for _, place := range looseStarts(file) {
			t.Errorf("%s: start the program with testprogram.Start, so that it ends with the test", place)
		}
	})
}

// looseStarts lists the places where a file calls Start of a command that it made.
func looseStarts(file sourceFile) []string {
	var commands, places []string
	for node := range ast.Preorder(file.syntax) {
		switch node := node.(type) {
		case *ast.AssignStmt:
			if len(node.Lhs) == len(node.Rhs) {
				commands = append(commands, commandNames(file, node)...)
			}
		case *ast.CallExpr:
			called, ok := node.Fun.(*ast.SelectorExpr)
			if ok && called.Sel.Name == "Start" && len(node.Args) == 0 && slices.Contains(commands, lastName(called.X)) {
				places = append(places, file.at(node))
			}
		}
	}
	return places
}

// commandNames returns the names to which a statement assigns a command.
func commandNames(file sourceFile, statement *ast.AssignStmt) (names []string) {
	for i, value := range statement.Rhs {
		call, ok := value.(*ast.CallExpr)
		if ok && len(file.uses(call.Fun, "os/exec", "Command", "CommandContext")) > 0 {
			names = append(names, lastName(statement.Lhs[i]))
		}
	}
	return names
}

// lastName returns the name of a variable or of a field, or "".
func lastName(expression ast.Expr) string {
	switch expression := expression.(type) {
	case *ast.Ident:
		return expression.Name
	case *ast.SelectorExpr:
		return expression.Sel.Name
	default:
		return ""
	}
}

func TestLooseStartsAreFound(t *testing.T) {
	for statements, want := range map[string]bool{
		`cmd := exec.Command("dxauth", "serve"); err := cmd.Start()`:                        true,
		`s.cmd = exec.CommandContext(ctx, "nginx"); if err := s.cmd.Start(); err != nil {}`: true,
		`cmd := exec.Command("dxauth", "serve"); wait, err := testprogram.Start(cmd)`:       false,
		`cmd := exec.Command("dxauth", "whoami"); err := cmd.Run()`:                         false,
		`server := httptest.NewUnstartedServer(nil); server.Start()`:                        false,
	} {
		file, err := parseSource("a_test.go", "package a\nimport \"os/exec\"\nfunc TestIt(t *testing.T) { "+statements+" }\n")
		if err != nil {
			t.Fatal(err)
		}
		if found := len(looseStarts(file)) > 0; found != want {
			t.Errorf("%s: found %t, want %t", statements, found, want)
		}
	}
}
