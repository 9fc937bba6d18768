// Package dxda tests dxauth with an independent client: the Go client of DNAnexus, in
// the version that the download agent dxda ships with.
//
// The tests promise that this client, unchanged, finds the reference server through
// the environment that dxauth sets, and understands its responses.
//
// They test the program itself, built from the root of the repository. The client and
// its dependencies are those of the module internal/interop alone.
package dxda

import (
	"os"
	"testing"

	"github.com/dxauth/dxauth/internal/testprogram"
)

// program is the path of the dxauth under test, set by TestMain.
var program string

// TestMain builds the program and runs the tests. Inside a sandbox, the test binary
// runs as the client instead.
func TestMain(m *testing.M) {
	if os.Getenv(clientVariable) != "" {
		os.Exit(runClient(os.Args[1:]))
	}
	os.Exit(testprogram.Run(m, &program))
}
