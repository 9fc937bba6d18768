//go:build unix

package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// dxDifference is a row of the table of what differs from dx.
type dxDifference struct{ command, test string }

func dxDifferences(t *testing.T) []dxDifference {
	t.Helper()
	page, err := os.ReadFile("../../docs/from-dx.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(page), "| Command | dx | dxauth | Test |\n|---|---|---|---|\n")
	if !found {
		t.Fatal("the page has no table of differences")
	}
	row := regexp.MustCompile("^\\| `([^`|]+)` \\| [^|]+ \\| [^|]+ \\| `([A-Za-z0-9-]+)` \\|$")
	var list []dxDifference
	for line := range strings.Lines(table) {
		match := row.FindStringSubmatch(strings.TrimSpace(line))
		if match == nil {
			t.Fatalf("not a row of a command, dx, dxauth and a test: %s", line)
		}
		list = append(list, dxDifference{command: match[1], test: match[2]})
	}
	return list
}

// Each row names a script or a Go test, which runs the command.
func TestTheDifferencesFromDXAreTested(t *testing.T) {
	list := dxDifferences(t)
	if len(list) < 30 {
		t.Errorf("the table has %d rows", len(list))
	}
	for _, d := range list {
		if strings.HasPrefix(d.test, "Test") {
			if !goTestRuns(t, d) {
				t.Errorf("%s: no Go test %s runs it", d.command, d.test)
			}
			continue
		}
		script, err := os.ReadFile(filepath.Join("testdata", "script", d.test+".txtar"))
		if err != nil {
			t.Errorf("%s: %v", d.command, err)
			continue
		}
		if !scriptRuns(string(script), d.command) {
			t.Errorf("%s does not run %s", d.test, d.command)
		}
	}
}

// scriptRuns is runsCommand for a program that may be called dx.
func scriptRuns(script, command string) bool {
	if words, called := strings.CutPrefix(command, "dx "); called {
		return runsCommand(regexp.MustCompile(`\bdx\b`).ReplaceAllString(script, "dxauth"), words)
	}
	return runsCommand(script, command)
}

// goTestRuns reports whether a test of this package has the words of the command as
// arguments.
func goTestRuns(t *testing.T, d dxDifference) bool {
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		_, body, found := strings.Cut(string(source), "func "+d.test+"(")
		if !found {
			continue
		}
		body, _, _ = strings.Cut(body, "\n}\n")
		return strings.Contains(body, `"`+strings.Join(strings.Fields(d.command), `", "`)+`"`)
	}
	return false
}
