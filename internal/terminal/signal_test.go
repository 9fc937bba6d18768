//go:build unix

package terminal_test

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// Keys that the kernel turns into signals.
const (
	ctrlC         = "\x03"
	ctrlBackslash = "\x1c"
	ctrlZ         = "\x1a"
)

// startProgram runs a command as the leader of a session with the person's
// terminal, and returns a function that waits for its exit code.
func (p *person) startProgram(command ...string) (*exec.Cmd, func() int) {
	p.t.Helper()
	self, err := os.Executable()
	if err != nil {
		p.t.Fatal(err)
	}
	if len(command) == 0 {
		command = []string{self}
	}
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env = append(os.Environ(), helperVariable+"=1", "SELF="+self,
		"GORACE=atexit_sleep_ms=0") // the race detector would wait a second at exit
	cmd.Stdin, cmd.Stdout, cmd.Stderr = p.tty, p.tty, p.tty
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = cmd.Process.Kill() })
	code := inBackground(p.t, func() (int, error) {
		_ = cmd.Wait()
		return cmd.ProcessState.ExitCode(), nil
	})
	return cmd, func() int { n, _ := code(); return n }
}

func TestSignalsEndASecretWithEchoRestored(t *testing.T) {
	for name, end := range map[string]func(*person, *os.Process){
		"Ctrl-C":      func(p *person, _ *os.Process) { p.types(ctrlC) },
		`Ctrl-\`:      func(p *person, _ *os.Process) { p.types(ctrlBackslash) },
		"SIGINT":      func(_ *person, program *os.Process) { _ = program.Signal(syscall.SIGINT) },
		"SIGTERM":     func(_ *person, program *os.Process) { _ = program.Signal(syscall.SIGTERM) },
		"SIGHUP":      func(_ *person, program *os.Process) { _ = program.Signal(syscall.SIGHUP) },
		"SIGQUIT":     func(_ *person, program *os.Process) { _ = program.Signal(syscall.SIGQUIT) },
		"two SIGINTs": func(p *person, _ *os.Process) { p.types(ctrlC + ctrlC) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPerson(t)
			cmd, exitCode := p.startProgram()
			p.sees("Password: ", 1)
			p.wantEcho(false)
			p.types("half")
			end(p, cmd.Process)
			p.sees("signal received; canceled: true", 1)
			if code := exitCode(); code != 1 {
				t.Errorf("exit code %d, want the program's own 1", code)
			}
			p.wantEcho(true)
			if strings.Contains(p.read(), "half") {
				t.Errorf("the screen shows the secret: %q", p.read())
			}
		})
	}
}

// A shell with job control: it says when the program has stopped, and lets it go
// on when a line is typed.
const shellScript = `set -m; "$SELF"; echo "stopped with $?"; read line; echo "read [$line]"; fg >/dev/null; echo "ended with $?"`

func TestSuspendedSecretShowsTypingAndAsksAgain(t *testing.T) {
	t.Parallel()
	for name, suspend := range map[string]func(*person){
		"Ctrl-Z": func(p *person) { p.types(ctrlZ) },
		"SIGTSTP": func(p *person) {
			_ = syscall.Kill(-foregroundGroup(p), syscall.SIGTSTP)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPerson(t)
			_, exitCode := p.startProgram("sh", "-c", shellScript)
			p.sees("Password: ", 1)
			p.wantEcho(false)
			p.types("half")
			suspend(p)
			p.sees("stopped with", 1)
			p.wantEcho(true)

			p.types("fg\n")
			p.sees("read [fg]", 1) // and not "halffg"
			p.sees("Password: ", 2)
			p.wantEcho(false)
			p.types("sesame\n")
			p.sees("got 6 bytes", 1)
			p.types("123456\n")
			p.sees("ended with 0", 1)
			if code := exitCode(); code != 0 {
				t.Errorf("the shell's exit code is %d", code)
			}
			p.wantEcho(true)
			if screen := p.read(); strings.Count(screen, "Password: ") != 2 || strings.Contains(screen, "sesame") {
				t.Errorf("the screen shows %q", screen)
			}
		})
	}
}

// A hidden prompt must not take Ctrl-Z away from what the program does next.
func TestCtrlZStillStopsTheProgramAfterASecret(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	_, exitCode := p.startProgram("sh", "-c", shellScript)
	p.sees("Password: ", 1)
	p.types("sesame\n")
	p.sees("Code: ", 1)
	p.types("12" + ctrlZ)
	p.sees("stopped with", 1)
	p.types("fg\n")
	p.sees("read [fg]", 1)
	p.types("123456\n")
	p.sees("ended with 0", 1)
	if code := exitCode(); code != 0 {
		t.Errorf("the shell's exit code is %d", code)
	}
}

// After SIGSTOP, which nobody can catch, the shell may have turned echo on.
func TestSecretHidesAgainAfterSIGSTOP(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	_, exitCode := p.startProgram("sh", "-c", `set -m; "$SELF"; stty echo; echo "stopped"; fg >/dev/null`)
	p.sees("Password: ", 1)
	_ = syscall.Kill(-foregroundGroup(p), syscall.SIGSTOP)
	p.sees("stopped", 1)
	p.sees("Password: ", 2)
	p.wantEcho(false)
	p.types("sesame\n")
	p.sees("got 6 bytes", 1)
	p.types("123456\n")
	if code := exitCode(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	p.wantEcho(true)
}

// Without a shell that could continue it, a program must not stop.
func TestCtrlZWithoutAShellOnlyRepeatsThePrompt(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	_, exitCode := p.startProgram()
	p.sees("Password: ", 1)
	p.types("half" + ctrlZ)
	p.sees("Password: ", 2)
	p.wantEcho(false)
	p.types("sesame\n")
	p.sees("got 6 bytes", 1)
	p.types("123456\n")
	if code := exitCode(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	p.wantEcho(true)
}

// foregroundGroup returns the process group that has the person's terminal.
func foregroundGroup(p *person) int {
	p.t.Helper()
	group, err := unix.IoctlGetInt(int(p.keyboard.Fd()), unix.TIOCGPGRP)
	if err != nil {
		p.t.Fatalf("read the terminal's foreground group: %v", err)
	}
	return group
}
