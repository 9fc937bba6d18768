package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/testprogram"
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

// So does one that was given the name of a pipe.
func TestInterruptedWhileReadingANamedPipe(t *testing.T) {
	t.Parallel()
	const pipe = "PIPE"
	for _, args := range [][]string{
		{"login", "--noprojects", "--token-file", pipe},
		{"api", "system", "whoami", "--input", pipe},
		{"serve", "--listen", "127.0.0.1:0", "--fixture", pipe},
		{"sandbox", "--fixture", pipe, "--", "true"},
	} {
		for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
			t.Run(args[0]+" "+signal.String(), func(t *testing.T) {
				t.Parallel()
				path := filepath.Join(t.TempDir(), "pipe")
				if err := unix.Mkfifo(path, 0o600); err != nil {
					t.Fatal(err)
				}
				cmd := exec.Command("dxauth", strings.Split(strings.ReplaceAll(strings.Join(args, "\n"), pipe, path), "\n")...)
				var stderr strings.Builder
				cmd.Env, cmd.Stderr = loggedIn(t), &stderr
				wait, err := testprogram.Start(cmd)
				if err != nil {
					t.Fatal(err)
				}
				defer openOtherSide(t, path).Close()
				if err := cmd.Process.Signal(signal); err != nil {
					t.Fatal(err)
				}
				wantExitCode130(t, cmd, wait, &stderr)
			})
		}
	}
}

// openOtherSide opens a pipe for writing once another process reads it.
func openOtherSide(t *testing.T, path string) *os.File {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if file, err := os.OpenFile(path, os.O_WRONLY|unix.O_NONBLOCK, 0); err == nil {
			return file
		}
	}
	t.Fatal("the command does not open the pipe")
	return nil
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
	wait, err := testprogram.Start(cmd)
	if err != nil {
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
	wantExitCode130(t, cmd, wait, &stderr)
}
