package main

import (
	"os/exec"
	"strings"
	"testing"
)

// TestManualKeepsLines checks what a reader of the page sees.
func TestManualKeepsLines(t *testing.T) {
	show := exec.Command("groff", "-man", "-Tascii", "-P-cbou", "-ww")
	show.Stdin = strings.NewReader(manual(example()))
	output, err := show.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	for _, want := range []string{
		"       dxauth-show - Show what there is\n",
		"         {\n           \"id\": \"a\\nb\",\n\n           \"rows\": [1, 2]\n         }\n",
		"       .profile is not read, and 'quotes' stay:\n\n         DXAUTH_TYPE   a type\n\n       After the lines.\n",
		"       -o, --out FILE\n              write to this FILE\n",
		"       --color WHEN\n              WHEN to use colour (default auto)\n",
		"       -h, --help\n",
		"         dxauth show '~'\n",
		"dxauth-options(7)",
	} {
		if !strings.Contains(string(output), want) {
			t.Errorf("the page shows no %q:\n%s", want, output)
		}
	}
	if strings.Contains(string(output), "warning") {
		t.Errorf("groff warns:\n%s", output)
	}
}
