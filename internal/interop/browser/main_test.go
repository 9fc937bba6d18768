// Package browser tests the pages of the server in Chromium.
//
// The tests promise that a user can go through the pages with a mouse and a keyboard, with
// scripts and without; that another program reads the QR code from a picture of the page,
// and another one computes the codes; that what is made on a page works in the command;
// and that axe-core finds no violation on any page that they see.
//
// They test the program itself, built from the root of the repository. The package is
// a separate module, so that the client and its dependencies stay out of the module of
// the program. With DXAUTH_SCREENSHOTS they write pictures into that folder.
package browser

import (
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/dxauth/dxauth/internal/testprogram"
)

// program is the path of the dxauth under test, chromium that of the browser, and axe the
// source of axe-core, set by TestMain.
var program, chromium, axe string

// TestMain builds the program, reads axe-core, and runs the tests.
func TestMain(m *testing.M) { os.Exit(findAndRun(m)) }

func findAndRun(m *testing.M) int {
	source, err := os.ReadFile("node_modules/axe-core/axe.min.js")
	if err != nil {
		fmt.Fprintln(os.Stderr, "axe-core is missing: run npm ci --ignore-scripts in internal/interop/browser:", err)
		return 1
	}
	axe = string(source)
	if chromium, err = exec.LookPath("chromium"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return testprogram.Run(m, &program)
}
