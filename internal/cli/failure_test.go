package cli

import (
	"regexp"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/internal/refusal"
)

// TestHelpListsTheNames: with their exit codes, and no others.
func TestHelpListsTheNames(t *testing.T) {
	want := map[string]int{}
	for _, code := range refusal.Codes() {
		want[code.Name()] = code.ExitCode()
	}
	got := map[string]int{}
	line := regexp.MustCompile(`(?m)^  (\d+|  ) +\S.*? ([a-z_]+)$`)
	code := 0
	for _, match := range line.FindAllStringSubmatch(helpExitCodes, -1) {
		if number, err := strconv.Atoi(match[1]); err == nil {
			code = number
		}
		if match[2] != "done" {
			got[match[2]] = code
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("names of the code (-) and of the help (+):\n%s", diff)
	}
}
