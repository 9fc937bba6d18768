// Package sso tests single sign-on with OpenID providers that others wrote: the example
// provider of zitadel/oidc, with its own sign-in page, and mockoidc, which answers as a
// test says. With the build tag "dex" it also tests with Dex, as "make dex" does.
//
// The tests promise that a user goes from "dxauth login --sso" through the pages of the
// server and of the provider to a session, by pages, forms and redirects alone.
//
// They test the program itself, built from the root of the repository. The providers
// and their dependencies are those of the module internal/interop alone.
package sso

import (
	"os"
	"testing"

	"github.com/dxauth/dxauth/internal/testprogram"
)

// program is the path of the dxauth under test, set by TestMain.
var program string

// TestMain builds the program and runs the tests. As BROWSER of the program, the test
// binary is the browser of a person instead.
func TestMain(m *testing.M) {
	if os.Getenv(personVariable) != "" {
		os.Exit(browse(os.Args[len(os.Args)-1]))
	}
	os.Exit(testprogram.Run(m, &program))
}
