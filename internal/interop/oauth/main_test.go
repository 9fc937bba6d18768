// Package oauth tests the authorization server with an independent client: the OAuth 2.0
// package of the Go project.
//
// The tests promise that this client, unchanged and knowing no more than the metadata of
// the server, gets a session by a code with a proof key, and one by the code of a device.
//
// They test the program itself, built from the root of the repository. The package is
// a separate module, so that the client stays out of what the program is built from.
package oauth

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// root is the module that the tests build.
const root = "../../.."

// program is the path of the dxauth under test, set by TestMain.
var program string

// TestMain builds the program and runs the tests.
func TestMain(m *testing.M) { os.Exit(buildAndRun(m)) }

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "dxauth-interop-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	program = filepath.Join(dir, "dxauth")
	build := exec.Command("go", "build", "-o", program, "./cmd/dxauth")
	build.Dir = root
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "build dxauth:", err)
		return 1
	}
	return m.Run()
}
