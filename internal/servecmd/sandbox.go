package servecmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os/exec"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/child"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/refserver"
	"github.com/dxauth/dxauth/internal/refserver/fixture"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/passwordhash"
	"github.com/dxauth/dxauth/internal/refusal"
)

// sandboxOptions are the flags of sandbox.
type sandboxOptions struct {
	fixture, platform, twoFactor string
	sessionMax                   time.Duration
}

// newSandbox returns the command sandbox.
func newSandbox() *cobra.Command {
	var o sandboxOptions
	cmd := &cobra.Command{
		Use:   "sandbox [flags] [-- COMMAND [ARGUMENT...]]",
		Short: "Run a command or a shell with a platform of its own",
		Long: `Run COMMAND, or a shell, with a platform of its own: a reference server in
memory, and an environment in which dxauth and clients like dx use it. It prints
at the start who can sign in. With --type it is a MOLGENIS, for whose clients
and scripts MOLGENIS_URL is set.

When the command ends, however it ends, the server, the session and the folder
with the settings are removed. The exit code is the command's.`,
		Example: `  dxauth sandbox
  dxauth sandbox -- dxauth login --username alice
  dxauth sandbox --type emx2 -- ./test-my-molgenis-scripts
  dxauth sandbox --fixture lab.yaml -- ./test-my-scripts`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.run(cmd.Context(), args, messages(cmd), cmd.ErrOrStderr())
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.fixture, "fixture", fixture.Demo, "YAML `FILE` with users, orgs, projects and tokens, or \"demo\"")
	flags.StringVar(&o.platform, "type", refserver.TypeDNAnexus, "which platform to be: "+strings.Join(refserver.Types(), ", "))
	flags.StringVar(&o.twoFactor, "two-factor", string(identity.FactorsEnabled), "two-factor authentication: disabled, enabled (optional) or enforced (for all users)")
	durationVar(flags, &o.sessionMax, "session-max", defaultSessionMax, "end a session after this time, even if it is used; API tokens are not affected")
	completePlatform(flags)
	cmd.AddCommand(newSandboxCode(), newSandboxGuard())
	return kit.CompleteArgs(cmd, kit.CompletePrograms)
}

// run serves until the child has ended. Ctrl-C is for the child, so the server
// does not stop with the context that Ctrl-C cancels. A failure to clean up is
// printed and does not change the exit code of the child.
func (o sandboxOptions) run(asked context.Context, command []string, messages, failures io.Writer) error {
	ctx, stop := context.WithCancel(context.WithoutCancel(asked))
	defer stop()
	config, err := o.config(asked)
	if err != nil {
		return err
	}
	if len(command) > 0 {
		if err := child.Find(command[0]); err != nil {
			return err
		}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer listener.Close()
	config.Audience = "http://" + listener.Addr().String()
	server, err := refserver.Open(ctx, config)
	if err != nil {
		return serverFailed(err)
	}
	defer server.Close()

	space, err := newWorkspace(o.fixture, o.platform)
	if err != nil {
		return err
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, listener) }()
	address := listener.Addr().String()
	cmd, err := space.command(command, address)
	if err == nil {
		fmt.Fprintf(messages, "Sandbox running at http://%s until this command or shell exits.\n", address)
		printUsers(messages, *config.Fixture, func(user fixture.User) string { return "dxauth sandbox code " + user.Username })
		err = runChild(asked, cmd, starterOf(command), space.guard)
	}
	stop()
	if late := errors.Join(<-served, space.close()); late != nil {
		fmt.Fprintf(failures, "dxauth: closing the sandbox: %s\n", late)
	}
	return err
}

// config checks the flags and reads the fixture.
func (o sandboxOptions) config(ctx context.Context) (refserver.Config, error) {
	if err := errors.Join(checkType(o.platform), checkSessionTime("--session-max", o.sessionMax)); err != nil {
		return refserver.Config{}, err
	}
	twoFactor, err := twoFactorMode(o.twoFactor)
	if err != nil {
		return refserver.Config{}, err
	}
	file, err := openFixture(ctx, o.fixture)
	return refserver.Config{
		Type: o.platform, Fixture: &file, TwoFactor: twoFactor, SessionMax: o.sessionMax, Log: slog.New(slog.DiscardHandler),
		// The cheapest hash: the sandbox prints these passwords.
		HashParams: passwordhash.Cheapest(),
	}, err
}

// starter starts a child.
type starter func(context.Context, *exec.Cmd) (*child.Child, error)

// starterOf returns what starts a command, or a shell if there is none.
func starterOf(command []string) starter {
	if len(command) == 0 {
		return child.StartShell
	}
	return child.Start
}

// printUsers prints who can sign in with a password, and which command makes a code.
func printUsers(w io.Writer, file fixture.File, makesCode func(fixture.User) string) {
	fmt.Fprintln(w, "Users and passwords:")
	for _, user := range file.Users {
		if user.SSO || user.Password.IsZero() || user.Disabled {
			continue
		}
		fmt.Fprintf(w, "  %-12s %s\n", user.Username, user.Password.Reveal())
		if !user.TOTPSecret.IsZero() {
			fmt.Fprintf(w, "    code: %s\n", makesCode(user))
		}
	}
}

// runChild runs the child beside the server and passes its exit code on.
func runChild(asked context.Context, cmd *exec.Cmd, start starter, g *guard) error {
	var running *child.Child
	var err error
	withOwnKeyring(func() { running, err = start(asked, cmd) })
	if err != nil {
		return err
	}
	g.watch(running.PID())
	code, err := running.Wait()
	if err != nil || code == 0 {
		return err
	}
	return &refusal.ExitError{Code: code}
}
