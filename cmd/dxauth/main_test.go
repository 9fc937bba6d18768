//go:build unix

// The tests of the whole program: the real main runs as a process of its own,
// against a reference server that runs inside the test.
//
// The scripts in testdata/script show what a person or a job types and what
// comes back; script_test.go has the commands that they use beside those of
// testscript. What needs a terminal, a keyring or a signal is a Go test.
package main

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"dxauth": program, "dx": program})
}

// program is main without the terminal of whoever runs the tests: nothing may
// ask there. One that a test puts under the program's output is kept.
func program() {
	if !term.IsTerminal(int(os.Stdout.Fd())) {
		_, _ = unix.Setsid() // fails for the leader of a session, which has left the terminal already
	}
	main()
}
