package house

import (
	"fmt"
	"go/ast"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A wording is a phrase that readers stumbled over, and what to write instead. The
// tables have only phrases that are nearly always wrong.
type wording struct {
	pattern string // a regular expression, in which case does not count
	instead string
	except  map[string]string // files that may say it, and why
}

// phrases are looked for in each line of the code, the tests and the documents.
var phrases = []wording{
	{pattern: `\bof before\b`, instead: `"earlier" or "previous"`},
	{pattern: `\b(is|are) no (valid|token|user|member|project|json|platform|session|code|e-mail)\b`, instead: `"is not a …"`},
	{pattern: `\bwhere there (is|are) (none|one|no)\b`, instead: `"if there is none" or "without"`},
	{pattern: `\b(is|are) told\b`, instead: "the active voice: the server says, the command prints"},
	{pattern: `\btells? of\b`, instead: `"describes" or "lists"`},
	{pattern: `\bit is asked\b`, instead: `"the command asks" or "you are asked"`},
	{pattern: `\bnobody has\b`, instead: `"unknown"`},
	{pattern: `\banswers? ([a-z]+\.)?(err[a-z]*|an? [a-z]+error)\b`, instead: `"returns"`},
	{pattern: `\bgoes on working\b`, instead: `"continues to work"`},
	{pattern: `\bends? by (itself|themselves)\b`, instead: `"expires"`},
	{pattern: `\bsign(s|ed)? nobody in\b`, instead: `"rejects the sign-in"`},
}

// names are words in the names of what the code declares that mean something
// only to those who wrote it, and what they mean.
var names = map[string]string{
	"bequeath":    "reassign",
	"desk":        "service",
	"door":        "handler, route or sign-in",
	"heir":        "successor",
	"holding":     "token",
	"knock":       "attempt",
	"mint":        "token issuer",
	"pardon":      "refund",
	"skin":        "protocol",
	"surrounding": "environment or streams",
	"turnstile":   "keyed mutex",
	"vigil":       "keepalive",
}

func TestWordsOfTheText(t *testing.T) {
	tree := os.DirFS("../..")
	for _, name := range texts(t, tree) {
		text, err := fs.ReadFile(tree, name)
		if err != nil {
			t.Fatal(err)
		}
		for _, breach := range phraseBreaches(phrases, name, string(text)) {
			t.Error(breach)
		}
	}
}

func TestWordsOfTheNames(t *testing.T) {
	for _, file := range ourFiles(t) {
		for _, breach := range nameBreaches(names, file) {
			t.Error(breach)
		}
	}
}

// texts lists the files that people read: code with its tests, scripts and documents,
// but not generated documents, and not this folder, which lists the phrases.
func texts(t *testing.T, tree fs.FS) []string {
	t.Helper()
	skipped := []string{"docs/reference", "docs/man", "internal/house", ".git", "bin", "dist"}
	endings := []string{".go", ".md", ".txt", ".txtar"}
	var found []string
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && slices.Contains(skipped, name):
			return fs.SkipDir
		case !entry.IsDir() && slices.ContainsFunc(endings, func(e string) bool { return strings.HasSuffix(name, e) }):
			found = append(found, name)
		}
		return nil
	})
	if err != nil || len(found) == 0 {
		t.Fatalf("no texts found: %v", err)
	}
	return found
}

// anyOf finds out whether a text needs a look at its lines.
func anyOf(phrases []wording) *regexp.Regexp {
	patterns := make([]string, len(phrases))
	for i, phrase := range phrases {
		patterns[i] = phrase.pattern
	}
	return regexp.MustCompile("(?i)" + strings.Join(patterns, "|"))
}

// plain takes out what is good English although it contains a phrase.
var plain = strings.NewReplacer("there is no", "", "There is no", "", "there are no", "", "There are no", "")

func phraseBreaches(phrases []wording, name, text string) []string {
	if !anyOf(phrases).MatchString(text) {
		return nil
	}
	var found []string
	for _, phrase := range phrases {
		if phrase.except[name] != "" {
			continue
		}
		pattern := regexp.MustCompile("(?i)" + phrase.pattern)
		for number, line := range strings.Split(text, "\n") {
			if match := pattern.FindString(plain.Replace(line)); match != "" {
				found = append(found, fmt.Sprintf("%s:%d: %q: write %s", name, number+1, match, phrase.instead))
			}
		}
	}
	return found
}

// nameBreaches looks at what the file declares, not at what it uses: one line
// for each name.
func nameBreaches(names map[string]string, file sourceFile) []string {
	var found []string
	for node := range ast.Preorder(file.syntax) {
		for _, declared := range declaredNames(node) {
			for _, word := range wordsOf(declared.Name) {
				if instead, isListed := names[word]; isListed {
					found = append(found, fmt.Sprintf("%s: the name %s: write %s", file.at(declared), declared.Name, instead))
				}
			}
		}
	}
	return found
}

func declaredNames(node ast.Node) []*ast.Ident {
	switch node := node.(type) {
	case *ast.FuncDecl:
		return []*ast.Ident{node.Name}
	case *ast.TypeSpec:
		return []*ast.Ident{node.Name}
	case *ast.ValueSpec:
		return node.Names
	case *ast.Field:
		return node.Names
	default:
		return nil
	}
}

// camel splits a name where a capital letter begins a word.
var camel = regexp.MustCompile(`[A-Z]?[a-z]+|[A-Z]+`)

// wordsOf returns the words of a name in lower case and the singular.
func wordsOf(name string) []string {
	words := camel.FindAllString(name, -1)
	for i, word := range words {
		words[i] = strings.TrimSuffix(strings.ToLower(word), "s")
	}
	return words
}

func TestWordsFindBreaches(t *testing.T) {
	text := "// A token of before is good.\n// Find answers ErrNoUser.\n// Find returns ErrNoUser.\n"
	want := []string{
		`a.go:1: "of before": write "earlier" or "previous"`,
		`a.go:2: "answers ErrNoUser": write "returns"`,
	}
	if got := phraseBreaches(phrases, "a.go", text); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	file, err := parseSource("a.go", "package a\n\nfunc atTokenDesk(doors int) {}\n")
	if err != nil {
		t.Fatal(err)
	}
	want = []string{
		"a.go:3: the name atTokenDesk: write service",
		"a.go:3: the name doors: write handler, route or sign-in",
	}
	if got := nameBreaches(names, file); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
