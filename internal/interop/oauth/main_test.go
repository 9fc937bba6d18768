// Package oauth tests the authorization server with an independent client: the OAuth 2.0
// package of the Go project.
//
// The tests promise that this client, unchanged and knowing no more than the metadata of
// the server, gets a session by a code with a proof key, and one by the code of a device.
//
// They test the program itself, built from the root of the repository. The client is a
// dependency of the module internal/interop alone.
package oauth

import (
	"os"
	"testing"

	"github.com/dxauth/dxauth/internal/testprogram"
)

// program is the path of the dxauth under test, set by TestMain.
var program string

// TestMain builds the program and runs the tests.
func TestMain(m *testing.M) { os.Exit(testprogram.Run(m, &program)) }
