//go:build unix

package main

import (
	"os"
	"path/filepath"
	"testing"
)

// The command asks for what is missing, and again after invalid input. It shows
// neither the code nor the password.
func TestBootstrapAsks(t *testing.T) {
	t.Parallel()
	empty := filepath.Join(t.TempDir(), "empty.yaml")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	server := newPlatform(t, empty)
	invitation, needed, err := server.invite()
	if err != nil || !needed {
		t.Fatalf("no code: %v, %v", needed, err)
	}
	root, env := home(t, server)

	p := atTerminal(t, env, "admin", "bootstrap")
	p.answers("Username: ", "")
	p.answers("Username: ", "ada-1")
	p.sees("A user name has 3 to 255 letters")
	p.answers("Username: ", "ada")
	p.answers("E-mail address: ", "ada")
	p.sees(`"ada" is not a valid e-mail address`)
	p.answers("E-mail address: ", "ada@example.org")
	p.answers("First name: ", "Ada")
	p.sees("Code: ")
	p.wantEcho(false)
	p.types("gbpn-nttc\r")
	p.answers("New password: ", "short")
	p.sees("The password must have at least 8 characters")
	p.answers("New password: ", "lovelace engine 1843")
	p.answers("The new password again: ", "lovelace engine 1844")
	p.sees("The passwords do not match")
	p.answers("New password: ", "lovelace engine 1843")
	p.answers("The new password again: ", "lovelace engine 1843")
	p.sees("Invalid code")
	p.answers("Code: ", invitation.Code.Reveal())
	p.sees("ada is now the administrator")
	p.exits(0)
	p.neverSaw(invitation.Code.Reveal())
	p.neverSaw("lovelace engine")
	wantNothingStored(t, root)
	succeed(t, env, "lovelace engine 1843\n", "login", "--username", "ada", "--password-stdin", "--noprojects")
}

// Ctrl-C at the password prompt does not use up the code.
func TestActivateIsInterrupted(t *testing.T) {
	t.Parallel()
	server := newPlatform(t, "demo")
	_, env := home(t, server)
	succeed(t, env, "admin-2026\n", "login", "--username", "admin", "--password-stdin", "--noprojects")
	code := succeed(t, env, "", "admin", "user", "add", "erin", "--email", "erin@example.org", "--first", "Erin")

	p := atTerminal(t, env, "account", "activate")
	p.answers("Code: ", code[:len(code)-1])
	p.sees("New password: ")
	p.types("\x03")
	p.exits(130)
	succeed(t, env, code+"correct horse 2026\n", "account", "activate", "--code-stdin")
}
