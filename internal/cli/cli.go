// Package cli is the command line: the command tree, the help topics, and the
// mapping of errors to exit codes.
//
// It promises the interface that scripts rely on: only data on stdout, one exit
// code for each kind of failure, with --json one object on stderr for a failure,
// and no prompt without a terminal. A command checks its flags and arguments
// before it prompts or sends a request.
//
// The commands are in the packages below, such as signin and token: one file per
// verb, with an options struct for what it uses and a run method that does the
// work. What they share is in kit.
package cli

import (
	"cmp"
	"context"
	"errors"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/child"
	"github.com/dxauth/dxauth/internal/cli/complete"
	"github.com/dxauth/dxauth/internal/cli/failure"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/terminal"
)

// Run runs a command line and returns the exit code. The functions in more build
// the commands of the server.
func Run(ctx context.Context, env kit.Env, args []string, more ...func() *cobra.Command) int {
	if complete.IsRequest(args) {
		reply := complete.Reply(ctx, args, complete.ReadLine(env.Stdin), func(words []string) *cobra.Command {
			root := treeFor(env, words, more)
			complete.Prepare(env, root)
			return root
		})
		_, _ = io.WriteString(env.Stdout, reply) // a shell that is gone needs no reply
		return 0
	}
	root := treeFor(env, args, more)
	if len(args) > 0 && args[0] == cobra.ShellCompRequestCmd {
		complete.Prepare(env, root)
	}
	root.SetArgs(args)
	root.SetIn(env.Stdin)
	out := &output{to: env.Stdout}
	root.SetOut(out)
	root.SetErr(env.Stderr)
	command, err := root.ExecuteContextC(ctx)
	style, cause := kit.HowToReport(cmp.Or(err, out.failed), args)
	return exitCode(env, command.CommandPath(), cause, style)
}

// output is standard output for cobra, which drops the error of a page of help that could
// not be written.
type output struct {
	to     io.Writer
	failed error // the last one, an *[terminal.OutputError]
}

func (o *output) Write(data []byte) (int, error) {
	n, err := o.to.Write(data)
	if err != nil {
		o.failed = &terminal.OutputError{Err: err}
		return n, o.failed
	}
	return n, nil
}

// treeFor returns the command tree with at least the command that the arguments call.
func treeFor(env kit.Env, args []string, more []func() *cobra.Command) *cobra.Command {
	root := newRoot(env)
	if !addNamed(root, env, args) {
		addAll(root, env, more)
	}
	return root
}

// exitCode reports the failure of a command and returns its exit code. The exit code of
// a child process is passed on without a report.
func exitCode(env kit.Env, command string, err error, style kit.Style) int {
	if err == nil {
		return 0
	}
	if exited, ok := errors.AsType[*refusal.ExitError](err); ok {
		return exited.Code
	}
	if notStarted, ok := errors.AsType[*child.StartError](err); ok {
		hint := "check the name, PATH and the permissions of the program"
		if strings.Contains(notStarted.Name, " ") {
			hint = "give the program and its arguments as words of their own, without quotes around them all"
		}
		env.Report(style, refusal.New(refusal.Usage, "%s", notStarted).WithHint(hint))
		return notStarted.Code
	}
	failed := failure.WithGeneralHint(failure.Classify(err, env.Program, env.Now()), command)
	env.Report(style, failed)
	return failed.Code.ExitCode()
}

// ProgramName returns the name that the program uses for itself: dx if it was
// started through a link of that name, otherwise dxauth.
func ProgramName(invoked string) string {
	if name := strings.TrimSuffix(filepath.Base(invoked), ".exe"); name == "dx" {
		return name
	}
	return "dxauth"
}
