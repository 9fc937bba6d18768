//go:build unix

package main

import (
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// If the server requires two-factor authentication, the login sets it up.
func TestLoginSetsUpARequiredSecondFactor(t *testing.T) {
	t.Parallel()
	server := newPlatform(t, "demo", enforced)
	_, env := home(t, server)

	p := atTerminal(t, env, "login", "--noprojects")
	p.answers("Username: ", "alice")
	p.answers("Password: ", "wonderland-2026")
	p.sees("requires two-factor authentication. Set it up now")
	p.sees("Verification code: ")
	p.types(server.codeOf(t, p.key()) + "\r")
	p.sees("Type one of the codes to confirm that you saved them: ")
	code := shownCode.FindString(p.everything())
	p.types(code + "\r")
	p.sees("Two-factor authentication is on for alice")
	p.sees("You are now logged in to")
	p.answers("Clear the screen and scrollback? [y/N] ", "")
	p.exits(0)
	if got := succeed(t, env, "", "whoami"); got != "alice\n" {
		t.Errorf("whoami prints %q", got)
	}
	if !isOn(t, env) {
		t.Error("it is off")
	}
	wantInWith(t, server, "wonderland-2026\n"+code+"\n")
}

// An interrupted setup leaves nothing, and the next login starts it again.
func TestLoginInterruptedDuringSetup(t *testing.T) {
	t.Parallel()
	server := newPlatform(t, "demo", enforced)
	root, env := home(t, server)

	p := atTerminal(t, env, "login", "--username", "alice", "--noprojects")
	p.answers("Password: ", "wonderland-2026")
	p.sees("Verification code: ")
	p.types(server.codeOf(t, p.key()) + "\r")
	p.sees("Type one of the codes")
	p.types("\x03")
	p.sees("Nothing has changed: you are not logged in, and two-factor authentication is off")
	p.exits(130)
	wantNothingStored(t, root)

	p = atTerminal(t, env, "login", "--username", "alice", "--noprojects")
	p.answers("Password: ", "wonderland-2026")
	p.sees("Set it up now")
}

// If the program is killed during the last request, the second factor is off or
// on, and in both cases the user can log in.
func TestEnrollmentKilledDuringTheLastRequest(t *testing.T) {
	t.Parallel()
	for _, when := range []string{"before the call is served", "before it is answered"} {
		t.Run(when, func(t *testing.T) {
			t.Parallel()
			server := newPlatform(t, "demo")
			env := aliceAtHome(t, server)
			held := server.pauseAt(dnanexus.RouteTwoFactorActivate)
			p := atTerminal(t, env, "2fa", "enable")
			for _, step := range steps[:4] {
				step.to(p, server)
			}
			code := shownCode.FindString(p.everything())
			p.types(code + "\r")
			held.served.waitFor(t)
			if when == "before the call is served" {
				p.kills()
				p.sees("[exit code 137]")
			}
			close(held.served.released)
			held.answered.waitFor(t)
			if when == "before it is answered" {
				p.kills()
				p.sees("[exit code 137]")
			}
			close(held.answered.released)

			on := isOn(t, env)
			if !on && when == "before it is answered" {
				t.Error("it is off")
			}
			if !on {
				wantInWith(t, server, "wonderland-2026\n")
				return
			}
			wantInWith(t, server, "wonderland-2026\n"+strings.ToUpper(code)+"\n")
			server.advance(time.Minute)
			wantInWith(t, server, "wonderland-2026\n"+server.codeOf(t, p.key())+"\n")
		})
	}
}
