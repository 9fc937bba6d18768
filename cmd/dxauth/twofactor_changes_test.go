//go:build unix

package main

import (
	"strings"
	"testing"
	"time"
)

// bobAtHome is home with bob logged in, who has a second factor.
func bobAtHome(t *testing.T, server *platform) []string {
	t.Helper()
	_, env := home(t, server)
	succeed(t, env, "builder-2026\naaaaa-bbbbb\n", "login", "--username", "bob", "--password-stdin", "--noprojects")
	return env
}

func TestDisableAtATerminal(t *testing.T) {
	t.Parallel()
	server := newPlatform(t, "demo")
	env := bobAtHome(t, server)

	p := atTerminal(t, env, "2fa", "disable")
	p.answers("Turn two-factor authentication off for bob@127.0.0.1:", "n")
	p.sees("two-factor authentication stays on")
	p.exits(130)

	p = atTerminal(t, env, "2fa", "disable")
	p.answers("Turn two-factor authentication off for bob@127.0.0.1:", "y")
	p.answers("Password of bob@127.0.0.1:", "wrong")
	p.sees("Incorrect password")
	p.answers("Password of bob@127.0.0.1:", "builder-2026")
	p.answers("Verification code: ", "12345")
	p.sees("A verification code has 6 digits; you can also use a recovery code")
	p.answers("Verification code: ", server.codeOf(t, bobSeed))
	p.sees("Two-factor authentication is off for bob@127.0.0.1:")
	p.exits(0)
	if isOn(t, env) {
		t.Error("it is on")
	}
}

// The old authenticator works until the reset is complete, and no longer.
func TestReset(t *testing.T) {
	t.Parallel()
	server := newPlatform(t, "demo")
	env := bobAtHome(t, server)
	bob := []string{"login", "--username", "bob", "--password-stdin", "--noprojects"}

	p := atTerminal(t, env, "2fa", "reset")
	p.answers("Password of bob@127.0.0.1:", "builder-2026")
	p.answers("Verification code: ", server.codeOf(t, bobSeed))
	p.sees("Scan this with an authenticator app")
	p.sees("Verification code: ")
	p.types("\x03")
	p.sees("Nothing has changed: your current authenticator still works")
	p.exits(130)
	server.advance(time.Minute)
	_, elsewhere := home(t, server)
	succeed(t, elsewhere, "builder-2026\n"+server.codeOf(t, bobSeed)+"\n", bob...)

	server.advance(time.Minute)
	p = atTerminal(t, env, "2fa", "reset")
	p.answers("Password of bob@127.0.0.1:", "builder-2026")
	p.answers("Verification code: ", server.codeOf(t, bobSeed))
	p.sees("Scan this with an authenticator app")
	p.sees("Verification code: ")
	p.types(server.codeOf(t, p.key()) + "\r")
	p.sees("Type one of the codes")
	code := shownCode.FindString(p.everything())
	p.types(code + "\r")
	p.sees("Two-factor authentication is on for bob@127.0.0.1:")
	p.answers("Clear the screen", "")
	p.exits(0)

	server.advance(time.Minute)
	if got := invoke(t, elsewhere, "builder-2026\n"+server.codeOf(t, bobSeed)+"\n", bob...); got.code != 3 {
		t.Errorf("with the old authenticator: exit code %d, %s", got.code, got.stderr)
	}
	if got := invoke(t, elsewhere, "builder-2026\nccccc-ddddd\n", bob...); got.code != 3 {
		t.Errorf("with an old recovery code: exit code %d, %s", got.code, got.stderr)
	}
	succeed(t, elsewhere, "builder-2026\n"+server.codeOf(t, p.key())+"\n", bob...)
}

func TestNewRecoveryCodesAtATerminal(t *testing.T) {
	t.Parallel()
	server := newPlatform(t, "demo")
	env := bobAtHome(t, server)

	p := atTerminal(t, env, "2fa", "recovery-codes", "--new")
	p.answers("Replace the recovery codes of bob@127.0.0.1:", "n")
	p.exits(130)

	p = atTerminal(t, env, "2fa", "recovery-codes", "--new")
	p.answers("Replace the recovery codes of bob@127.0.0.1:", "y")
	p.answers("Password of bob@127.0.0.1:", "builder-2026")
	p.answers("Verification code: ", server.codeOf(t, bobSeed))
	p.sees("Recovery codes. Each one logs you in once")
	p.sees("\r\n  10  ") // numbered as at the enrollment
	p.sees("Your old recovery codes no longer work")
	p.exits(0)
	codes := shownCode.FindAllString(p.everything(), -1)
	if len(codes) != 10 {
		t.Fatalf("%d codes are shown", len(codes))
	}
	_, elsewhere := home(t, server)
	succeed(t, elsewhere, "builder-2026\n"+codes[9]+"\n", "login", "--username", "bob", "--password-stdin", "--noprojects")
}

func TestPasswordAtATerminal(t *testing.T) {
	t.Parallel()
	server := newPlatform(t, "demo")
	env := bobAtHome(t, server)

	p := atTerminal(t, env, "account", "password")
	p.answers("Current password: ", "builder-2026")
	p.answers("New password: ", "short")
	p.sees("The password must have at least 8 characters")
	p.answers("New password: ", "builder-2026")
	p.sees("This is your current password")
	p.answers("New password: ", "bob@example.org")
	p.sees("The password must not be your name")
	p.answers("New password: ", "kayak harp tundra")
	p.sees("Strength: fair, 2 of 4")
	p.answers("The new password again: ", "kayak harp tundrA")
	p.sees("The passwords do not match")
	p.answers("New password: ", "password123")
	p.sees("Strength: weak, 1 of 4")
	p.answers("The new password again: ", "password123")
	p.sees("This password is too common")
	p.answers("New password: ", "kayak harp tundra")
	p.answers("The new password again: ", "kayak harp tundra")
	p.answers("Verification code: ", server.codeOf(t, bobSeed))
	p.sees("The password of bob@127.0.0.1:")
	p.exits(0)
	for _, secret := range []string{"builder-2026", "kayak harp tundra", "password123"} {
		p.neverSaw(secret)
	}
	_, elsewhere := home(t, server)
	succeed(t, elsewhere, "kayak harp tundra\nccccc-ddddd\n", "login", "--username", "bob", "--password-stdin", "--noprojects")
}

// The command asks for the password if the last sign-in is not recent enough.
func TestAccountEmailAsksForThePassword(t *testing.T) {
	t.Parallel()
	server := newPlatform(t, "demo")
	env := aliceAtHome(t, server)
	server.advance(10 * time.Minute)

	p := atTerminal(t, env, "account", "email", "alice@lab.example.org")
	p.answers("Password of alice@127.0.0.1:", "wonderland-2026")
	p.sees("The e-mail address of alice@127.0.0.1:")
	p.exits(0)
	if got := succeed(t, env, "", "--json", "account", "show"); !strings.Contains(got, `"alice@lab.example.org"`) {
		t.Errorf("account show prints %s", got)
	}
	p = atTerminal(t, env, "account", "email", "alice@example.org")
	p.sees("Password of alice@127.0.0.1:")
	p.types("\x03")
	p.exits(130)
	if got := succeed(t, env, "", "--json", "account", "show"); !strings.Contains(got, `"alice@lab.example.org"`) {
		t.Errorf("after Ctrl-C account show prints %s", got)
	}
}
