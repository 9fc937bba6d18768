//go:build unix

package main

import "testing"

// A terminal keeps what it showed, so the token is not printed there.
func TestEnvTokenAtATerminal(t *testing.T) {
	t.Parallel()
	server := newPlatform(t, "demo")
	_, env := home(t, server)
	env = append(env, "DXAUTH_STORE=plaintext")
	succeed(t, env, "wonderland-2026\n", "login", "--username", "alice", "--password-stdin", "--noprojects")
	token := tokenOf(t, env)
	p := atTerminal(t, env, "env", "--token")
	p.sees("--token does not print the token on a terminal")
	p.exits(2)
	p.neverSaw(token)
	if got := succeed(t, env, "", "env", "--token"); got != token+"\n" {
		t.Errorf("a pipe gets %d bytes, want the token and a line end", len(got))
	}
}
