package cli

import (
	"testing"
)

func TestProgramName(t *testing.T) {
	for invoked, want := range map[string]string{
		"dxauth": "dxauth", "/usr/bin/dxauth": "dxauth", "./dxauth.exe": "dxauth",
		"dx": "dx", "/home/alice/bin/dx": "dx", "dx.exe": "dx",
		"": "dxauth", "cli.test": "dxauth", "dx2": "dxauth", "/opt/dx/dxauth": "dxauth",
	} {
		if got := ProgramName(invoked); got != want {
			t.Errorf("ProgramName(%q) = %q, want %q", invoked, got, want)
		}
	}
}
