//go:build unix

package main

import (
	"os"
	"path/filepath"
	"testing"
)

// hostileName has something in it that each shell might expand in a prompt.
const hostileName = "$(touch pwned)`touch pwned`%F{red}%n\\u"

// TestPromptInRealShells uses the lines of the help, with a project whose name must not
// be more than text.
func TestPromptInRealShells(t *testing.T) {
	t.Parallel()
	server := newPlatform(t, writeFixture(t, `
users:
  - {username: alice, password: wonderland-2026}
projects:
  - {name: '`+hostileName+`', createdBy: alice, permissions: {alice: ADMINISTER}}
`))
	_, env := home(t, server)
	succeed(t, env, "wonderland-2026\n", "login", "--username", "alice", "--password-stdin", "--noprojects")
	succeed(t, env, "", "select", hostileName)
	server.http.Close()
	for name, shell := range map[string]struct {
		command []string
		setUp   string
	}{
		"bash": {[]string{"bash", "--norc", "--noprofile", "-i"}, `PS1='$(dxauth prompt) \$ '`},
		"zsh":  {[]string{"zsh", "-f", "-i"}, `setopt promptsubst; precmd() { psvar=("$(dxauth prompt)") }; PROMPT='%1v %# '`},
		"fish": {[]string{"fish", "--no-config", "-i"}, `function fish_prompt; dxauth prompt; echo -n '> '; end`},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			p := atShell(t, append(env, "HOME="+folder), folder, shell.command)
			p.types(shell.setUp + "\r")
			p.sees(hostileName + ":/ 15m")
			p.types("exit\r")
			if _, err := os.Stat(filepath.Join(folder, "pwned")); !os.IsNotExist(err) {
				t.Errorf("a name was run as a command (%v)", err)
			}
		})
	}
}
