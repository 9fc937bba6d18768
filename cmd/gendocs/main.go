// Command gendocs writes the reference of the commands, docs/reference, and the
// manual pages, docs/man, from the command tree. With -check it writes nothing,
// and fails if the files are out of date.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"github.com/dxauth/dxauth/internal/cli"
	"github.com/dxauth/dxauth/internal/servecmd"
)

func main() {
	check := flag.Bool("check", false, "compare instead of writing")
	dir := flag.String("dir", "docs", "folder of the documentation")
	flag.Parse()
	if err := run(*dir, *check); err != nil {
		fmt.Fprintln(os.Stderr, "gendocs:", err)
		os.Exit(1)
	}
}

// outputs are the folders that this program replaces as a whole.
var outputs = []string{"reference", "man"}

func run(dir string, check bool) error {
	fresh, err := os.MkdirTemp("", "gendocs")
	if err != nil {
		return err
	}
	defer os.RemoveAll(fresh)
	if err := generate(fresh); err != nil {
		return err
	}
	for _, output := range outputs {
		from, to := filepath.Join(fresh, output), filepath.Join(dir, output)
		if check {
			err = compare(from, to)
		} else {
			err = replace(from, to)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func generate(dir string) error {
	root := cli.Tree(servecmd.Commands()...)
	root.DisableAutoGenTag = true
	for _, output := range outputs {
		if err := os.Mkdir(filepath.Join(dir, output), 0o755); err != nil {
			return err
		}
	}
	epoch := time.Unix(0, 0).UTC() // a date would make every page differ every day
	header := &doc.GenManHeader{Section: "1", Source: "dxauth", Manual: "dxauth", Date: &epoch}
	return errors.Join(
		doc.GenMarkdownTree(root, filepath.Join(dir, "reference")),
		doc.GenManTree(root, header, filepath.Join(dir, "man")),
		writeTopics(root, filepath.Join(dir, "reference")),
	)
}

// writeTopics adds the help topics, which the generator leaves out.
func writeTopics(root *cobra.Command, dir string) error {
	for _, topic := range root.Commands() {
		if !topic.IsAdditionalHelpTopicCommand() {
			continue
		}
		page := fmt.Sprintf("## dxauth help %s\n\n%s\n\n```\n%s```\n", topic.Name(), topic.Short, topic.Long)
		if err := os.WriteFile(filepath.Join(dir, "dxauth_help_"+topic.Name()+".md"), []byte(page), 0o644); err != nil {
			return err
		}
	}
	return nil
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
	want, err := pages(from)
	if err != nil {
		return err
	}
	have, err := pages(to)
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

func pages(dir string) (map[string][]byte, error) {
	contents := map[string][]byte{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		contents[name], err = os.ReadFile(filepath.Join(dir, name))
		return err
	})
	return contents, err
}
