//go:build unix

package main

import (
	"syscall"
	"testing"
)

// If the user interrupts a prompt, nothing is sent, nothing is stored, and the
// terminal echoes again.
func TestLoginInterruptedAtAPrompt(t *testing.T) {
	t.Parallel()
	const ctrlC, ctrlD = "\x03", "\x04"
	prompts := []struct {
		text string
		args []string
	}{
		{"Username: ", []string{"login"}},
		{"Password: ", []string{"login", "--username", "alice"}},
	}
	ways := []struct {
		name  string
		leave func(*person)
		code  int
	}{
		{"Ctrl-C", func(p *person) { p.types("half-a-word" + ctrlC) }, 130},
		{"Ctrl-D", func(p *person) { p.types(ctrlD) }, 2},
		{"SIGTERM", func(p *person) { p.signals(syscall.SIGTERM) }, 130},
	}
	for _, prompt := range prompts {
		for _, way := range ways {
			t.Run(prompt.text+way.name, func(t *testing.T) {
				t.Parallel()
				server := newPlatform(t, "demo")
				root, env := home(t, server)
				p := atTerminal(t, env, prompt.args...)
				p.sees(prompt.text)
				way.leave(p)
				p.exits(way.code)
				wantNothingStored(t, root)
				if asked := server.requests(); len(asked) > 0 {
					t.Errorf("the server was asked %q", asked)
				}
			})
		}
	}
}

// A partly typed password is not shown, and the shell does not read it.
func TestPasswordPromptInterrupted(t *testing.T) {
	t.Parallel()
	_, env := home(t, newPlatform(t, "demo"))

	p := atTerminal(t, env, "login", "--username", "alice")
	p.sees("Password: ")
	p.wantEcho(false)
	p.types("half-a-password\x03")
	p.exits(130)
	p.neverSaw("half-a-password")
	p.types("\r")
	p.sees("[the shell read nothing else]")
}

// With --json, interrupting a prompt is a failure like any other.
func TestPromptInterruptedWithJSON(t *testing.T) {
	t.Parallel()
	_, env := home(t, newPlatform(t, "demo"))

	p := atTerminal(t, env, "--json", "login", "--username", "alice")
	p.sees("Password: ")
	p.types("\x03")
	p.sees(`{"error":{"type":"interrupted",`)
	p.exits(130)
}
