package house

import (
	"fmt"
	"strings"
	"testing"
)

// maxPackageLines bounds what a package holds, without its tests: more than that
// nobody reads in an hour.
const maxPackageLines = 3500

// undivided are the packages that are still to be divided.
var undivided = []string{"internal/cli"}

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
		if lines > maxPackageLines && !matches(undivided, folder) {
			found = append(found, fmt.Sprintf("%s: %d lines, more than %d: divide it", folder, lines, maxPackageLines))
		}
	}
	return found
}

func TestLargePackagesAreFound(t *testing.T) {
	half := strings.Repeat("\n", maxPackageLines/2-1)
	for name, test := range map[string]struct {
		more string // lines in a second file
		want int    // breaches
	}{
		"the last allowed line": {half, 0},
		"one line too many":     {half + "\n", 1},
	} {
		t.Run(name, func(t *testing.T) {
			var files []sourceFile
			for i, text := range []string{half, test.more} {
				file, err := parseSource(fmt.Sprintf("internal/p/file%d.go", i), "package p\n"+text)
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
