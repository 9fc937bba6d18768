// Package dxda tries dxauth with a client that its authors did not write: the
// Go client of DNAnexus, in the version that its download agent ships with. The
// tests promise that this client, unchanged, finds its way from the environment
// that dxauth gives to the platform that dxauth serves, and understands what is
// answered there.
//
// What is tested is the program itself, built from the root of the repository.
// The package is a module of its own, so that the client and all that it needs
// stay out of the program's module.
package dxda

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// root is the module that the tests build.
const root = "../../.."

// program is the dxauth under test, set once by TestMain.
var program string

// TestMain builds the program and runs the tests; started again inside a
// sandbox, the test binary is the client instead.
func TestMain(m *testing.M) {
	if os.Getenv(clientVariable) != "" {
		os.Exit(runClient(os.Args[1:]))
	}
	os.Exit(buildAndRun(m))
}

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
