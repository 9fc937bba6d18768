package house

import (
	"cmp"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

// modulePath is cut off the import paths of our own packages, so that the
// rules can name them by their folders.
const modulePath = "github.com/dxauth/dxauth"

// A sourceFile is one Go file that ships.
type sourceFile struct {
	name   string // from the root of the module, as in "internal/cli/login.go"
	lines  int
	syntax *ast.File
	fset   *token.FileSet
}

// folder is the package of the file, as the rules name it.
func (f sourceFile) folder() string { return path.Dir(f.name) }

// at returns the position of node as editors understand it.
func (f sourceFile) at(node ast.Node) string {
	return f.name + ":" + strconv.Itoa(f.fset.Position(node.Pos()).Line)
}

// imports lists what the file imports, our own packages by their folders.
func (f sourceFile) imports() []string {
	var list []string
	for _, spec := range f.syntax.Imports {
		list = append(list, importPath(spec))
	}
	return list
}

func importPath(spec *ast.ImportSpec) string {
	quoted, err := strconv.Unquote(spec.Path.Value)
	if err != nil {
		return spec.Path.Value
	}
	return strings.TrimPrefix(quoted, modulePath+"/")
}

// ourFiles parses every Go file of this module that ships.
func ourFiles(t *testing.T) []sourceFile {
	t.Helper()
	files, err := readTree(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	isThisPackage := func(f sourceFile) bool { return f.name == "internal/house/doc.go" }
	if !slices.ContainsFunc(files, isThisPackage) {
		t.Fatal("the tree has no internal/house/doc.go: these tests look in the wrong place")
	}
	return files
}

// readTree parses the Go files of one module, without tests, test data and the
// modules nested in it.
func readTree(tree fs.FS) ([]sourceFile, error) {
	var files []sourceFile
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && isForeign(tree, name):
			return fs.SkipDir
		case entry.IsDir() || !ships(name):
			return nil
		}
		file, err := readSource(tree, name)
		files = append(files, file)
		return err
	})
	return files, err
}

func isForeign(tree fs.FS, folder string) bool {
	if folder == "." {
		return false
	}
	base := path.Base(folder)
	if base == "testdata" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") {
		return true
	}
	_, err := fs.Stat(tree, path.Join(folder, "go.mod"))
	return err == nil
}

func ships(name string) bool {
	return strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go")
}

// walkSources passes to each all Go files of the repository, those of tests and of the other
// modules included.
func walkSources(t *testing.T, each func(sourceFile)) {
	t.Helper()
	tree := os.DirFS("../..")
	files := 0
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == "testdata" || entry.Name() == "node_modules" || len(name) > 1 && strings.HasPrefix(entry.Name(), ".")):
			return fs.SkipDir
		case entry.IsDir() || !strings.HasSuffix(name, ".go"):
			return nil
		}
		file, err := readSource(tree, name)
		if err != nil {
			return err
		}
		files++
		each(file)
		return nil
	})
	if err != nil || files < 100 {
		t.Errorf("%d files were read: %v", files, err)
	}
}

func readSource(tree fs.FS, name string) (sourceFile, error) {
	text, err := fs.ReadFile(tree, name)
	if err != nil {
		return sourceFile{}, err
	}
	return parseSource(name, string(text))
}

func parseSource(name, text string) (sourceFile, error) {
	fset := token.NewFileSet()
	syntax, err := parser.ParseFile(fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
	return sourceFile{name: name, lines: strings.Count(text, "\n"), syntax: syntax, fset: fset}, err
}

// byFolder puts the files of each package together.
func byFolder(files []sourceFile) map[string][]sourceFile {
	packages := map[string][]sourceFile{}
	for _, file := range files {
		packages[file.folder()] = append(packages[file.folder()], file)
	}
	return packages
}

// sortedKeys makes the order of the findings the same on every run.
func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

func TestReadTreeLeavesOutWhatDoesNotShip(t *testing.T) {
	tree := fstest.MapFS{
		"cmd/dxauth/main.go":                {Data: []byte("package main\n")},
		"cmd/dxauth/main_test.go":           {Data: []byte("package main\n")},
		"cmd/dxauth/testdata/script/x.go":   {Data: []byte("package x\n")},
		"internal/credstore/keyring_mac.go": {Data: []byte("//go:build darwin\n\npackage credstore\n")},
		"internal/tools/go.mod":             {Data: []byte("module x\n")},
		"internal/tools/tools.go":           {Data: []byte("package tools\n")},
		".git/hook.go":                      {Data: []byte("package git\n")},
		"README.md":                         {Data: []byte("# dxauth\n")},
	}
	files, err := readTree(tree)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, file := range files {
		names = append(names, file.name)
	}
	want := []string{"cmd/dxauth/main.go", "internal/credstore/keyring_mac.go"}
	if !slices.Equal(names, want) {
		t.Errorf("got %v, want %v", names, want)
	}
}
