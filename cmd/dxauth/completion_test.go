//go:build unix

package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// completionLab has names with everything that means something to a shell, in two of
// them a command that must not run.
const completionLab = `
users:
  - {username: alice, password: wonderland-2026}
projects:
  - {name: Rare Disease, createdBy: alice, permissions: {alice: ADMINISTER}, folders: [/raw/batch 1]}
  - {name: Exome 2026, createdBy: alice, permissions: {alice: ADMINISTER}}
  - {name: Exome 2027, createdBy: alice, permissions: {alice: ADMINISTER}}
  - {name: "a:b", createdBy: alice, permissions: {alice: ADMINISTER}}
  - {name: "Wow! it's \"q\" & $HOME", createdBy: alice, permissions: {alice: ADMINISTER}}
  - {name: "zz$(touch pwned)x", createdBy: alice, permissions: {alice: ADMINISTER}}
  - {name: "zz$(touch pwned)y", createdBy: alice, permissions: {alice: ADMINISTER}}
  - {name: "zz` + "`touch pwned`" + `z", createdBy: alice, permissions: {alice: ADMINISTER}}
tokens:
  - {user: alice, value: alice-token, label: nightly build, expires: 30d}
`

// completionShells are the shells, with what their users would have in their startup
// files, and a function in place of the program that prints its arguments.
func completionShells() map[string]struct {
	command []string
	setUp   string
} {
	const show = `dxauth() { if [ "$1" = __complete-line ]; then echo "$@" >>arguments; command dxauth "$@"; else printf '<%s>' "$@"; echo; fi; }`
	return map[string]struct {
		command []string
		setUp   string
	}{
		"bash": {[]string{"bash", "--norc", "--noprofile", "-i"}, `PS1='READY '; source <(dxauth completion bash); ` + show},
		"zsh":  {[]string{"zsh", "-f", "-i"}, `PROMPT='READY '; autoload -U compinit; compinit -u -d dump; source <(dxauth completion zsh); ` + show},
		"fish": {[]string{"fish", "--no-config", "-i"}, `function fish_prompt; echo 'READY '; end; dxauth completion fish | source; function dxauth; printf '<%s>' $argv; echo; end`},
	}
}

// TestCompletionInRealShells types command lines with TAB, and checks which arguments
// the program would get. The server is gone: TAB needs none.
func TestCompletionInRealShells(t *testing.T) {
	t.Parallel()
	server := newPlatform(t, writeFixture(t, completionLab))
	root, env := home(t, server)
	succeed(t, env, "wonderland-2026\n", "login", "--username", "alice", "--password-stdin", "--noprojects")
	succeed(t, env, "", "projects")
	succeed(t, env, "", "token", "list")
	succeed(t, env, "", "select", "Rare Disease:/raw")
	server.http.Close()

	lines := []struct{ typed, gets string }{
		{"dxauth swi\t", "<switch>"},
		{"dxauth token rot\t", "<token><rotate>"},
		{"dxauth help exit\t", "<help><exit-codes>"},
		{"dxauth completion z\t", "<completion><zsh>"},
		{"dxauth login --usern\talice", "<login><--username><alice>"},
		{"dxauth login --token hunter2 --usern\tx", "<login><--token><hunter2><--username><x>"},
		{"dxauth token new --level U\t", "<token><new><--level><UPLOAD>"},
		{"dxauth token new --level=V\t", "<token><new><--level=VIEW>"},
		{"dxauth login --store plain\t", "<login><--store><plaintext>"},
		{"dxauth serve --store sq\tp.db", "<serve><--store><sqlite:p.db>"},
		{"dxauth switch al\t", "<switch><alice@" + strings.TrimPrefix(server.URL, "http://") + ">"},
		{"dxauth token show ni\t", "<token><show><nightly build>"},
		{"dxauth select Rare\t", "<select><Rare Disease>"},
		{`dxauth select "Rare` + "\t", "<select><Rare Disease>"},
		{"dxauth select 'Rare\t", "<select><Rare Disease>"},
		{`dxauth select Rare\ Dis` + "\t", "<select><Rare Disease>"},
		{`dxauth select Rare\ Disease:/raw/` + "\t", "<select><Rare Disease:/raw/batch 1>"},
		{`dxauth select "Rare Disease:/raw/` + "\t", "<select><Rare Disease:/raw/batch 1>"},
		{"dxauth select Exo\t7", "<select><Exome 2027>"},
		{"dxauth select a\t", `<select><a\:b>`},
		{"dxauth select Wow\t", `<select><Wow! it's "q" & $HOME>`},
		{`dxauth select "Wow` + "\t", `<select><Wow! it's "q" & $HOME>`},
		{"dxauth select 'Wow\t", `<select><Wow! it's "q" & $HOME>`},
		{"dxauth token new --project Rare\t", "<token><new><--project><Rare Disease>"},
		{`dxauth token new --project=Rare\ Disease=C` + "\t", "<token><new><--project=Rare Disease=CONTRIBUTE>"},
		{"dxauth whoami \t\t", "<whoami>"},
		{"dxauth --ca-cert unexp\t", "<--ca-cert><unexpected.pem>"},
		{`dxauth api x y --input=unexp` + "\t", "<api><x><y><--input=unexpected.pem>"},
		{`dxauth --ca-cert "my c` + "\t", "<--ca-cert><my certificate.pem>"},
		{`dxauth --ca-cert my\ c` + "\t", "<--ca-cert><my certificate.pem>"},
		{"dxauth exec -- my-align\t", "<exec><--><my-aligner>"},
		{"dxauth exec -- my-aligner unexp\t", "<exec><--><my-aligner><unexpected.pem>"},
		{"dxauth sandbox -- ./unexp\t", "<sandbox><--><./unexpected.pem>"},
	}
	for name, shell := range completionShells() {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			for path, mode := range map[string]os.FileMode{"unexpected.pem": 0o600, "my certificate.pem": 0o600, "bin/my-aligner": 0o700} {
				path = filepath.Join(folder, path)
				if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, nil, mode)); err != nil {
					t.Fatal(err)
				}
			}
			env := append(env, "PATH="+filepath.Join(folder, "bin")+":"+os.Getenv("PATH"))
			p := atShell(t, append(env, "HOME="+folder), folder, shell.command)
			p.types(shell.setUp + "\r")
			for _, line := range lines {
				p.sees("READY ")
				p.types(line.typed + "\r")
				p.sees(line.gets + "\r\n")
			}
			if name == "zsh" { // TAB goes through what is offered
				p.sees("READY ")
				p.types("dxauth serve --store \t\t\t\tp.db\r")
				p.sees("<serve><--store><sqlite:p.db>\r\n")
			}
			p.types("dxauth select zz\t\t\t") // several fit: the list, and what they have in common
			p.sees("pwned")
			p.sees("pwned")
			p.sees("pwned")
			// The program gets the line by a pipe: others can see its arguments. The function for
			// fish is not asked.
			arguments, err := os.ReadFile(filepath.Join(folder, "arguments"))
			if name != "fish" && (err != nil || strings.Contains(string(arguments), "hunter2")) {
				t.Errorf("the arguments of the requests (%v): %s", err, arguments)
			}
			if _, err := os.Stat(filepath.Join(folder, "pwned")); !os.IsNotExist(err) {
				t.Errorf("a name was run as a command (%v); the screen:\n%s", err, p.everything())
			}
		})
	}
	names := filepath.Join(root, "state", "names")
	if left, err := os.ReadDir(names); err != nil || len(left) != 1 {
		t.Errorf("%d files of names, %v", len(left), err)
	}
}

// atShell starts an interactive shell in a folder, at a terminal.
func atShell(t *testing.T, env []string, folder string, command []string) *person {
	t.Helper()
	p := newPerson(t, env, nil)
	p.shell = exec.Command(command[0], command[1:]...)
	p.shell.Env, p.shell.Dir = env, folder
	p.start(p.tty)
	return p
}
