// Package servecmd holds the commands that start the reference server.
//
// It promises that a server is reachable when it says so, with one line
// "listening on URL" on stderr and, where asked, the URL in a file that is
// there whole or not at all; that it does not listen beyond this machine, in
// plain text or with a fixture's weak passwords unless that was asked for by
// name; and that SIGTERM or Ctrl-C ends it with what it had accepted answered,
// and exit code 0.
//
// It is apart from package cli because the client half of the program never
// imports the server.
package servecmd

import "github.com/spf13/cobra"

// Commands lists what makes them, for when a command line needs them.
func Commands() []func() *cobra.Command { return []func() *cobra.Command{newSandbox, newServe} }
