package house

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
)

// statement is what docs/protocol.md says of the server in one row of a table or one
// point of a list.
type statement struct{ section, text string }

// statements returns the rows and points of the sections that say where the server differs
// from the platforms, or does what no public source describes.
func statements(page string) []statement {
	var list []statement
	var section string
	for line := range strings.Lines(page) {
		switch {
		case strings.HasPrefix(line, "#"):
			section = strings.TrimSpace(strings.TrimLeft(line, "#"))
		case !strings.HasPrefix(section, "Additions") && !strings.HasPrefix(section, "Choices") && section != "Where dxauth differs from MOLGENIS":
		case strings.HasPrefix(line, "- "), strings.HasPrefix(line, "| ") && !strings.Contains(line, "| Test |"):
			list = append(list, statement{section, line})
		case strings.HasPrefix(line, "  ") && len(list) > 0:
			list[len(list)-1].text += line
		}
	}
	return list
}

// TestTheProtocolIsTested checks that each statement names the tests that hold it, and
// that there are such tests.
func TestTheProtocolIsTested(t *testing.T) {
	tree := os.DirFS("../..")
	page, err := fs.ReadFile(tree, "docs/protocol.md")
	if err != nil {
		t.Fatal(err)
	}
	list := statements(string(page))
	if len(list) < 80 {
		t.Errorf("the page has %d statements", len(list))
	}
	known := testsOf(t, tree)
	inCode := regexp.MustCompile("`(Test[A-Za-z0-9]+)`")
	for _, s := range list {
		names := inCode.FindAllStringSubmatch(s.text, -1)
		if len(names) == 0 {
			t.Errorf("%s: no test is named: %s", s.section, s.text)
		}
		for _, name := range names {
			if !known[name[1]] {
				t.Errorf("%s: there is no test %s", s.section, name[1])
			}
		}
	}
}

// testsOf returns the names of all tests.
func testsOf(t *testing.T, tree fs.FS) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	declaration := regexp.MustCompile(`(?m)^func (Test[A-Za-z0-9]+)\(`)
	for _, name := range texts(t, tree) {
		if !strings.HasSuffix(name, "_test.go") {
			continue
		}
		source, err := fs.ReadFile(tree, name)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range declaration.FindAllSubmatch(source, -1) {
			found[string(match[1])] = true
		}
	}
	return found
}
