// Command watched lists what "make unit" runs with the race detector.
//
// It promises that each package and each test in which something runs at the same time as
// something else is in one of its lists: a package is watched whole if its own code starts
// goroutines or shares memory between them, by a channel, a lock or an atomic value; of
// another package those tests are watched that start goroutines, themselves or by a function
// of the same file. What is in no list runs without the detector, in a quarter of the time,
// and so do packages whose tests only start processes, which are not watched anyway.
//
// usage: watched whole | partly | tests | rest
//
//	whole   packages that are watched whole
//	partly  packages of which some tests are watched
//	tests   the pattern of these tests, for the flags -run and -skip
//	rest    packages with tests that are not watched whole
//
// One pattern is for all packages, so a test is watched, too, if one of another package that has
// its name is.
package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
)

func main() {
	lists, err := read(os.DirFS("."))
	if err != nil {
		fmt.Fprintln(os.Stderr, "watched:", err)
		os.Exit(1)
	}
	named := map[string]string{
		"whole": packages(lists.whole), "partly": packages(lists.partly), "rest": packages(lists.rest),
		"tests": "^(" + strings.Join(lists.tests, "|") + ")$",
	}
	if len(os.Args) != 2 || named[os.Args[1]] == "" {
		fmt.Fprintln(os.Stderr, "usage: watched whole | partly | tests | rest")
		os.Exit(2)
	}
	fmt.Println(named[os.Args[1]])
}

// packages returns folders as arguments of go test.
func packages(folders []string) string {
	var patterns []string
	for _, folder := range folders {
		patterns = append(patterns, "./"+folder)
	}
	return strings.Join(patterns, " ")
}

// ofProcesses returns the packages whose tests start the program, hundreds of times.
func ofProcesses() []string { return []string{"cmd/dxauth", "internal/refserver/soak"} }

// lists has what the command prints, in order.
type lists struct{ whole, partly, tests, rest []string }

// read looks at the packages of a module that have tests.
func read(module fs.FS) (lists, error) {
	var l lists
	folders, err := sources(module)
	if err != nil {
		return l, err
	}
	named, watched := map[string][]string{}, map[string]bool{} // tests of folders, and those that are watched
	for _, folder := range slices.Sorted(maps.Keys(folders)) {
		p, err := look(module, folders[folder])
		switch {
		case err != nil:
			return l, err
		case !p.hasTests:
		case slices.Contains(ofProcesses(), folder):
			l.rest = append(l.rest, folder)
		case p.isConcurrent:
			l.whole = append(l.whole, folder)
		default:
			l.rest = append(l.rest, folder)
			for _, test := range p.concurrent {
				watched[test] = true
			}
		}
		named[folder] = p.tests
	}
	for _, folder := range l.rest {
		if slices.ContainsFunc(named[folder], func(test string) bool { return watched[test] }) {
			l.partly = append(l.partly, folder)
		}
	}
	l.tests = slices.Sorted(maps.Keys(watched))
	return l, nil
}

// sources returns the Go files of each folder of a module, without test data and the modules
// below it.
func sources(module fs.FS) (map[string][]string, error) {
	folders := map[string][]string{}
	err := fs.WalkDir(module, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && isOutside(module, name):
			return fs.SkipDir
		case !entry.IsDir() && strings.HasSuffix(name, ".go"):
			folders[path.Dir(name)] = append(folders[path.Dir(name)], name)
		}
		return nil
	})
	return folders, err
}

func isOutside(module fs.FS, folder string) bool {
	if folder == "." {
		return false
	}
	if base := path.Base(folder); base == "testdata" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") {
		return true
	}
	_, err := fs.Stat(module, path.Join(folder, "go.mod"))
	return err == nil
}

// looked is what a package has.
type looked struct {
	hasTests     bool
	isConcurrent bool // its code, whatever its tests
	tests        []string
	concurrent   []string // tests that start goroutines
}

func look(module fs.FS, names []string) (looked, error) {
	var p looked
	for _, name := range names {
		text, err := fs.ReadFile(module, name)
		if err != nil {
			return p, err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.SkipObjectResolution)
		switch isTest := strings.HasSuffix(name, "_test.go"); {
		case err != nil:
			return p, err
		case isTest:
			p.hasTests = true
			tests, concurrent := testsOf(file)
			p.tests, p.concurrent = append(p.tests, tests...), append(p.concurrent, concurrent...)
		default:
			p.isConcurrent = p.isConcurrent || importsLocks(file) || isConcurrent(file)
		}
	}
	return p, nil
}

// importsLocks reports whether a file imports a package whose values goroutines share.
func importsLocks(file *ast.File) bool {
	return slices.ContainsFunc(file.Imports, func(imported *ast.ImportSpec) bool {
		return slices.Contains([]string{`"sync"`, `"sync/atomic"`}, imported.Path.Value)
	})
}

// isConcurrent reports whether something below node starts a goroutine or uses a channel.
func isConcurrent(node ast.Node) bool {
	found := false
	ast.Inspect(node, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.GoStmt, *ast.ChanType, *ast.SendStmt, *ast.SelectStmt:
			found = true
		case *ast.UnaryExpr:
			found = found || node.Op == token.ARROW
		case *ast.CallExpr:
			called, ok := node.Fun.(*ast.SelectorExpr)
			found = found || ok && slices.Contains([]string{"Go", "AfterFunc"}, called.Sel.Name)
		}
		return !found
	})
	return found
}

// testsOf returns the tests of a file, and those that are concurrent, themselves or by a
// function of the file that they name.
func testsOf(file *ast.File) (tests, concurrent []string) {
	functions := map[string][]*ast.FuncDecl{} // methods of several types may have one name
	for _, declaration := range file.Decls {
		if function, ok := declaration.(*ast.FuncDecl); ok && function.Body != nil {
			functions[function.Name.Name] = append(functions[function.Name.Name], function)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(functions)) {
		if !isTestName(name) {
			continue
		}
		tests = append(tests, name)
		if reachesConcurrent(functions, name, map[string]bool{}) {
			concurrent = append(concurrent, name)
		}
	}
	return tests, concurrent
}

func isTestName(name string) bool {
	return name != "TestMain" && (strings.HasPrefix(name, "Test") || strings.HasPrefix(name, "Fuzz") || strings.HasPrefix(name, "Example"))
}

// reachesConcurrent reports whether a function is concurrent or names one that is; seen are
// the names that it has looked at.
func reachesConcurrent(functions map[string][]*ast.FuncDecl, name string, seen map[string]bool) bool {
	if seen[name] {
		return false
	}
	seen[name] = true
	for _, function := range functions[name] {
		if isConcurrent(function.Body) {
			return true
		}
		for node := range ast.Preorder(function.Body) {
			if used, ok := node.(*ast.Ident); ok && len(functions[used.Name]) > 0 && reachesConcurrent(functions, used.Name, seen) {
				return true
			}
		}
	}
	return false
}
