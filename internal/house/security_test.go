package house

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
)

// TestPromisesAreTested checks that each row of the pages with promises names what holds it,
// and that this exists: a test, a script, a target of the Makefile, or the number of a
// requirement that a test names.
func TestPromisesAreTested(t *testing.T) {
	for page, rows := range map[string]int{"docs/security.md": 80, "docs/faults.md": 30} {
		t.Run(page, func(t *testing.T) { verifyPromises(t, page, rows) })
	}
}

// verifyPromises checks a page, which has at least that many promises.
func verifyPromises(t *testing.T, name string, atLeast int) {
	tree := os.DirFS("../..")
	page, err := fs.ReadFile(tree, name)
	if err != nil {
		t.Fatal(err)
	}
	makefile, err := fs.ReadFile(tree, "Makefile")
	if err != nil {
		t.Fatal(err)
	}
	tests := testsOf(t, tree)
	scripts, numbers := evidence(t, tree)
	named := regexp.MustCompile("`(Test[A-Za-z0-9]+)`|`([a-z0-9]+(?:-[a-z0-9]+)*)`|\\b([SC]-[0-9]{2})\\b|`make ([a-z-]+)`")
	promises := 0
	for line := range strings.Lines(string(page)) {
		isRow := strings.HasPrefix(line, "| ") && !strings.HasPrefix(line, "| Promise |") && !strings.HasPrefix(line, "| Fault |")
		if !isRow {
			continue
		}
		promises++
		cells := strings.Split(line, " | ")
		found := false
		for _, match := range named.FindAllStringSubmatch(cells[len(cells)-1], -1) {
			test, script, number, target := match[1], match[2], match[3], match[4]
			if test != "" && !tests[test] || number != "" && !numbers[number] || target != "" && !isTarget(makefile, target) {
				t.Errorf("there is no test %s%s%s: %s", test, number, target, line)
			}
			found = found || test != "" || number != "" || target != "" || scripts[script]
		}
		if !found {
			t.Errorf("no test is named: %s", line)
		}
	}
	if promises < atLeast {
		t.Errorf("the page has %d promises", promises)
	}
}

func isTarget(makefile []byte, name string) bool {
	return strings.Contains("\n"+string(makefile), "\n"+name+":")
}

// evidence returns the names of all scripts, and the numbers of requirements that tests
// and scripts name.
func evidence(t *testing.T, tree fs.FS) (scripts, numbers map[string]bool) {
	t.Helper()
	scripts, numbers = map[string]bool{}, map[string]bool{}
	number := regexp.MustCompile(`\b[SC]-[0-9]{2}\b`)
	for _, name := range texts(t, tree) {
		isScript := strings.HasSuffix(name, ".txtar")
		if !isScript && !strings.HasSuffix(name, "_test.go") {
			continue
		}
		source, err := fs.ReadFile(tree, name)
		if err != nil {
			t.Fatal(err)
		}
		if isScript {
			scripts[strings.TrimSuffix(path.Base(name), ".txtar")] = true
		}
		for _, match := range number.FindAllString(string(source), -1) {
			numbers[match] = true
		}
	}
	return scripts, numbers
}
