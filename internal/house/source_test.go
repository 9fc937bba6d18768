package house

import (
	"fmt"
	"go/ast"
	"go/token"
	"path"
	"slices"
	"strings"
	"testing"
)

const (
	maxFileLines           = 450
	minPackageCommentLines = 5
	minProgramCommentLines = 1
)

// A sourceRule finds the places where a file breaks it.
type sourceRule struct {
	says   string
	binds  []string // packages; nil: every package
	except []string // packages that it does not bind
	breaks func(sourceFile) []string
}

var sourceRules = []sourceRule{
	{
		says:   "no init(): what runs before main cannot be tested or refused",
		breaks: initFunctions,
	},
	{
		says:   fmt.Sprintf("no file over %d lines: it holds more than one thing", maxFileLines),
		breaks: tooManyLines,
	},
	{
		says:   "no pattern, template, map or long table at package level: every start of the program would pay for it",
		breaks: workAtStart,
	},
	{
		says:   "no secret.Wire field outside the wire types: its JSON is the secret",
		except: []string{"pkg/dnanexus/...", "pkg/molgenis/...", "pkg/oauth/..."},
		breaks: wireFields,
	},
	{
		says: "only internal/config and the programs read the environment, the others are given it: a setting has one origin",
		// credstore reads the address of the bus as go-keyring does; the
		// sandbox passes its changed environment on; testbus, testconsole,
		// testpostgres, testprogram and teststore set or read it for tests.
		except: []string{"internal/config/...", "internal/credstore/...", "internal/servecmd/...", "internal/testbus/...", "internal/testconsole/...", "internal/testpostgres/...", "internal/testprogram/...", "internal/refserver/teststore/...", "cmd/..."},
		breaks: environmentReads,
	},
	{
		says: "only internal/platform compares the types of platforms: a command asks it what a platform has",
		// These define the types, read them from a setting, or implement them.
		except: []string{"internal/platform/...", "internal/config/...", "internal/servecmd/...", "internal/refserver/...", "pkg/..."},
		breaks: platformComparisons,
	},
	{
		says:   "a protocol mentions no transaction: what must hold together is one method of the service",
		binds:  protocols,
		breaks: transactions,
	},
	{
		says:   "rows of the audit log are made by service.AuditEntry for a request and by audit.ByServer otherwise: each says who did it",
		except: []string{"internal/refserver/service", "internal/refserver/store/storetest"},
		breaks: auditRows,
	},
}

// platformTypes returns the constants of internal/platform and their names in settings.
func platformTypes() (constants, names []string) {
	return []string{"TypeUnknown", "TypeDNAnexus", "TypeMOLGENIS", "TypeEMX2"}, []string{`"dnanexus"`, `"molgenis"`, `"emx2"`}
}

func platformComparisons(file sourceFile) []string {
	constants, names := platformTypes()
	var places []string
	compared := func(expressions ...ast.Expr) {
		for _, expression := range expressions {
			literal, ok := expression.(*ast.BasicLit)
			if ok && slices.Contains(names, literal.Value) || len(file.uses(expression, "internal/platform", constants...)) > 0 {
				places = append(places, file.at(expression))
			}
		}
	}
	for node := range ast.Preorder(file.syntax) {
		switch node := node.(type) {
		case *ast.BinaryExpr:
			if node.Op == token.EQL || node.Op == token.NEQ {
				compared(node.X, node.Y)
			}
		case *ast.CaseClause:
			compared(node.List...)
		}
	}
	return places
}

func TestSource(t *testing.T) {
	files := ourFiles(t)
	for _, breach := range slices.Concat(sourceBreaches(sourceRules, files), poorPackageComments(files)) {
		t.Error(breach)
	}
}

func sourceBreaches(rules []sourceRule, files []sourceFile) []string {
	var found []string
	for _, rule := range rules {
		for _, file := range files {
			if !rule.bindsFile(file) {
				continue
			}
			for _, place := range rule.breaks(file) {
				found = append(found, place+": "+rule.says)
			}
		}
	}
	return found
}

func (r sourceRule) bindsFile(file sourceFile) bool {
	return (r.binds == nil || matches(r.binds, file.folder())) && !matches(r.except, file.folder())
}

func initFunctions(file sourceFile) []string {
	var places []string
	for _, declaration := range file.syntax.Decls {
		function, ok := declaration.(*ast.FuncDecl)
		if ok && function.Recv == nil && function.Name.Name == "init" {
			places = append(places, file.at(function))
		}
	}
	return places
}

func tooManyLines(file sourceFile) []string {
	if file.lines <= maxFileLines {
		return nil
	}
	return []string{fmt.Sprintf("%s:%d", file.name, file.lines)}
}

// maxTable is how many elements a package-level literal may have.
const maxTable = 30

// workAtStart finds package-level variables that are parsed, compiled or filled
// before main runs. What a function does that is kept for later, as with
// sync.OnceValue, is done when it is first needed.
func workAtStart(file sourceFile) []string {
	var places []string
	for _, declaration := range file.syntax.Decls {
		variables, ok := declaration.(*ast.GenDecl)
		if !ok || variables.Tok != token.VAR {
			continue
		}
		ast.Inspect(variables, func(node ast.Node) bool {
			if isWork(node) {
				places = append(places, file.at(node))
			}
			_, isFunction := node.(*ast.FuncLit)
			return !isFunction
		})
	}
	return places
}

func isWork(node ast.Node) bool {
	switch node := node.(type) {
	case *ast.CallExpr:
		called, ok := node.Fun.(*ast.SelectorExpr)
		return ok && strings.HasPrefix(called.Sel.Name, "Must")
	case *ast.CompositeLit:
		_, isMap := node.Type.(*ast.MapType)
		return isMap && len(node.Elts) > 0 || len(node.Elts) > maxTable
	default:
		return false
	}
}

func wireFields(file sourceFile) []string {
	var places []string
	for node := range ast.Preorder(file.syntax) {
		structure, ok := node.(*ast.StructType)
		if !ok {
			continue
		}
		for _, field := range structure.Fields.List {
			if len(file.uses(field.Type, "pkg/secret", "Wire")) > 0 {
				places = append(places, file.at(field))
			}
		}
	}
	return places
}

func environmentReads(file sourceFile) []string {
	return file.uses(file.syntax, "os", "Getenv", "LookupEnv")
}

// transactions lists the places that name a Tx of any package.
func transactions(file sourceFile) []string {
	var places []string
	for node := range ast.Preorder(file.syntax) {
		if name, ok := node.(*ast.Ident); ok && name.Name == "Tx" {
			places = append(places, file.at(name))
		}
	}
	return places
}

// auditRows lists the places that make a row of the audit log.
func auditRows(file sourceFile) []string {
	var places []string
	for node := range ast.Preorder(file.syntax) {
		literal, ok := node.(*ast.CompositeLit)
		if ok && literal.Type != nil && len(literal.Elts) > 0 {
			places = append(places, file.uses(literal.Type, "internal/refserver/audit", "Entry")...)
		}
	}
	return places
}

// uses lists the places below node that use one of the given exported names of an
// imported package.
func (f sourceFile) uses(node ast.Node, imported string, exported ...string) []string {
	var places []string
	local := f.localName(imported)
	for inner := range ast.Preorder(node) {
		selector, ok := inner.(*ast.SelectorExpr)
		if !ok || !slices.Contains(exported, selector.Sel.Name) {
			continue
		}
		if qualifier, ok := selector.X.(*ast.Ident); ok && qualifier.Name == local {
			places = append(places, f.at(selector))
		}
	}
	return places
}

// localName returns the name of an imported package in the file, or "".
func (f sourceFile) localName(imported string) string {
	for _, spec := range f.syntax.Imports {
		switch {
		case importPath(spec) != imported:
		case spec.Name != nil:
			return spec.Name.Name
		default:
			return path.Base(imported)
		}
	}
	return ""
}

// poorPackageComments finds the packages whose comment is too short.
func poorPackageComments(files []sourceFile) []string {
	var found []string
	packages := byFolder(files)
	for _, folder := range sortedKeys(packages) {
		members := packages[folder]
		want := minPackageCommentLines
		if members[0].syntax.Name.Name == "main" {
			want = minProgramCommentLines
		}
		if got := packageCommentLines(members); got < want {
			found = append(found, fmt.Sprintf(
				"%s: a package says what it promises in at least %d lines, this one has %d", folder, want, got))
		}
	}
	return found
}

func packageCommentLines(members []sourceFile) int {
	longest := 0
	for _, file := range members {
		longest = max(longest, strings.Count(file.syntax.Doc.Text(), "\n"))
	}
	return longest
}

func TestSourceRulesFindBreaches(t *testing.T) {
	tests := map[string]struct {
		name string
		text string
		want []string // the places; empty: none
	}{
		"an init function":          {"internal/cli/a.go", "package cli\nfunc init() {}\n", []string{"internal/cli/a.go:2"}},
		"a method called init":      {"internal/cli/a.go", "package cli\ntype t int\nfunc (t) init() {}\n", nil},
		"the last allowed line":     {"internal/cli/a.go", "package cli\n" + strings.Repeat("\n", maxFileLines-1), nil},
		"one line too many":         {"internal/cli/a.go", "package cli\n" + strings.Repeat("\n", maxFileLines), []string{"internal/cli/a.go:451"}},
		"a pattern":                 {"internal/cli/a.go", "package cli\nimport \"regexp\"\nvar p = regexp.MustCompile(`a`)\n", []string{"internal/cli/a.go:3"}},
		"a template in a block":     {"internal/cli/a.go", "package cli\nvar (\n\tn = 1\n\tt = template.Must(template.New(`a`).Parse(`b`))\n)\n", []string{"internal/cli/a.go:4"}},
		"a pattern for later":       {"internal/cli/a.go", "package cli\nvar p = sync.OnceValue(func() any { return regexp.MustCompile(`a`) })\n", nil},
		"a pattern in a function":   {"internal/cli/a.go", "package cli\nfunc f() { var p = regexp.MustCompile(`a`); _ = p }\n", nil},
		"a map":                     {"internal/cli/a.go", "package cli\nvar m = map[string]int{`a`: 1}\n", []string{"internal/cli/a.go:2"}},
		"an empty map":              {"internal/cli/a.go", "package cli\nvar m = map[string]int{}\n", nil},
		"the last allowed table":    {"internal/cli/a.go", "package cli\nvar t = []int{" + strings.Repeat("1,", maxTable) + "}\n", nil},
		"a long table":              {"internal/cli/a.go", "package cli\nvar t = []int{" + strings.Repeat("1,", maxTable+1) + "}\n", []string{"internal/cli/a.go:2"}},
		"a wire field":              {"internal/session/a.go", withSecret("type t struct { A secret.Text; B secret.Wire }"), []string{"internal/session/a.go:3"}},
		"a list of wire fields":     {"internal/session/a.go", withSecret("type t struct { A []*secret.Wire }"), []string{"internal/session/a.go:3"}},
		"an embedded wire field":    {"internal/session/a.go", withSecret("var v struct { secret.Wire }"), []string{"internal/session/a.go:3"}},
		"a wire field by alias":     {"internal/session/a.go", "package session\nimport s \"" + modulePath + "/pkg/secret\"\ntype t struct { A s.Wire }\n", []string{"internal/session/a.go:3"}},
		"a wire field of the wire":  {"pkg/dnanexus/a.go", withSecret("type t struct { A secret.Wire }"), nil},
		"a wire argument":           {"internal/platform/a.go", withSecret("func f(w secret.Wire) {}"), nil},
		"another package's Wire":    {"internal/session/a.go", "package session\nimport \"x/secret\"\ntype t struct { A secret.Wire }\n", nil},
		"a read of the environment": {"internal/cli/a.go", "package cli\nimport \"os\"\nvar home = os.Getenv(\"HOME\")\n", []string{"internal/cli/a.go:3"}},
		"the reader as a value":     {"pkg/molgenis/a.go", "package molgenis\nimport \"os\"\nvar read = os.LookupEnv\n", []string{"pkg/molgenis/a.go:3"}},
		"a protocol's transaction":  {"internal/refserver/oauth/a.go", "package oauth\nimport \"x/access\"\nfunc f(tx access.Tx) {}\n", []string{"internal/refserver/oauth/a.go:3"}},
		"the rules' transaction":    {"internal/refserver/access/a.go", "package access\ntype Tx interface{}\n", nil},
		"a type compared":           {"internal/cli/a.go", withPlatform("func f(t platform.Type) bool { return t != platform.TypeEMX2 }"), []string{"internal/cli/a.go:3"}},
		"a case for a type":         {"internal/cli/a.go", withPlatform("func f(t platform.Type) { switch t { case platform.TypeEMX2: } }"), []string{"internal/cli/a.go:3"}},
		"a type by its name":        {"internal/cli/a.go", "package cli\nfunc f(t string) bool { return t == \"emx2\" }\n", []string{"internal/cli/a.go:2"}},
		"a type chosen":             {"internal/cli/a.go", withPlatform("var t = platform.TypeDNAnexus"), nil},
		"a row of the audit log":    {"internal/refserver/sso/a.go", withAudit("var e = audit.Entry{Actor: \"user-alice\"}"), []string{"internal/refserver/sso/a.go:3"}},
		"no row":                    {"internal/refserver/sso/a.go", withAudit("var e = audit.Entry{}"), nil},
		"a program's environment":   {"cmd/dxauth/main.go", "package main\nimport \"os\"\nvar debug = os.Getenv(\"DEBUG\")\n", nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			file, err := parseSource(test.name, test.text)
			if err != nil {
				t.Fatal(err)
			}
			var places []string
			for _, breach := range sourceBreaches(sourceRules, []sourceFile{file}) {
				place, _, _ := strings.Cut(breach, ": ")
				places = append(places, place)
			}
			if !slices.Equal(places, test.want) {
				t.Errorf("got %q, want %q", places, test.want)
			}
		})
	}
}

// withSecret returns a file that imports package secret, with one declaration.
func withSecret(declaration string) string {
	return "package p\nimport \"" + modulePath + "/pkg/secret\"\n" + declaration + "\n"
}

// withAudit returns a file that imports package audit, with one declaration.
func withAudit(declaration string) string {
	return "package p\nimport \"" + modulePath + "/internal/refserver/audit\"\n" + declaration + "\n"
}

// withPlatform returns a file that imports package platform, with one declaration.
func withPlatform(declaration string) string {
	return "package p\nimport \"" + modulePath + "/internal/platform\"\n" + declaration + "\n"
}

func TestPackageCommentsFindBreaches(t *testing.T) {
	comment := func(lines int) string { return strings.Repeat("// It promises something.\n", lines) }
	tests := map[string]struct {
		texts []string // the files of one package
		poor  bool
	}{
		"enough":                       {[]string{comment(5) + "package p\n"}, false},
		"enough in one of the files":   {[]string{"package p\n", comment(5) + "package p\n"}, false},
		"too little":                   {[]string{comment(4) + "package p\n"}, true},
		"too little in every file":     {[]string{comment(3) + "package p\n", comment(3) + "package p\n"}, true},
		"none":                         {[]string{"package p\n"}, true},
		"a comment that stands apart":  {[]string{comment(5) + "\npackage p\n"}, true},
		"a program with a line":        {[]string{comment(1) + "package main\n"}, false},
		"a program without a comment":  {[]string{"package main\n"}, true},
		"a directive is not a comment": {[]string{"//go:generate true\npackage main\n"}, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var files []sourceFile
			for i, text := range test.texts {
				file, err := parseSource(fmt.Sprintf("internal/p/file%d.go", i), text)
				if err != nil {
					t.Fatal(err)
				}
				files = append(files, file)
			}
			if found := poorPackageComments(files); (len(found) > 0) != test.poor {
				t.Errorf("got %q, want a breach: %v", found, test.poor)
			}
		})
	}
}
