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

import "github.com/spf13/cobra"

// Commands returns the constructors of the commands.
func Commands() []func() *cobra.Command { return []func() *cobra.Command{newSandbox, newServe} }
