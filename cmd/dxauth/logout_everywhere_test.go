//go:build unix

package main

import (
	"slices"
	"testing"
)

// Logging out everywhere asks for the password, and asks again as a login does.
func TestLogoutEverywhereAsksForThePassword(t *testing.T) {
	t.Parallel()
	server := newPlatform(t, "demo")
	_, env := home(t, server)
	succeed(t, env, "builder-2026\naaaaa-bbbbb\n", "login", "--username", "bob", "--password-stdin", "--noprojects")
	code, err := server.code(bobSeed)
	if err != nil {
		t.Fatal(err)
	}
	server.requests()

	p := atTerminal(t, env, "logout", "--everywhere")
	p.sees("This ends the one session of bob at 127.0.0.1")
	p.answers("Password of bob@127.0.0.1:", "wrong")
	p.sees("Incorrect password")
	p.answers("Password of bob@127.0.0.1:", "builder-2026")
	p.answers("Verification code: ", code)
	p.sees("Ended all sessions of bob at 127.0.0.1")
	p.exits(0)
	p.neverSaw("builder-2026")
	want := []string{"POST /account/listSessions", "POST /account/destroySessions", "POST /account/destroySessions", "POST /account/destroySessions"}
	if asked := server.requests(); !slices.Equal(asked, want) {
		t.Errorf("the server was asked %q, want %q", asked, want)
	}
	if got := invoke(t, env, "", "whoami"); got.code != 3 {
		t.Errorf("whoami ends with exit code %d: %s", got.code, got.stdout)
	}
}

// After three wrong passwords the session is still valid.
func TestLogoutEverywhereGivesUpAfterThreeTries(t *testing.T) {
	t.Parallel()
	_, env := home(t, newPlatform(t, "demo"))
	succeed(t, env, "wonderland-2026\n", "login", "--username", "alice", "--password-stdin", "--noprojects")
	p := atTerminal(t, env, "logout", "--everywhere")
	for range 3 {
		p.answers("Password of alice@127.0.0.1:", "wrong")
	}
	p.exits(3)
	succeed(t, env, "", "whoami")
}
