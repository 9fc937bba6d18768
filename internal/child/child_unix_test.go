//go:build unix

package child_test

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/dxauth/dxauth/internal/child"
)

func TestExitCodeIsThatOfAShell(t *testing.T) {
	tests := map[string]int{
		"true":            0,
		"exit 7":          7,
		"kill -TERM $$":   128 + 15,
		"kill -KILL $$":   128 + 9,
		"kill -INT $$; :": 128 + 2,
	}
	for script, want := range tests {
		t.Run(script, func(t *testing.T) {
			c, err := child.Start(t.Context(), exec.Command("/bin/sh", "-c", script))
			if err != nil {
				t.Fatal(err)
			}
			if code, err := c.Wait(); err != nil || code != want {
				t.Errorf("got %d, %v; want %d", code, err, want)
			}
		})
	}
}

func TestStartErrors(t *testing.T) {
	plain := filepath.Join(t.TempDir(), "plain")
	if err := os.WriteFile(plain, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]int{"/nowhere/to/be/found": 127, "no-such-command-anywhere": 127, plain: 126, "/": 126} {
		_, started := child.Start(t.Context(), exec.Command(name))
		for _, err := range []error{started, child.Find(name)} {
			var refused *child.StartError
			if !errors.As(err, &refused) || refused.Code != want || refused.Name != name {
				t.Errorf("%s: got %v, want a refusal with code %d", name, err, want)
			}
		}
	}
}

func TestFindSomething(t *testing.T) {
	for _, name := range []string{"sh", "/bin/sh"} {
		if err := child.Find(name); err != nil {
			t.Error(err)
		}
	}
}

func TestStartAfterContextEnded(t *testing.T) {
	ended, end := context.WithCancel(t.Context())
	end()
	if _, err := child.Start(ended, exec.Command("true")); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// The child prints each signal that it gets, and ends on TERM.
const listener = `
trap 'echo INT' INT
trap 'echo HUP' HUP
trap 'echo TERM; exit 3' TERM
echo ready
while :; do sleep 0.01; done`

func TestSignals(t *testing.T) {
	cmd := exec.Command("/bin/sh", "-c", listener)
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c, err := child.Start(t.Context(), cmd)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(pipe)
	next := func() string {
		if !lines.Scan() {
			t.Fatalf("the child has nothing more to say: %v", lines.Err())
		}
		return lines.Text()
	}
	send := func(s syscall.Signal) {
		if err := syscall.Kill(os.Getpid(), s); err != nil {
			t.Fatal(err)
		}
	}

	got := []string{next()}
	send(syscall.SIGINT) // held here, and not passed on
	send(syscall.SIGQUIT)
	send(syscall.SIGHUP)
	got = append(got, next())
	send(syscall.SIGTERM)
	got = append(got, next())
	if text := strings.Join(got, " "); text != "ready HUP TERM" {
		t.Errorf("the child said %q", text)
	}
	if code, err := c.Wait(); err != nil || code != 3 {
		t.Errorf("got %d, %v; want 3", code, err)
	}
}
