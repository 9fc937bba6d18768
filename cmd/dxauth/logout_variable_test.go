//go:build unix

package main

import "testing"

// At a terminal, logout asks before it ends an API token of a variable; after a no
// the token is still valid. With --quiet the question still has its explanation.
func TestLogoutAsksForTheTokenOfAVariable(t *testing.T) {
	t.Parallel()
	server := newPlatform(t, "demo")
	_, env := home(t, server)
	const token = "0123456789abcdefghijABCDEFGHIJ01"
	env = append(env, "DXAUTH_TOKEN="+token)

	for _, tt := range []struct {
		answer string
		code   int
		status int // of a request with the token afterwards
	}{
		{"n", 130, 200},
		{"y", 0, 401},
	} {
		p := atTerminal(t, env, "logout", "--quiet")
		p.sees("may be in use by others")
		p.answers("Invalidate the token of alice@", tt.answer)
		p.exits(tt.code)
		if status, err := server.status(token); err != nil || status != tt.status {
			t.Errorf("after the answer %s the server answers %d (%v), want %d", tt.answer, status, err, tt.status)
		}
	}
}
