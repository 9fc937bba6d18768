package kit_test

import (
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/cli/clitest"
	"github.com/dxauth/dxauth/internal/cli/kit"
)

func TestDeadline(t *testing.T) {
	local := func(at time.Time) string { return at.Local().Format(time.DateTime) }
	soon, over := clitest.Noon().Add(90*time.Second+400*time.Millisecond), clitest.Noon()
	tests := map[string]struct {
		at   *time.Time
		want string
	}{
		"none": {nil, "never"},
		"soon": {&soon, local(soon) + " (in 1 minute 30 seconds)"},
		"over": {&over, local(over) + " (over)"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := kit.Deadline(tt.at, clitest.Noon(), "never"); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}
