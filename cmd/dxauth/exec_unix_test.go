//go:build unix

package main

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/creack/pty"
)

// listener prints each signal that it gets, and exits on TERM.
const listener = `
trap 'echo got INT' INT
trap 'echo got HUP' HUP
trap 'echo got TERM; exit 9' TERM
echo ready
while :; do sleep 0.01; done`

// running is dxauth exec around the listener, at a terminal.
type running struct {
	t        *testing.T
	cmd      *exec.Cmd
	terminal *os.File
	lines    *bufio.Scanner
}

func execListener(t *testing.T) *running {
	t.Helper()
	cmd := exec.Command("dxauth", "exec", "--", "sh", "-c", listener)
	cmd.Env = append(privateEnv(t.TempDir()), "PATH="+os.Getenv("PATH"),
		"DXAUTH_TOKEN=0123456789abcdefghijABCDEFGHIJ01", "DXAUTH_SERVER="+newPlatform(t, "demo").URL)
	terminal, err := pty.Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it has usually ended
		_ = terminal.Close()
	})
	r := &running{t: t, cmd: cmd, terminal: terminal, lines: bufio.NewScanner(terminal)}
	r.says("ready")
	return r
}

// says waits for a line that ends like this; the terminal echoes what is typed.
func (r *running) says(want string) {
	r.t.Helper()
	if !r.lines.Scan() {
		r.t.Fatalf("no more output, want %q: %v", want, r.lines.Err())
	}
	if line := strings.TrimSpace(r.lines.Text()); !strings.HasSuffix(line, want) {
		r.t.Fatalf("the output is %q, want %q", line, want)
	}
}

func (r *running) send(s syscall.Signal) {
	r.t.Helper()
	if err := r.cmd.Process.Signal(s); err != nil {
		r.t.Fatal(err)
	}
}

func (r *running) ends(want int) {
	r.t.Helper()
	var exit *exec.ExitError
	if err := r.cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != want {
		r.t.Errorf("it ended with %v, want exit code %d", err, want)
	}
}

func TestExecForwardsSignalsSentToItAlone(t *testing.T) {
	r := execListener(t)
	r.send(syscall.SIGHUP)
	r.says("got HUP")
	r.send(syscall.SIGINT) // not forwarded: the terminal sends it to the command itself
	r.send(syscall.SIGTERM)
	r.says("got TERM")
	r.ends(9)
}

func TestExecLeavesCtrlCToTheCommand(t *testing.T) {
	r := execListener(t)
	for range 2 {
		if _, err := r.terminal.WriteString("\x03"); err != nil {
			t.Fatal(err)
		}
		r.says("got INT")
	}
	r.send(syscall.SIGTERM)
	r.says("got TERM")
	r.ends(9)
}
