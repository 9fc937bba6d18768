//go:build unix

package main

import (
	"strings"
	"testing"
)

// A prompt says what it wants, and why a user who is logged in is asked again.
func TestPromptsSayWhatTheyWant(t *testing.T) {
	t.Parallel()
	server := newPlatform(t, "demo")
	_, env := home(t, server)

	p := atTerminal(t, env, "login", "--noprojects")
	p.answers("Username: ", "alice")
	p.answers("Password: ", "wonderland-2026")
	p.sees("You are now logged in to")
	p.exits(0)

	p = atTerminal(t, env, "2fa", "enable")
	p.sees("This changes who can use your account, so confirm that it is you")
	p.answers("Password of ", "wrong")
	p.sees("Incorrect password")
	p.answers("Password of ", "wonderland-2026")
	p.sees("Google Authenticator")
	p.sees("Give it the key below, then type the code that it shows")
	p.sees("Verification code: ")
	p.types("\x03")
	p.exits(130)
	if count := strings.Count(p.everything(), "so confirm that it is you"); count != 1 {
		t.Errorf("the reason was shown %d times", count)
	}
}
