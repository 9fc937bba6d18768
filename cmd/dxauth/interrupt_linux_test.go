package main

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A command that waits for a pipe ends with the first signal.
func TestInterruptedWhileReadingAPipe(t *testing.T) {
	t.Parallel()
	commands := map[string][]string{
		"names of tokens": {"token", "revoke", "-"},
		"JSON":            {"api", "system", "whoami", "-"},
	}
	for name, input := range secretInputs {
		commands[name] = input.args
	}
	delete(commands, "the secret of an app") // is shorter than any pipe
	for name, args := range commands {
		for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
			t.Run(name+" "+signal.String(), func(t *testing.T) {
				t.Parallel()
				wantInterrupted(t, signal, loggedIn(t), args...)
			})
		}
	}
}

// wantInterrupted sends a signal to a command once it waits for the rest of its
// standard input.
func wantInterrupted(t *testing.T, signal os.Signal, env []string, args ...string) {
	t.Helper()
	input, rest, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer rest.Close()
	capacity, err := unix.FcntlInt(rest.Fd(), unix.F_SETPIPE_SZ, 4096)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("dxauth", args...)
	var stderr strings.Builder
	cmd.Env, cmd.Stdin, cmd.Stderr = env, input, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	input.Close()
	// More than the pipe holds: the last byte goes in when the command reads.
	if _, err := io.WriteString(rest, strings.Repeat("x", capacity+1)); err != nil {
		t.Fatalf("the command does not read: %v: %s", err, &stderr)
	}
	if err := cmd.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
	stuck := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
	defer stuck.Stop()
	exit, ok := errors.AsType[*exec.ExitError](cmd.Wait())
	if !ok || exit.ExitCode() != 130 {
		t.Errorf("it ended with %v, want exit code 130: %s", exit, &stderr)
	}
}
