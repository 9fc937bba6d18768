// Run runs a command with a PostgreSQL for the tests that it starts: one for all of
// their processes, at the URL in DXAUTH_TEST_POSTGRES. It exits as the command does.
//
//	go run ./internal/testpostgres/run go test ./internal/refserver/...
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"

	"github.com/dxauth/dxauth/internal/testpostgres"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: run COMMAND [ARGUMENT...]")
		os.Exit(2)
	}
	os.Exit(run(os.Args[1:]))
}

// run returns the exit code.
func run(command []string) int {
	server, err := testpostgres.Run()
	if err != nil {
		fmt.Fprintln(os.Stderr, "starting PostgreSQL:", err)
		return 1
	}
	defer server.Close()
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), testpostgres.Variable+"="+server.URL("postgres"))
	err = cmd.Run()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		return max(exit.ExitCode(), 1) // -1: by a signal
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}
