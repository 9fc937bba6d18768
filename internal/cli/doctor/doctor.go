// Package doctor has the command doctor, which checks everything that a sign-in
// needs and everything that can prevent one.
//
// It promises that every check runs even if others fail or the settings can't be
// read; that every problem is shown with a fix; that it changes nothing and sends
// no credential; and that its output has no token and no password in it, so that
// users can show it to others.
package doctor

import (
	"context"
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/config"
	"github.com/dxauth/dxauth/internal/refusal"
)

// doctorOptions are what doctor uses.
type doctorOptions struct {
	*kit.Console
	client   *kit.Client
	settings config.Settings
	version  string
	getenv   func(string) string
	verbose  bool // checks that passed are shown, too
	// shellMark returns the mark of a shell whose functions are up to date.
	shellMark func(shell string) (string, error)
}

// Doctor returns the command doctor. The function returns [kit.ShellInitVariable] of a
// shell whose functions are up to date.
func Doctor(env kit.Env, shellMark func(inv kit.Invocation, shell string) (string, error)) *cobra.Command {
	var verbose bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Check settings, stores, server and leftovers",
		Long: `Check what a sign-in needs: the settings and where they come from, the folders,
the credential stores, the account, the server with its certificate and clock,
the proxy, the functions of shell-init, and tokens left in plain text. The first
line says whether there are problems; then come problems and warnings, each with
a fix. --verbose shows the checks that passed, too.

The output contains no token and no password, so you can show it to others; it
contains names of users, servers and folders. The exit code is 1 if there is a
problem, and 0 if there are only warnings.

With --json, one object with everything is printed: {"status", "problems",
"warnings", "findings": [{"check", "status", "detail", "hint"}]}. A status is
ok, warning or problem; problems and warnings are counts.`,
		Args: cobra.NoArgs,
		RunE: env.RunSalvagedE(func(ctx context.Context, inv kit.Invocation, broken []error) error {
			console := inv.Console()
			o := doctorOptions{
				Console: console, client: inv.Client(console), settings: inv.Settings, version: inv.Version, getenv: inv.Getenv,
				verbose:   verbose,
				shellMark: func(shell string) (string, error) { return shellMark(inv, shell) },
			}
			return o.run(ctx, broken)
		}),
	}
	cmd.Flags().BoolVar(&verbose, "verbose", false, "show the checks that passed, too")
	return cmd
}

// health is the result of a check.
type health string

const (
	healthy health = "ok"
	warning health = "warning"
	problem health = "problem"
)

// finding is the result of a check and what it found.
type finding struct {
	Check  string `json:"check"`
	Status health `json:"status"`
	Detail string `json:"detail"`
	Hint   string `json:"hint"` // what helps; empty if there is nothing to do
}

func ok(check, format string, args ...any) finding {
	return finding{Check: check, Status: healthy, Detail: fmt.Sprintf(format, args...)}
}

func warn(check, fix, format string, args ...any) finding {
	return finding{Check: check, Status: warning, Detail: fmt.Sprintf(format, args...), Hint: fix}
}

func bad(check, fix, format string, args ...any) finding {
	return finding{Check: check, Status: problem, Detail: fmt.Sprintf(format, args...), Hint: fix}
}

// run makes every check, even if others fail. broken says what is wrong with the
// settings.
func (o doctorOptions) run(ctx context.Context, broken []error) error {
	findings := []finding{ok("version", "dxauth %s (%s/%s, %s)", o.version, runtime.GOOS, runtime.GOARCH, runtime.Version())}
	for _, check := range []func(context.Context) []finding{
		func(context.Context) []finding { return o.checkSettings(broken) },
		o.checkFolders, o.checkStores, o.checkAccounts, o.checkServers, o.checkEnvironment, o.checkShell, o.checkLeftovers,
	} {
		findings = append(findings, check(ctx)...)
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	if err := o.show(reportOf(findings)); err != nil {
		return err
	}
	if problems, _ := count(findings); problems > 0 {
		return &refusal.ExitError{Code: refusal.Internal.ExitCode()} // the findings are printed
	}
	return nil
}
