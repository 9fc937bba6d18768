// Command crosscheck checks the types of all packages, tests included, for other
// systems and processors than this one.
//
// It promises what the compiler's front end does: each file that a target builds parses,
// and each name and type fits, in this module down to the bodies of functions, in
// the modules that it needs and in the standard library for what they export. It reads
// sources and compiles nothing, which takes a tenth of the time of a build without a
// cache. What only the compiler's back end, assemblers and the linker find, the builds
// of a release find: "make packages".
//
// usage: crosscheck GOOS/GOARCH...
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

func main() {
	for _, target := range os.Args[1:] {
		count, err := check(target, ".")
		if err != nil {
			fmt.Fprintf(os.Stderr, "crosscheck: %s:\n%v\n", target, err)
			os.Exit(1)
		}
		fmt.Printf("    %s: %d packages\n", target, count)
	}
}

// listed is a package as go list describes it.
type listed struct {
	Dir        string
	ImportPath string
	GoFiles    []string
	ImportMap  map[string]string
	Module     *struct{ Main bool }
	Error      *struct{ Err string }
}

// check checks all packages of the module in a folder, and returns how many there are.
func check(target, dir string) (count int, err error) {
	system, processor, found := strings.Cut(target, "/")
	if !found {
		return 0, errors.New("not a target: GOOS/GOARCH")
	}
	packages, err := list(dir, "GOOS="+system, "GOARCH="+processor)
	if err != nil {
		return 0, err
	}
	c := checker{sizes: types.SizesFor("gc", processor), checked: map[string]*types.Package{"unsafe": types.Unsafe}}
	for _, p := range packages { // each after those that it imports
		if err := c.check(p); err != nil {
			return 0, err
		}
		if p.isOurs() {
			count++
		}
	}
	return count, nil
}

// list returns the packages of a module, its tests and all that they need, each after
// those that it imports.
func list(dir string, env ...string) ([]listed, error) {
	cmd := exec.Command("go", "list", "-test", "-deps", "-json=Dir,ImportPath,GoFiles,ImportMap,Module,Error", "./...")
	cmd.Dir, cmd.Env = dir, append(append(os.Environ(), "CGO_ENABLED=0"), env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	output, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w\n%s", err, stderr.String())
	}
	var packages []listed
	for decoder := json.NewDecoder(bytes.NewReader(output)); ; {
		var p listed
		if err := decoder.Decode(&p); err == io.EOF {
			return packages, nil
		} else if err != nil {
			return nil, err
		}
		packages = append(packages, p)
	}
}

func (p listed) isOurs() bool { return p.Module != nil && p.Module.Main }

// isTestMain reports whether go test makes the package's only file, the main function of
// a test.
func (p listed) isTestMain() bool { return strings.HasSuffix(p.ImportPath, ".test") }

// checker has the packages that were checked for a target.
type checker struct {
	sizes   types.Sizes
	checked map[string]*types.Package // by import path
}

func (c checker) check(p listed) error {
	if p.ImportPath == "unsafe" || p.isTestMain() {
		return nil
	}
	if p.Error != nil {
		return errors.New(p.Error.Err)
	}
	files := token.NewFileSet()
	var parsed []*ast.File
	for _, name := range p.GoFiles {
		file, err := parser.ParseFile(files, filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		parsed = append(parsed, file)
	}
	var problems []error
	config := types.Config{
		Importer:         imports{c, p.ImportMap},
		Sizes:            c.sizes,
		IgnoreFuncBodies: !p.isOurs(),
		FakeImportC:      true,
		Error:            func(err error) { problems = append(problems, err) },
	}
	path, _, _ := strings.Cut(p.ImportPath, " ") // of a package that was built anew for a test
	c.checked[p.ImportPath], _ = config.Check(path, files, parsed, nil)
	return errors.Join(problems...)
}

// imports finds what one package imports.
type imports struct {
	checker checker
	renamed map[string]string
}

// Import implements [types.Importer].
func (i imports) Import(path string) (*types.Package, error) {
	if renamed, found := i.renamed[path]; found {
		path = renamed
	}
	if found := i.checker.checked[path]; found != nil {
		return found, nil
	}
	return nil, fmt.Errorf("%s was not listed", path)
}
