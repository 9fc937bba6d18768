package house

import (
	"fmt"
	"strings"
	"testing"
)

// maxPackageLines is the maximum size of a package without its tests, about as much as
// a reader can read in an hour.
const maxPackageLines = 3500

// maxCommandLines is the maximum size of a package of commands. A larger family must be
// split.
const maxCommandLines = 2000

func TestPackagesAreSmall(t *testing.T) {
	for _, breach := range largePackages(ourFiles(t)) {
		t.Error(breach)
	}
}

func largePackages(files []sourceFile) []string {
	var found []string
	packages := byFolder(files)
	for _, folder := range sortedKeys(packages) {
		lines := 0
		for _, file := range packages[folder] {
			lines += file.lines
		}
		if most := maxLines(folder); lines > most {
			found = append(found, fmt.Sprintf("%s: %d lines, more than %d: divide it", folder, lines, most))
		}
	}
	return found
}

func maxLines(folder string) int {
	if matches([]string{"internal/cli/..."}, folder) {
		return maxCommandLines
	}
	return maxPackageLines
}

func TestLargePackagesAreFound(t *testing.T) {
	for name, test := range map[string]struct {
		folder string
		lines  int
		want   int // breaches
	}{
		"the last allowed line":           {"internal/p", maxPackageLines, 0},
		"one line too many":               {"internal/p", maxPackageLines + 1, 1},
		"the last line of a family":       {"internal/cli/p", maxCommandLines, 0},
		"one line too many of a family":   {"internal/cli/p", maxCommandLines + 1, 1},
		"a package that only looks alike": {"internal/client", maxPackageLines, 0},
	} {
		t.Run(name, func(t *testing.T) {
			var files []sourceFile
			for i, lines := range []int{test.lines / 2, test.lines - test.lines/2} {
				file, err := parseSource(fmt.Sprintf("%s/file%d.go", test.folder, i), "package p\n"+strings.Repeat("\n", lines-1))
				if err != nil {
					t.Fatal(err)
				}
				files = append(files, file)
			}
			if found := largePackages(files); len(found) != test.want {
				t.Errorf("got %q", found)
			}
		})
	}
}
