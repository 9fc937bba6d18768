//go:build linux

package main

import (
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// block is a fenced block of a page: commands, or text.
type block struct {
	page string // file name
	line int    // of its fence
	lang string
	note string // what the comment above it says
	text string
}

func (b block) String() string { return fmt.Sprintf("%s:%d", b.page, b.line) }

// The comments that a block may have above it, each of which needs a text. "sh blocks:
// run by TestX" anywhere is for all blocks of that language below it.
const (
	noteTyped = "typed: "   // at a terminal; what is typed at its prompts, one after the other
	noteRunBy = "run by "   // a Go test that runs the same commands
	noteNot   = "not run: " // why it isn't
	noteFirst = "first: "   // commands that a reader has no need of
)

// Blocks of these languages are text. A block of any other has commands.
var textBlocks = []string{"text", "nginx", "re2", "json"}

// pagesOfDocs returns the README and the guides by their file names. The reference and
// the decisions are not guides.
func pagesOfDocs(t *testing.T) map[string][]block {
	t.Helper()
	files, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	pages := map[string][]block{}
	for _, file := range append(files, "../../README.md") {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		pages[filepath.Base(file)] = blocksOf(filepath.Base(file), string(content))
	}
	return pages
}

func blocksOf(page, content string) []block {
	var list []block
	var open *block
	above, everywhere := "", map[string]string{}
	for i, line := range strings.Split(content, "\n") {
		lang, isFence := strings.CutPrefix(strings.TrimSpace(line), "```")
		switch {
		case isFence && open == nil:
			open = &block{page: page, line: i + 1, lang: lang, note: cmp.Or(noteOf(above), everywhere[lang])}
		case isFence:
			list, open = append(list, *open), nil
		case open != nil:
			open.text += line + "\n"
		default:
			if language, note, found := strings.Cut(noteOf(line), " blocks: "); found {
				everywhere[language] = note
			}
		}
		above = line
	}
	return list
}

// noteOf returns the text of a line that is a comment.
func noteOf(line string) string {
	text, found := strings.CutPrefix(line, "<!-- ")
	if !found {
		return ""
	}
	return strings.TrimSuffix(text, " -->")
}

// isRun reports whether the block has commands that its page's test runs.
func (b block) isRun() bool {
	if b.lang == "yaml" && !regexp.MustCompile(`(?m)^ *(- )?(run|script|command):`).MatchString(b.text) {
		return false // data
	}
	return !slices.Contains(textBlocks, b.lang) && !strings.HasPrefix(b.note, noteRunBy) && !strings.HasPrefix(b.note, noteNot)
}

// step is a command of a console block, with the output that the block shows.
type step struct{ command, output string }

// steps splits a console block: a command is on a line after "$ ", and on those after
// "> " below it.
func (b block) steps() []step {
	var list []step
	for line := range strings.Lines(b.text) {
		if command, found := strings.CutPrefix(line, "$ "); found {
			list = append(list, step{command: command})
			continue
		}
		if len(list) == 0 {
			continue
		}
		last := &list[len(list)-1]
		if more, found := strings.CutPrefix(line, "> "); found && last.output == "" {
			last.command += more
			continue
		}
		last.output += line
	}
	return list
}

// Every block is text, is run, or says why it isn't.
func TestEveryBlockOfTheDocsIsRun(t *testing.T) {
	tests := namesOfTests(t)
	for page, blocks := range pagesOfDocs(t) {
		for _, b := range blocks {
			runBy, isRunBy := strings.CutPrefix(b.note, noteRunBy)
			switch {
			case b.lang == "":
				t.Errorf("%s: the block has no language: console and sh are run, text is not", b)
			case isRunBy && !tests[runBy]:
				t.Errorf("%s: there is no test %q", b, runBy)
			case b.note == strings.TrimSpace(noteNot):
				t.Errorf("%s: no reason why the block is not run", b)
			case b.lang == "console" && b.isRun() && len(b.steps()) == 0:
				t.Errorf("%s: a console block without a command, which starts with \"$ \"", b)
			}
		}
		_, err := os.Stat(preparation(page))
		if hasCommands := slices.ContainsFunc(blocks, block.isRun); hasCommands != (err == nil) {
			t.Errorf("%s has commands: %v; the script that prepares them, cmd/dxauth/%s: %v", page, hasCommands, preparation(page), err)
		}
	}
}

// preparation is the script that makes what the commands of a page need.
func preparation(page string) string {
	return filepath.Join("testdata", "docs", strings.TrimSuffix(page, ".md")+".sh")
}

// namesOfTests returns the tests of all packages.
func namesOfTests(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	declared := regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	tree := os.DirFS("../..")
	err := fs.WalkDir(tree, ".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := fs.ReadFile(tree, path)
		for _, match := range declared.FindAllSubmatch(source, -1) {
			names[string(match[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
