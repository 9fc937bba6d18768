//go:build unix

package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

const bobSeed = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"

// home returns the environment of a user of a platform, and the folder with the
// user's files.
func home(t *testing.T, p *platform) (root string, env []string) {
	t.Helper()
	root = t.TempDir()
	return root, append(privateEnv(root), "PATH="+os.Getenv("PATH"), "DXAUTH_SERVER="+p.URL)
}

// wantNothingStored checks that no account and no credential is stored.
func wantNothingStored(t *testing.T, root string) {
	t.Helper()
	for _, path := range []string{plainStore(root), filepath.Join(root, "state", "accounts.json")} {
		if content, err := os.ReadFile(path); !os.IsNotExist(err) {
			t.Errorf("%s exists (%v): %s", path, err, content)
		}
	}
}

func TestLoginAsksAgainAfterAWrongPassword(t *testing.T) {
	t.Parallel()
	_, env := home(t, newPlatform(t, "demo"))

	p := atTerminal(t, env, "login", "--noprojects")
	p.sees("Acquiring credentials from http://127.0.0.1:")
	p.answers("Username: ", "alice")
	p.sees("Password: ")
	p.wantEcho(false)
	p.types("through-the-looking-glass\r")
	p.sees("Incorrect username and/or password")
	p.answers("Username [alice]: ", "")
	p.answers("Password: ", "wonderland-2026")
	p.sees("You are now logged in to")
	p.exits(0)
	p.neverSaw("wonderland-2026")
	p.neverSaw("through-the-looking-glass")

	if got := succeed(t, env, "", "whoami"); got != "alice\n" {
		t.Errorf("whoami prints %q", got)
	}
}

func TestLoginGivesUpAfterThreeTries(t *testing.T) {
	t.Parallel()
	server := newPlatform(t, "demo")
	root, env := home(t, server)

	p := atTerminal(t, env, "login")
	p.answers("Username: ", "alice")
	p.answers("Password: ", "wrong-1")
	p.answers("Username [alice]: ", "")
	p.answers("Password: ", "wrong-2")
	p.answers("Username [alice]: ", "")
	p.answers("Password: ", "wrong-3")
	p.sees("Incorrect username and/or password")
	p.exits(3)
	wantNothingStored(t, root)
	if asked := server.requests(); len(asked) != 3 {
		t.Errorf("the server was asked %q, want three tries", asked)
	}
}

// The default user name is that of the last successful login.
func TestLoginOffersTheLastUser(t *testing.T) {
	t.Parallel()
	_, env := home(t, newPlatform(t, "demo"))

	p := atTerminal(t, env, "login")
	p.answers("Username: ", "carol")
	p.sees("Password: ")
	p.types("\x03")
	p.exits(130)

	p = atTerminal(t, env, "login", "--noprojects")
	p.answers("Username: ", "alice")
	p.answers("Password: ", "wonderland-2026")
	p.exits(0)
	succeed(t, env, "", "logout")

	p = atTerminal(t, env, "login", "--noprojects")
	p.answers("Username [alice]: ", "")
	p.answers("Password: ", "wonderland-2026")
	p.exits(0)
}

// As with dx, a variable can set the default user name.
func TestLoginOffersTheUserOfTheEnvironment(t *testing.T) {
	t.Parallel()
	_, env := home(t, newPlatform(t, "demo"))

	p := atTerminal(t, append(env, "DX_USERNAME=alice"), "login", "--noprojects")
	p.answers("Username [alice]: ", "carol")
	p.answers("Password: ", "singer-2026")
	p.exits(0)
	if got := succeed(t, env, "", "whoami"); got != "carol\n" {
		t.Errorf("whoami prints %q", got)
	}
}

func TestLoginAsksForACode(t *testing.T) {
	t.Parallel()
	server := newPlatform(t, "demo")
	_, env := home(t, server)
	code, err := server.code(bobSeed)
	if err != nil {
		t.Fatal(err)
	}

	p := atTerminal(t, env, "login", "--noprojects")
	p.answers("Username: ", "bob")
	p.answers("Password: ", "builder-2026")
	p.answers("Verification code: ", "000000")
	p.sees("Incorrect verification code")
	p.answers("Verification code: ", code)
	p.sees("You are now logged in")
	p.exits(0)
	want := []string{"POST /system/newAuthToken", "POST /system/newAuthToken", "POST /system/newAuthToken", "POST /system/greet"}
	if asked := server.requests(); !slices.Equal(asked, want) {
		t.Errorf("the server was asked %q, want %q", asked, want)
	}
}

// --token - says that standard input is data, so the menu may be shown at the
// terminal.
func TestTokenFromAPipeAtATerminal(t *testing.T) {
	t.Parallel()
	server := newPlatform(t, "demo")
	root, env := home(t, server)
	succeed(t, env, "wonderland-2026\n", "login", "--username", "alice", "--password-stdin", "--noprojects")
	content, err := os.ReadFile(plainStore(root))
	if err != nil {
		t.Fatal(err)
	}
	token, err := storedToken(string(content))
	if err != nil {
		t.Fatal(err)
	}

	_, elsewhere := home(t, server)
	p := withInput(t, token+"\n", elsewhere, "login", "--token", "-")
	p.answers("Pick a numbered choice", "0")
	p.sees("Setting current project to: ")
	p.exits(0)
	p.neverSaw(token)
}

// Standard input that is neither a terminal nor read as data means a script: the
// program doesn't prompt, although there is a terminal.
func TestLoginWithoutInputAsksNothing(t *testing.T) {
	t.Parallel()
	server := newPlatform(t, "demo")
	root, env := home(t, server)

	p := withInput(t, "", env, "login")
	p.sees("standard input is not a terminal")
	p.exits(2)
	p.neverSaw("Username:")
	wantNothingStored(t, root)

	p = withInput(t, "", append(env, "CI=1"), "login", "--token", "-")
	p.sees("standard input has no token")
	p.exits(2)
}

// Colour needs a terminal that supports it, and no NO_COLOR.
func TestColour(t *testing.T) {
	t.Parallel()
	const plain, colored = "warning: DX_API_TOKEN is set", "\x1b[35mwarning:\x1b[0m DX_API_TOKEN is set"
	tests := []struct {
		name     string
		variable string
		want     string
	}{
		{"a terminal", "TERM=xterm", colored},
		{"NO_COLOR", "NO_COLOR=1", plain},
		{"a dumb terminal", "TERM=dumb", plain},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, env := home(t, &platform{URL: "http://127.0.0.1:1"})
			p := atTerminal(t, append(env, "DX_API_TOKEN=some-token", tt.variable), "logout", "--all")
			p.sees(tt.want)
			p.exits(0)
		})
	}
}
