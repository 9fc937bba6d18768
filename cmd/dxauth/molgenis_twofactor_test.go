//go:build unix

package main

import (
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver"
)

// classic makes the server say that it is a classic MOLGENIS.
func classic(config *refserver.Config) { config.Type = refserver.TypeMOLGENIS }

// takesCode types the code for the key on the screen, then one of the recovery
// codes, which it returns.
func takesCode(p *person, server *platform) (recoveryCode string) {
	p.t.Helper()
	p.sees("type the key into it:")
	p.sees("Verification code: ")
	p.types(server.codeOf(p.t, p.key()) + "\r")
	p.sees("Type one of the codes to confirm that you saved them: ")
	recoveryCode = shownCode.FindString(p.everything())
	p.types(recoveryCode + "\r")
	return recoveryCode
}

// On the classic MOLGENIS a second factor is turned on through the forms of the
// web page.
func TestEnableOnMOLGENIS(t *testing.T) {
	t.Parallel()
	server := newPlatform(t, "demo", classic)
	env := aliceAtHome(t, server)
	p := atTerminal(t, env, "2fa", "enable")
	p.answers("Password of alice@127.0.0.1:", "wonderland-2026")
	code := takesCode(p, server)
	p.sees("Two-factor authentication is on for alice@127.0.0.1:")
	p.answers("Clear the screen", "")
	p.exits(0)
	p.neverSaw("wonderland-2026")
	if got := invoke(t, env, "", "whoami"); got.code != 0 {
		t.Errorf("afterwards: exit code %d, %s", got.code, got.stderr)
	}

	_, elsewhere := home(t, server)
	alone := invoke(t, elsewhere, "wonderland-2026\n", "login", "--username", "alice", "--password-stdin")
	if alone.code != 2 || !strings.Contains(alone.stderr, "asks for a verification code") {
		t.Errorf("by the password alone: exit code %d, %s", alone.code, alone.stderr)
	}
	wantInWith(t, server, "wonderland-2026\n"+code+"\n")
	server.advance(time.Minute)
	wantInWith(t, server, "wonderland-2026\n"+server.codeOf(t, p.key())+"\n")
}

// If it is interrupted there, the second factor is off.
func TestEnableOnMOLGENISInterrupted(t *testing.T) {
	t.Parallel()
	server := newPlatform(t, "demo", classic)
	env := aliceAtHome(t, server)
	p := atTerminal(t, env, "2fa", "enable")
	p.answers("Password of alice@127.0.0.1:", "wonderland-2026")
	p.sees("Verification code: ")
	p.types("\x03")
	p.sees("Two-factor authentication is off now")
	p.exits(130)
	if isOn(t, env) {
		t.Error("it is on")
	}
	wantInWith(t, server, "wonderland-2026\n")
}

// If the server requires it, the login sets it up.
func TestLoginOnMOLGENISSetsUpARequiredSecondFactor(t *testing.T) {
	t.Parallel()
	server := newPlatform(t, "demo", classic, enforced)
	_, env := home(t, server)
	p := atTerminal(t, env, "login")
	p.answers("Username: ", "alice")
	p.answers("Password: ", "wonderland-2026")
	p.sees("requires two-factor authentication. Set it up now")
	code := takesCode(p, server)
	p.sees("You are now logged in to")
	p.answers("Clear the screen", "")
	p.exits(0)
	if got := succeed(t, env, "", "whoami"); got != "alice\n" {
		t.Errorf("whoami prints %q", got)
	}
	wantInWith(t, server, "wonderland-2026\n"+code+"\n")
}

// Another authenticator: the platform has one key for an account.
func TestResetOnMOLGENIS(t *testing.T) {
	t.Parallel()
	server := newPlatform(t, "demo", classic)
	_, env := home(t, server)
	login := []string{"login", "--username", "bob", "--password-stdin"}
	succeed(t, env, "builder-2026\n"+server.codeOf(t, bobSeed)+"\n", login...)
	server.advance(time.Minute)
	p := atTerminal(t, env, "2fa", "reset")
	p.answers("Password of bob@127.0.0.1:", "builder-2026")
	takesCode(p, server)
	p.sees("Two-factor authentication is on for bob@127.0.0.1:")
	p.answers("Clear the screen", "")
	p.exits(0)

	server.advance(time.Minute)
	_, elsewhere := home(t, server)
	if got := invoke(t, elsewhere, "builder-2026\n"+server.codeOf(t, bobSeed)+"\n", login...); got.code != 3 {
		t.Errorf("with the old authenticator: exit code %d, %s", got.code, got.stderr)
	}
	succeed(t, elsewhere, "builder-2026\n"+server.codeOf(t, p.key())+"\n", login...)
}
