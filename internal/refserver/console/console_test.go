package console_test

import (
	"net/http"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver"
	"github.com/dxauth/dxauth/internal/refserver/testpages"
)

// start starts a server for a test.
func start(t *testing.T, options ...func(*refserver.Config)) *testpages.Server {
	t.Helper()
	t.Parallel()
	return testpages.Open(t, testpages.World, options...)
}

// The start page needs a session, and says whose it is.
func TestHome(t *testing.T) {
	s := start(t)
	s.Browser().Get("/").LeadsTo("/console/").Follow().LeadsTo("/console/sign-in?next=%2Fconsole%2F")
	s.Browser().Get("/console").LeadsTo("/console/")
	s.SignedIn("alice").Get("/console/").Is(http.StatusOK).Has("Alice Liddell")
}
