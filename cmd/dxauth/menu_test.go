//go:build unix

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestLoginShowsTheMenuOfProjects(t *testing.T) {
	t.Parallel()
	_, env := home(t, newPlatform(t, "demo"))

	p := atTerminal(t, env, "login", "--username", "alice")
	p.answers("Password: ", "wonderland-2026")
	p.sees("Available projects (CONTRIBUTE or higher):")
	p.sees("0) ")
	p.sees("9) ")
	p.sees("m) More options not shown... (10 of 16; type text to filter)")
	p.answers(`Pick a numbered choice or "m" for more options: `, "99")
	p.sees("That is not one of the choices.")
	p.answers(`Pick a numbered choice or "m" for more options: `, "cohort 1")
	p.sees(`With "cohort 1" (/ shows all again):`)
	p.sees("0) Cohort 10 (")
	p.answers("Pick a numbered choice: ", "/")
	p.answers(`Pick a numbered choice or "m" for more options: `, "m")
	p.sees("5) ")
	p.answers("Pick a numbered choice: ", "0")
	p.sees("Setting current project to: ")
	p.sees("You are now logged in")
	p.exits(0)
	chosen := succeed(t, env, "", "pwd")

	// The next time the choice is the default of its page.
	p = atTerminal(t, env, "select")
	p.sees("Note: dxauth projects --level VIEW, or --public, shows projects that you can only view")
	p.answers("Pick a numbered choice or \"m\" for more options: ", "m")
	p.answers("Pick a numbered choice [0]: ", "")
	p.exits(0)
	if got := succeed(t, env, "", "pwd"); got != chosen {
		t.Errorf("pwd prints %q, want %q", got, chosen)
	}
}

const fewProjects = `
users:
  - {username: alice, password: wonderland-2026}
  - {username: carol, password: singer-2026}
projects:
  - {name: The Only One, createdBy: alice, permissions: {alice: ADMINISTER}}
  - {name: Just To Look At, createdBy: alice, permissions: {alice: VIEW}}
`

func writeFixture(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "fixture.yaml")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLoginTakesTheOnlyProject(t *testing.T) {
	t.Parallel()
	_, env := home(t, newPlatform(t, writeFixture(t, fewProjects)))

	p := atTerminal(t, env, "login", "--username", "alice")
	p.answers("Password: ", "wonderland-2026")
	p.sees("Setting current project to: The Only One")
	p.exits(0)
	p.neverSaw("Pick a numbered choice")
}

func TestLoginOfAUserWithoutProjects(t *testing.T) {
	t.Parallel()
	_, env := home(t, newPlatform(t, writeFixture(t, fewProjects)))

	p := atTerminal(t, env, "login", "--username", "carol")
	p.answers("Password: ", "singer-2026")
	p.sees("No projects found with CONTRIBUTE access or more; for others, use dxauth projects --level VIEW or --public")
	p.exits(0)
	p.neverSaw("Pick a numbered choice")
}

// If several projects have the name, a menu asks which one.
func TestSelectAsksWhichOfTwoProjects(t *testing.T) {
	t.Parallel()
	server := newPlatform(t, writeFixture(t, `
users:
  - {username: alice, password: wonderland-2026}
projects:
  - {id: project-000000000000000000000001, name: Twins, createdBy: alice, permissions: {alice: ADMINISTER}}
  - {id: project-000000000000000000000002, name: Twins, createdBy: alice, permissions: {alice: VIEW}}
`))
	_, env := home(t, server)
	succeed(t, env, "wonderland-2026\n", "login", "--username", "alice", "--password-stdin", "--noprojects")

	p := atTerminal(t, env, "select", "Twins")
	p.sees("Several projects have this name:")
	p.sees(") project-000000000000000000000002 Twins (VIEW)")
	p.answers("Pick a numbered choice: ", "1")
	p.sees("Setting current project to: Twins")
	p.exits(0)
	if got := succeed(t, env, "", "pwd"); got != "Twins:/\n" {
		t.Errorf("pwd prints %q", got)
	}
}

// If the session ends while the menu is shown, it is erased.
func TestSessionEndsAtTheMenu(t *testing.T) {
	t.Parallel()
	server := newPlatform(t, writeFixture(t, moreThanOnePage()))
	root, env := home(t, server)

	p := atTerminal(t, env, "login", "--username", "alice")
	p.answers("Password: ", "wonderland-2026")
	p.sees("(10 of at least ") // a busy server ends the page of 1000 earlier
	server.advance(16 * time.Minute)
	p.types("last one\r")
	p.exits(3)
	if got := invoke(t, env, "", "whoami"); got.code != 3 {
		t.Errorf("whoami ends with exit code %d: %s", got.code, got.stdout)
	}
	if _, err := os.Stat(plainStore(root)); !os.IsNotExist(err) {
		t.Errorf("the credential of an ended session is still stored (%v)", err)
	}
}

// moreThanOnePage returns a fixture with more projects than a server lists at once.
func moreThanOnePage() string {
	var text strings.Builder
	text.WriteString("users:\n  - {username: alice, password: wonderland-2026}\nprojects:\n")
	for number := range 1001 {
		fmt.Fprintf(&text, "  - {name: Project %d, createdBy: alice, permissions: {alice: ADMINISTER}}\n", number)
	}
	return text.String()
}
