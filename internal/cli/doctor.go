package cli

import (
	"context"
	"fmt"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/config"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/terminal"
)

func (a *app) doctorCommand() *cobra.Command {
	var broken error // what keeps the settings from being read
	return &cobra.Command{
		Use:   "doctor",
		Short: "Check settings, stores, server and leftovers",
		Long: `Check what a sign-in needs, and what may be in its way: the settings and where
they come from, the folders, the credential stores, the account, the server with
its certificate and its clock, the proxy, and tokens that lie around in plain
text. What is wrong is shown with what to do about it.

The output has no token and no password in it and can be shown to others; names
of users, servers and folders are in it. The exit code is 1 if something is a
problem, and 0 if there are warnings only.`,
		Args: cobra.NoArgs,
		PersistentPreRunE: func(cmd *cobra.Command, args []string) error {
			if broken = a.prepare(cmd, args); broken != nil {
				a.use(config.Salvage(cmd.Flags()))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return a.doctor(cmd.Context(), broken) },
	}
}

// health is how a check went.
type health string

const (
	healthy health = "ok"
	warning health = "warning"
	problem health = "problem"
)

// finding is one line of the doctor's, and one object with --json.
type finding struct {
	Check  string `json:"check"`
	Status health `json:"status"`
	Detail string `json:"detail"`
	Fix    string `json:"fix"` // empty where there is nothing to do
}

func ok(check, format string, args ...any) finding {
	return finding{Check: check, Status: healthy, Detail: fmt.Sprintf(format, args...)}
}

func warn(check, fix, format string, args ...any) finding {
	return finding{Check: check, Status: warning, Detail: fmt.Sprintf(format, args...), Fix: fix}
}

func bad(check, fix, format string, args ...any) finding {
	return finding{Check: check, Status: problem, Detail: fmt.Sprintf(format, args...), Fix: fix}
}

// doctor makes every check, however the others went.
func (a *app) doctor(ctx context.Context, broken error) error {
	findings := []finding{ok("version", "dxauth %s (%s/%s, %s)", a.Version, runtime.GOOS, runtime.GOARCH, runtime.Version())}
	for _, check := range []func(context.Context) []finding{
		func(context.Context) []finding { return a.checkSettings(broken) },
		a.checkFolders, a.checkStores, a.checkAccounts, a.checkServers, a.checkEnvironment, a.checkLeftovers,
	} {
		findings = append(findings, check(ctx)...)
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	if err := a.showFindings(findings); err != nil {
		return err
	}
	for _, f := range findings {
		if f.Status == problem {
			return &refusal.ExitError{Code: refusal.Internal.ExitCode()} // it is told already
		}
	}
	return nil
}

func (a *app) showFindings(findings []finding) error {
	if a.settings.JSON {
		return a.printJSON(findings)
	}
	var text strings.Builder
	for _, f := range findings {
		fmt.Fprintf(&text, "%-8s %-12s %s\n", f.Status, f.Check, terminal.Clean(f.Detail))
		if f.Fix != "" {
			fmt.Fprintf(&text, "%-8s %-12s -> %s\n", "", "", terminal.Clean(f.Fix))
		}
	}
	return a.term.Print(text.String())
}
