package cli

import (
	"regexp"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/internal/refusal"
)

// TestHelpListsFailureNames checks that the help topic lists exactly the names
// of the failures, with their exit codes.
func TestHelpListsFailureNames(t *testing.T) {
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
