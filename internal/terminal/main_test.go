//go:build unix

package terminal_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/dxauth/dxauth/internal/terminal"
)

// helperVariable makes the test binary ask for a secret and then a line at its own
// terminal, as a program of its own that can be stopped and killed.
const helperVariable = "TERMINAL_TEST_ASK"

func TestMain(m *testing.M) {
	if os.Getenv(helperVariable) != "" {
		os.Exit(askAtOwnTerminal())
	}
	os.Exit(m.Run())
}

// askAtOwnTerminal installs no signal handler, so that the prompt alone has to see to
// the terminal.
func askAtOwnTerminal() int {
	term := terminal.New(terminal.Config{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv})
	password, err := term.Secret(context.Background(), "Password: ")
	if err != nil {
		fmt.Printf("error: %v; canceled: %t\n", err, errors.Is(err, context.Canceled))
		return 1
	}
	fmt.Printf("got %d bytes\n", password.Len())
	if _, err := term.Line(context.Background(), "Code: "); err != nil {
		fmt.Printf("error: %v\n", err)
		return 1
	}
	return 0
}
