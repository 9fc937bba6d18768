// Package servecmd holds the commands that start the reference server.
//
// It promises that a server is reachable when it prints its one line "listening
// on URL" on stderr, and that the file of --url-file is written whole or not at
// all; that it does not listen beyond this machine in plain text, or with the
// weak passwords of a fixture, unless a flag allows it; and that on SIGTERM or
// Ctrl-C it answers the requests that it accepted and ends with exit code 0.
//
// It is not part of package cli because the client half of the program never
// imports the server.
package servecmd

import (
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/terminal"
)

// Commands returns the constructors of the commands.
func Commands() []func() *cobra.Command { return []func() *cobra.Command{newSandbox, newServe} }

// Results returns what each command prints with --json, for docs/schema: a value of its
// type. serve audit prints one on each line.
func Results() map[string][]any { return map[string][]any{"serve audit": {auditRow{}}} }

// messages returns where a command writes what it has done: nowhere with --quiet, and with
// --json, where standard error has at most the object of a failure.
func messages(cmd *cobra.Command) io.Writer {
	for _, flag := range []string{"quiet", "json"} {
		if isSet, err := cmd.Flags().GetBool(flag); err == nil && isSet {
			return io.Discard
		}
	}
	return wrapped{terminal.New(terminal.Config{Stderr: cmd.ErrOrStderr()})}
}

// wrapped writes whole lines as messages, which fit a terminal.
type wrapped struct{ screen *terminal.Terminal }

func (w wrapped) Write(text []byte) (int, error) {
	for line := range strings.Lines(string(text)) {
		w.screen.Message("%s", strings.TrimSuffix(line, "\n"))
	}
	return len(text), nil
}
