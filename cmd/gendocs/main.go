// Command gendocs writes the reference of the commands, docs/reference, and the
// manual pages, docs/man, from the command tree, and JSON Schemas of what the commands
// print with --json, docs/schema, from the types of their results.
//
// It promises a page for each command that the help shows, in section 1 of the
// manual, and for each help topic, in section 7. A page says what --help says: the
// flags that every command has are in a page of their own, and indented lines, such
// as JSON, stay lines. The same tree gives the same bytes: no page has a date. With
// -check it writes nothing, and fails if the files are out of date.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/dxauth/dxauth/internal/cli"
	"github.com/dxauth/dxauth/internal/jsonschema"
	"github.com/dxauth/dxauth/internal/servecmd"
)

func main() {
	check := flag.Bool("check", false, "compare instead of writing")
	dir := flag.String("dir", "docs", "folder of the documentation")
	flag.Parse()
	use := replace
	if *check {
		use = compare
	}
	if err := run(*dir, use); err != nil {
		fmt.Fprintln(os.Stderr, "gendocs:", err)
		os.Exit(1)
	}
}

// outputs are the folders that this program replaces as a whole.
var outputs = []string{"reference", "man", "schema"}

// run generates the documentation and passes each folder of it to use, with the one that is
// there.
func run(dir string, use func(from, to string) error) error {
	fresh, err := os.MkdirTemp("", "gendocs")
	if err != nil {
		return err
	}
	defer os.RemoveAll(fresh)
	if err := generate(fresh, filepath.Join(dir, "..")); err != nil {
		return err
	}
	for _, output := range outputs {
		if err := use(filepath.Join(fresh, output), filepath.Join(dir, output)); err != nil {
			return err
		}
	}
	return nil
}

// generate writes all files; module is the folder of the module's source.
func generate(dir, module string) error {
	for _, output := range outputs {
		if err := os.Mkdir(filepath.Join(dir, output), 0o755); err != nil {
			return err
		}
	}
	root := cli.Tree(servecmd.Commands()...)
	for _, page := range pagesOf(root) {
		err := errors.Join(
			os.WriteFile(filepath.Join(dir, "reference", page.markdownName()), []byte(markdown(page)), 0o644),
			os.WriteFile(filepath.Join(dir, "man", page.manName()+"."+page.section()), []byte(manual(page)), 0o644),
		)
		if err != nil {
			return err
		}
	}
	return writeSchemas(filepath.Join(dir, "schema"), root, jsonschema.NewSource("github.com/dxauth/dxauth", module))
}

func replace(from, to string) error {
	if err := os.RemoveAll(to); err != nil {
		return err
	}
	return os.CopyFS(to, os.DirFS(from))
}

// compare returns an error for the first page that differs, is missing or is left
// over.
func compare(from, to string) error {
	want, err := contents(from)
	if err != nil {
		return err
	}
	have, err := contents(to)
	if err != nil {
		return err
	}
	for name := range have {
		if _, ok := want[name]; !ok {
			return stale(filepath.Join(to, name))
		}
	}
	for name, content := range want {
		if !bytes.Equal(content, have[name]) {
			return stale(filepath.Join(to, name))
		}
	}
	return nil
}

func stale(page string) error {
	return fmt.Errorf("%s is out of date: run go run ./cmd/gendocs", page)
}

func contents(dir string) (map[string][]byte, error) {
	files := map[string][]byte{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		files[name], err = os.ReadFile(filepath.Join(dir, name))
		return err
	})
	return files, err
}
