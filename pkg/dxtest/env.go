package dxtest

import (
	"strings"

	"github.com/dxauth/dxauth/internal/refserver/clientenv"
)

// Env returns the environment of a child process that uses this server, made of
// a given one:
//
//	cmd := exec.Command("./backup.sh")
//	cmd.Env = srv.Env(os.Environ())
//
// dxauth, dx and whatever else reads their variables find the server, keep
// sessions and settings in folders that are gone after the test, and leave the
// keyring alone. Variables that would lead outside are dropped: tokens, other
// servers, projects and user names. No proxy is used for the server. All calls
// for one server name the same folders, so that one process signs in for the
// next.
func (s *Server) Env(base []string) []string {
	env, err := clientenv.For(base, strings.TrimPrefix(s.URL, "http://"), s.folder, nil)
	if err != nil {
		s.t.Fatalf("dxtest: somebody changed Server.URL: %v", err)
	}
	return env
}
