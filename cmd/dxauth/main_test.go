//go:build unix

// The tests of the whole program: the real main runs as a process of its own,
// against a reference server that runs inside the test.
//
// The scripts in testdata/script show what a user or a job types and what the
// program prints; script_test.go has the script commands that testscript lacks.
// Tests that need a terminal, a keyring or a signal are Go tests.
package main

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"dxauth": program, "dx": program, "browse": browse})
}

// program is main without the terminal of the user who runs the tests, so that
// it can't prompt there. A terminal that a test gives it as output is kept.
func program() {
	if !term.IsTerminal(int(os.Stdout.Fd())) {
		_, _ = unix.Setsid() // fails for a session leader, which has left the terminal already
	}
	endWithTest()
	os.Exit(checked(run))
}
