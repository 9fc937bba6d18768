// Package cli is the command line: the tree of the commands, the help topics,
// and the way from an error to an exit code.
//
// It promises the interface that scripts rely on: data on stdout and nothing
// else there, one exit code for each kind of failure, with --json one object on
// stderr for a failure, and no question asked where nobody can answer. A
// command checks what it was given before it asks for anything or sends
// anything.
//
// The commands themselves are in the families below, such as signin and token:
// a file for each verb, with what it uses in an options struct and its work in
// a run method. What they share is in kit.
package cli

import (
	"context"
	"errors"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/child"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/refusal"
)

// Run runs a command line and returns the exit code. More make the commands of
// the other half of the program.
func Run(ctx context.Context, env kit.Env, args []string, more ...func() *cobra.Command) int {
	root := newRoot(env)
	if !addNamed(root, env, args) {
		addAll(root, env, more)
	}
	root.SetArgs(args)
	root.SetIn(env.Stdin)
	root.SetOut(env.Stdout)
	root.SetErr(env.Stderr)
	err, asJSON := kit.HowToReport(root.ExecuteContext(ctx), args)
	return exitCode(env, err, asJSON)
}

// exitCode reports a failure. The exit code of a child is passed on, and is no
// failure of this program.
func exitCode(env kit.Env, err error, asJSON bool) int {
	if err == nil {
		return 0
	}
	if ended, ok := errors.AsType[*refusal.ExitError](err); ok {
		return ended.Code
	}
	if noChild, ok := errors.AsType[*child.StartError](err); ok {
		kit.Report(env.Stderr, env.Program, asJSON, refusal.New(refusal.Usage, "%s", noChild))
		return noChild.Code
	}
	failure := kit.Classify(err, env.Program, env.Now())
	kit.Report(env.Stderr, env.Program, asJSON, failure)
	return failure.Code.ExitCode()
}

// ProgramName is what the program calls itself: dx when it was started through
// a link of that name, else dxauth.
func ProgramName(invoked string) string {
	if name := strings.TrimSuffix(filepath.Base(invoked), ".exe"); name == "dx" {
		return name
	}
	return "dxauth"
}
