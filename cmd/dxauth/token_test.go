//go:build unix

package main

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

const tokenLab = `
users:
  - {username: alice, password: wonderland-2026}
  - {username: bob, password: builder-2026, totp_secret: ` + bobSeed + `}
orgs:
  - {handle: clinic, name: Clinic, admins: [alice], phiFeaturesEnabled: true}
projects:
  - {name: Patients, createdBy: alice, billTo: org-clinic, permissions: {alice: ADMINISTER}, containsPHI: true}
  - {name: Twin, createdBy: alice, permissions: {alice: VIEW}}
  - {name: Twin, createdBy: alice, permissions: {alice: VIEW}}
tokens:
  - {user: alice, value: token-ci, label: ci, expires: 2d}
  - {user: alice, value: token-nightly, label: nightly, expires: 30d}
`

// scopedLab is tokenLab with a token that names a project billed to the org.
var scopedLab = strings.Replace(tokenLab, "label: nightly, expires: 30d", "label: nightly, expires: 30d, scope: {projects: {Patients: CONTRIBUTE}}", 1)

// tokenHome is home with a user logged in.
func tokenHome(t *testing.T, server *platform, user, input string) (root string, env []string) {
	t.Helper()
	root, env = home(t, server)
	succeed(t, env, input, "login", "--username", user, "--password-stdin", "--noprojects")
	return root, env
}

// At a terminal the command describes the token, and prints it last.
func TestTokenNewAtATerminal(t *testing.T) {
	t.Parallel()
	_, env := tokenHome(t, newPlatform(t, writeFixture(t, tokenLab)), "alice", "wonderland-2026\n")
	p := atTerminal(t, env, "token", "new", "laptop", "--expires", "30d")
	p.sees("Made the token 'laptop' (")
	p.sees("of alice at 127.0.0.1:")
	p.sees("(in 30 days)")
	p.sees("It reaches everything\r\n")
	p.sees("it can do everything that you can; limit it with --project or --level")
	p.sees("it reaches the data of PHI projects: Patients; use --no-phi to exclude them")
	p.sees("Anyone who has it can act as you within its scope. It is not shown again.\r\n")
	p.exits(0)
	if !regexp.MustCompile(`shown again\.\r\n[0-9A-Za-z]{32}\r\n`).MatchString(p.everything()) {
		t.Errorf("the token is not alone on the next line; the screen:\n%s", p.everything())
	}
}

// Without flags the command asks what the token is to be, and says what it reaches.
func TestTokenNewAsksWhatItIsToBe(t *testing.T) {
	t.Parallel()
	_, env := tokenHome(t, newPlatform(t, writeFixture(t, tokenLab)), "alice", "wonderland-2026\n")
	p := atTerminal(t, env, "token", "new")
	p.answers("Name of the token [none]: ", "laptop")
	p.sees("dxauth projects lists yours")
	p.answers("Project, by ID or name [all]: ", "Nothing")
	p.sees(`No project is named "Nothing"`)
	p.answers("Project, by ID or name [all]: ", "Patients=OWNER")
	p.sees("must be VIEW, UPLOAD, CONTRIBUTE or ADMINISTER\r\n")
	p.answers("Project, by ID or name [all]: ", "Patients")
	p.answers("Another project [no more]: ", "")
	p.answers("Level: VIEW, UPLOAD, CONTRIBUTE or ADMINISTER [VIEW]: ", "OWNER")
	p.sees("OWNER is not one of the levels")
	p.answers("Level: VIEW, UPLOAD, CONTRIBUTE or ADMINISTER [VIEW]: ", "")
	p.answers("Ends after or on, like 90d or 2027-01-31 [30d]: ", "30")
	p.sees(`a number needs a unit: 30s, 30m, 30h or 30d`)
	p.answers("Ends after or on, like 90d or 2027-01-31 [30d]: ", "2h30m")
	p.sees("The token reaches Patients=VIEW")
	p.answers("Make this token? [y/N] ", "y")
	p.sees("Made the token 'laptop' (")
	p.sees("(in 2 hours 30 minutes)")
	p.exits(0)

	p = atTerminal(t, env, "token", "new", "laptop", "--level", "VIEW")
	p.sees("There is a token 'laptop' (")
	p.sees("already, never used; dxauth token rotate replaces it")
	p.answers("Make another token with this name? [y/N] ", "n")
	p.sees("no token was made")
	p.exits(130)

	// A project with a level needs no other one.
	p = atTerminal(t, env, "token", "new", "uploads")
	p.answers("Project, by ID or name [all]: ", "Patients=VIEW")
	p.answers("Another project [no more]: ", "")
	p.answers("Ends after or on", "")
	p.sees("The token reaches Patients=VIEW")
	p.answers("Make this token? [y/N] ", "n")
	p.exits(130)

	p = atTerminal(t, env, "token", "new", "everything")
	p.answers("Project, by ID or name [all]: ", "")
	p.answers("Level: VIEW", "")
	p.answers("Ends after or on", "")
	p.sees("The token reaches *=VIEW")
	p.answers("Make this token? [y/N] ", "")
	p.exits(130)
	if list := succeed(t, env, "", "token", "list"); strings.Count(list, "laptop") != 1 || strings.Contains(list, "*=VIEW") {
		t.Errorf("the tokens are:\n%s", list)
	}
}

// The command does not ask which of several projects to use: a wrong key must not
// give the token access to another one.
func TestTokenNewDoesNotAskForAProject(t *testing.T) {
	t.Parallel()
	_, env := tokenHome(t, newPlatform(t, writeFixture(t, tokenLab)), "alice", "wonderland-2026\n")
	p := atTerminal(t, env, "token", "new", "--project", "Twin")
	p.sees(`2 projects are named "Twin"`)
	p.sees("name one by its ID: project-")
	p.exits(2)
}

// Some minutes after the sign-in the command asks for password and code.
func TestTokenNewAsksForThePassword(t *testing.T) {
	t.Parallel()
	server := newPlatform(t, writeFixture(t, tokenLab))
	code, err := server.code(bobSeed)
	if err != nil {
		t.Fatal(err)
	}
	_, env := tokenHome(t, server, "bob", "builder-2026\n"+code+"\n")
	server.advance(6 * time.Minute)
	if code, err = server.code(bobSeed); err != nil {
		t.Fatal(err)
	}
	p := atTerminal(t, env, "token", "new", "--no-phi")
	p.sees("Password of bob@127.0.0.1:")
	p.wantEcho(false)
	p.types("wrong\r")
	p.sees("Incorrect password")
	p.answers("Password of bob@127.0.0.1:", "builder-2026")
	p.answers("Verification code: ", code)
	p.sees("Made the token ")
	p.exits(0)
}

// If the prompt is interrupted, no token is made and no file is left.
func TestTokenNewInterrupted(t *testing.T) {
	t.Parallel()
	server := newPlatform(t, writeFixture(t, tokenLab))
	root, env := tokenHome(t, server, "alice", "wonderland-2026\n")
	server.advance(6 * time.Minute)
	out := filepath.Join(root, "out")
	for keys, code := range map[string]int{"half-a-word\x03": 130, "\x04": 2} {
		p := atTerminal(t, env, "token", "new", "--no-phi", "--out", out)
		p.sees("Password of alice@127.0.0.1:")
		p.types(keys)
		p.exits(code)
		if _, err := os.Stat(out); !os.IsNotExist(err) {
			t.Errorf("after %q the file exists (%v)", keys, err)
		}
	}
	if list := succeed(t, env, "", "token", "list"); strings.Count(list, "\n") != 3 {
		t.Errorf("the tokens have changed:\n%s", list)
	}
}

func TestTokenRevokeAsks(t *testing.T) {
	t.Parallel()
	server := newPlatform(t, writeFixture(t, tokenLab))
	_, env := tokenHome(t, server, "alice", "wonderland-2026\n")
	refused := func(token string) bool {
		status, err := server.status(token)
		if err != nil {
			t.Fatal(err)
		}
		return status == http.StatusUnauthorized
	}
	p := atTerminal(t, env, "token", "revoke", "nightly")
	p.answers("Revoke 'nightly' (", "maybe")
	p.sees("never used? [y/N] ")
	p.sees("Please answer yes or no.")
	p.answers("[y/N] ", "")
	p.sees("nothing was revoked")
	p.exits(130)
	if refused("token-nightly") {
		t.Fatal("the token is revoked")
	}
	p = atTerminal(t, env, "token", "revoke", "nightly")
	p.sees("Revoke 'nightly' (")
	p.answers("last used just now from 127.0.0.1? [y/N] ", "y")
	p.sees("Revoked 'nightly'")
	p.exits(0)
	if !refused("token-nightly") {
		t.Error("the token is not revoked")
	}
}

// Several tokens are listed before the confirmation, even if the names come from
// standard input.
func TestTokenRevokeShowsTheList(t *testing.T) {
	t.Parallel()
	_, env := tokenHome(t, newPlatform(t, writeFixture(t, tokenLab)), "alice", "wonderland-2026\n")
	p := withInput(t, "ci\nnightly\n", env, "token", "revoke", "-")
	p.sees("LAST USED  EXPIRES\r\n")
	p.sees("(in 2 days)\r\n")
	p.sees("nightly")
	p.answers("Revoke these 2 tokens? [y/N] ", "yes")
	p.sees("Revoked 'ci'")
	p.sees("Revoked 'nightly'")
	p.exits(0)
}

// Revoking the token in use is a logout, and the question says so.
func TestTokenRevokeOfTheOneInUse(t *testing.T) {
	t.Parallel()
	_, env := home(t, newPlatform(t, writeFixture(t, tokenLab)))
	succeed(t, env, "token-ci\n", "login", "--token", "-", "--noprojects")
	p := atTerminal(t, env, "token", "revoke", "ci")
	p.sees("is the token that you are logged in with: revoking it logs you out here and everywhere else it is used")
	p.answers("[y/N] ", "y")
	p.sees("the token that you were logged in with")
	p.exits(0)
	if got := invoke(t, env, "", "whoami"); !strings.Contains(got.stderr, "you are not logged in") {
		t.Errorf("whoami says %q", got.stderr)
	}
}

// A logout invalidates a token everywhere, so the user has to confirm it.
func TestLogoutAsksBeforeItInvalidatesAToken(t *testing.T) {
	t.Parallel()
	server := newPlatform(t, writeFixture(t, tokenLab))
	_, env := home(t, server)
	succeed(t, env, "token-ci\n", "login", "--token", "-", "--noprojects")
	p := atTerminal(t, env, "logout")
	p.sees("Logging out invalidates it, wherever else it is in use; --local-only keeps it.")
	p.answers("Invalidate the token of alice@127.0.0.1:", "n")
	p.sees("is still logged in")
	p.exits(130)
	succeed(t, env, "", "whoami")

	p = atTerminal(t, env, "logout", "--local-only")
	p.exits(0)
	p.neverSaw("[y/N]")
	succeed(t, env, "token-ci\n", "login", "--token", "-", "--noprojects")
	p = atTerminal(t, env, "logout", "--yes")
	p.exits(0)
	p.neverSaw("[y/N]")
	if status, err := server.status("token-ci"); err != nil || status != http.StatusUnauthorized {
		t.Errorf("the server answers %d (%v) to the token", status, err)
	}

	succeed(t, env, "token-nightly\n", "login", "--token", "-", "--noprojects")
	p = atTerminal(t, env, "logout")
	p.answers("Invalidate the token of alice@127.0.0.1:", "y")
	p.sees("Logged out of 127.0.0.1:")
	p.exits(0)
}

// An expiry that is near has a colour at a terminal, and none in a pipe.
func TestTokenListColour(t *testing.T) {
	t.Parallel()
	_, env := tokenHome(t, newPlatform(t, writeFixture(t, tokenLab)), "alice", "wonderland-2026\n")
	p := atTerminal(t, env, "token", "list")
	p.sees("ci")
	p.sees("\x1b[35m2")
	p.sees("(in 2 days)\x1b[0m")
	p.sees("nightly")
	p.exits(0)
	if strings.Count(p.everything(), "\x1b[35m") != 1 {
		t.Errorf("other lines are coloured as well:\n%s", p.everything())
	}
	if list := succeed(t, env, "", "token", "list"); strings.Contains(list, "\x1b") {
		t.Errorf("the list has colour in a pipe: %q", list)
	}
}

// The list fits the width of the terminal: a narrow one leaves out what --json
// still has, a wide one also shows the address.
func TestTokenListFitsTheTerminal(t *testing.T) {
	t.Parallel()
	_, env := tokenHome(t, newPlatform(t, writeFixture(t, scopedLab)), "alice", "wonderland-2026\n")
	succeed(t, env, "token-ci\n", "login", "--token", "-", "--noprojects")
	for columns, want := range map[uint16]string{
		250: "Patients=CONTRIBUTE",
		80:  "Patients=CONTRIBUTE  20",
		70:  "1 project   20",
	} {
		p := atTerminalOf(t, columns, 24, env, "token", "list")
		p.sees("nightly")
		p.exits(0)
		list, _, _ := strings.Cut(p.everything(), "[exit code")
		if !strings.Contains(list, want) || strings.Contains(list, "from 127.0.0.1") != (columns == 250) {
			t.Errorf("%d columns: want %q\n%s", columns, want, list)
		}
		for line := range strings.Lines(strings.NewReplacer("\x1b[35m", "", "\x1b[0m", "").Replace(list)) {
			if len(strings.TrimRight(line, "\r\n")) > int(columns) {
				t.Errorf("wider than %d columns: %q", columns, line)
			}
		}
	}
}

// The token of a member is shown before an org admin confirms the exclusion.
func TestExcludingATokenAsks(t *testing.T) {
	t.Parallel()
	_, env := tokenHome(t, newPlatform(t, writeFixture(t, scopedLab)), "alice", "wonderland-2026\n")
	p := atTerminal(t, env, "admin", "org", "revoke-token", "clinic", tokenID(t, env, "nightly"))
	p.sees("LAST USED  EXPIRES\r\n")
	p.sees("nightly")
	p.answers("Take the projects of clinic out of the reach of these? [y/N] ", "n")
	p.sees("nothing was changed")
	p.exits(130)
	if list := succeed(t, env, "", "admin", "org", "tokens", "clinic"); !strings.Contains(list, "nightly") {
		t.Errorf("the token is excluded:\n%s", list)
	}
}

// tokenID returns the short ID of a token from the list.
func tokenID(t *testing.T, env []string, name string) string {
	t.Helper()
	found := regexp.MustCompile(`(?m)^([0-9a-f]{12}) +` + name + ` `).FindStringSubmatch(succeed(t, env, "", "token", "list"))
	if found == nil {
		t.Fatalf("token %s is not in the list", name)
	}
	return found[1]
}
