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
	has     string // what each match contains, in lower case: most lines do not, and need no look
	instead string
	except  map[string]string // files that may say it, and why
}

// phrases are looked for in each line of the code, the tests and the documents.
var phrases = []wording{
	{pattern: `\bof before\b`, has: "of before", instead: `"earlier" or "previous"`},
	{
		pattern: `\b(is|are) no [a-z]+`, has: "no ", instead: `"is not a …"`,
		except: map[string]string{"CHANGELOG.md": "what was released stays as it was written"},
	},
	{pattern: `\b(that|which) (is|are) none\b`, has: " none", instead: `what it is instead: "is not a …", "malformed", "unknown"`},
	{pattern: `\balso where\b`, has: "also where", instead: `"even if"`},
	{pattern: `\bwhere there (is|are) (none|one|no)\b`, has: "where there ", instead: `"if there is none" or "without"`},
	{pattern: `\b(is|are) told\b`, has: " told", instead: "the active voice: the server says, the command prints"},
	{pattern: `\btells? of\b`, has: "tell", instead: `"describes" or "lists"`},
	{pattern: `\bit is asked\b`, has: "it is asked", instead: `"the command asks" or "you are asked"`},
	{pattern: `\bnobody has\b`, has: "nobody has", instead: `"unknown"`},
	{pattern: `// [a-z]+ answers\b|\banswers? ([a-z]+\.)?(err[a-z]*|an? [a-z]+error)\b`, has: "answer", instead: `"returns" or "serves"`},
	{pattern: `\bgoes on working\b`, has: "goes on working", instead: `"continues to work"`},
	{pattern: `\bends? by (itself|themselves)\b`, has: " by ", instead: `"expires"`},
	{pattern: `\bsign(s|ed)? nobody in\b`, has: "nobody in", instead: `"rejects the sign-in"`},
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
	"person":      "user",
	"skin":        "protocol",
	"stranger":    "caller without a credential",
	"surrounding": "environment or streams",
	"turnstile":   "keyed mutex",
	"verdict":     "check or result",
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
	skipped := []string{"docs/reference", "docs/man", "docs/schema", "internal/house", ".git", "bin", "dist"}
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

// plain takes out what is good English although it contains a phrase.
var plain = strings.NewReplacer(
	"where there", "where there",
	"here is no", "", "here are no", "",
	"is no longer", "", "are no longer", "", "is no more", "", "are no more", "", "is no less", "", "is no other", "", "is no further", "",
	"are no better", "", "is no such", "", "is no one", "", "is none of", "", "are none of", "",
)

func phraseBreaches(phrases []wording, name, text string) []string {
	lines := strings.Split(text, "\n")
	lower := strings.Split(strings.ToLower(text), "\n")
	var found []string
	for _, phrase := range phrases {
		if phrase.except[name] != "" {
			continue
		}
		pattern := regexp.MustCompile("(?i)" + phrase.pattern)
		for i, line := range lines {
			if !strings.Contains(lower[i], phrase.has) {
				continue
			}
			if match := pattern.FindString(plain.Replace(line)); match != "" {
				found = append(found, fmt.Sprintf("%s:%d: %q: write %s", name, i+1, match, phrase.instead))
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

// Each phrase is found, whatever its case.
func TestPhrasesAreFound(t *testing.T) {
	examples := []string{
		"one of before", "It IS NO user", "where there are none", "they are told", "it tells of it", "it is asked whether",
		"Nobody has it", "it answers an InputError", "a token, also where it is old", "a level that is none", "it goes on working", "they end by themselves", "this signs nobody in",
	}
	found := phraseBreaches(phrases, "a.go", strings.Join(examples, "\n"))
	if len(found) != len(examples) || len(found) != len(phrases) {
		t.Errorf("%d of %d phrases found in %d lines: %q", len(found), len(phrases), len(examples), found)
	}
}

func TestWordsFindBreaches(t *testing.T) {
	text := "// A token of before is good.\n// Find answers ErrNoUser.\n// Find returns ErrNoUser.\n"
	want := []string{
		`a.go:1: "of before": write "earlier" or "previous"`,
		`a.go:2: "// Find answers": write "returns" or "serves"`,
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
