// Package cli holds the commands of a person or a script: one file for each
// verb, with its flags in an options struct and its work in a run method.
//
// It promises the interface that scripts rely on: data on stdout and nothing
// else there, one exit code for each kind of failure, with --json one object on
// stderr for a failure, and no question asked where nobody can answer. A
// command checks what it was given before it asks for anything or sends
// anything.
//
// What a person sees is the matter of package terminal, where a setting comes
// from of config, who is signed in of session, and what a server understands of
// platform.
package cli

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/child"
	"github.com/dxauth/dxauth/internal/cli/account"
	"github.com/dxauth/dxauth/internal/cli/api"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/cli/project"
	"github.com/dxauth/dxauth/internal/cli/signin"
	"github.com/dxauth/dxauth/internal/cli/twofactor"
	"github.com/dxauth/dxauth/internal/config"
	"github.com/dxauth/dxauth/internal/credstore"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/session"
	"github.com/dxauth/dxauth/internal/terminal"
)

// app is what the commands share. It is complete once the flags are read.
type app struct {
	kit.Env
	settings config.Settings
	prepared bool // the settings are read
	term     *terminal.Terminal
	book     *session.Book

	passphrase credstore.Passphrase // of the store age; nil until it is needed
}

// Run runs a command line and returns the exit code. More are commands of the
// other half of the program.
func Run(ctx context.Context, env kit.Env, args []string, more ...*cobra.Command) int {
	a := &app{Env: env}
	a.term = a.terminal(false)
	root := a.root(more)
	root.SetArgs(args)
	root.SetIn(env.Stdin)
	root.SetOut(env.Stdout)
	root.SetErr(env.Stderr)
	err := root.ExecuteContext(ctx)
	if !a.prepared { // the settings may be what failed, or the flags before them
		a.settings.JSON = slices.Contains(args, "--json")
	}
	return a.exitCode(err)
}

// exitCode reports a failure. The exit code of a child is passed on, and is no
// failure of this program.
func (a *app) exitCode(err error) int {
	var ended *refusal.ExitError
	var noChild *child.StartError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &ended):
		return ended.Code
	case errors.As(err, &noChild):
		a.report(refusal.New(refusal.Usage, "%s", noChild))
		return noChild.Code
	}
	failure := a.failureOf(err)
	a.report(failure)
	return failure.Code.ExitCode()
}

// Tree returns the command tree, for documentation.
func Tree(more ...*cobra.Command) *cobra.Command {
	a := &app{Env: kit.Env{Program: "dxauth", Version: "dev"}}
	return a.root(more)
}

// Groups of the commands in the help text.
const (
	groupSession = "session"
	groupServer  = "server"
	groupOther   = "other"
)

func (a *app) root(more []*cobra.Command) *cobra.Command {
	root := &cobra.Command{
		Use:   a.Program,
		Short: "Sign people and scripts in to DNAnexus and MOLGENIS",
		Long: `dxauth signs people and scripts in to DNAnexus-like platforms and MOLGENIS. The
session rests in the system's keyring, ends by itself after a time without use,
and is revoked on the server at logout.

The commands, prompts, variables and exit codes are those of dx where dx has
them.`,
		Args:              usageArgs(cobra.NoArgs),
		RunE:              func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		PersistentPreRunE: a.prepare,
		SilenceErrors:     true,
		SilenceUsage:      true,
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return refusal.New(refusal.Usage, "%s", err).WithHint("see " + cmd.CommandPath() + " --help")
	})
	root.SetUsageTemplate(narrowFlags(root.UsageTemplate()))
	config.BindGlobalFlags(root.PersistentFlags())
	root.AddGroup(
		&cobra.Group{ID: groupSession, Title: "Signing in:"},
		&cobra.Group{ID: groupServer, Title: "A platform of one's own:"},
		&cobra.Group{ID: groupOther, Title: "More:"},
	)
	a.addCommands(root, groupSession, signin.Login(a.Env), signin.Logout(a.Env), project.Select(a.Env), signin.Switch(a.Env), signin.Whoami(a.Env),
		signin.Status(a.Env), account.Account(a.Env), twofactor.TwoFactor(a.Env), a.tokenCommand(), signin.Pwd(a.Env), a.envCommand(), a.execCommand(), a.importCommand())
	for _, command := range more {
		command.PersistentPreRunE = a.prepareServer
	}
	a.addCommands(root, groupServer, more...)
	a.addCommands(root, groupServer, a.adminCommand())
	a.addCommands(root, groupOther, api.API(a.Env), a.doctorCommand(), versionCommand(a.Env))
	root.SetHelpCommandGroupID(groupOther)
	root.SetCompletionCommandGroupID(groupOther)
	root.AddCommand(helpTopics()...)
	return root
}

func (a *app) addCommands(root *cobra.Command, group string, commands ...*cobra.Command) {
	for _, command := range commands {
		command.GroupID = group
		checkArgs(command)
		root.AddCommand(command)
	}
}

// checkArgs makes a wrong number of arguments a wrong use, of a command and of
// those below it.
func checkArgs(command *cobra.Command) {
	if command.Args != nil {
		command.Args = usageArgs(command.Args)
	}
	for _, below := range command.Commands() {
		checkArgs(below)
	}
}

// usageArgs makes a wrong number of arguments a wrong use.
func usageArgs(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return refusal.New(refusal.Usage, "%s", err).WithHint("see " + cmd.CommandPath() + " --help")
		}
		return nil
	}
}

// prepare reads the settings, once the flags are known.
func (a *app) prepare(cmd *cobra.Command, _ []string) error {
	settings, err := config.Load(cmd.Flags())
	if err != nil {
		return usageError(err)
	}
	a.use(settings)
	return nil
}

// use makes what depends on the settings.
func (a *app) use(settings config.Settings) {
	a.settings, a.prepared = settings, true
	a.term = a.terminal(false)
	a.book = session.NewBook(session.Config{
		Dir: settings.Dirs.State, Now: a.Now, Ancestors: session.Ancestors, Idle: settings.IdleTimeout,
		OpenStore: func(name string) (credstore.Store, error) { return credstore.ByName(name, a.storeConfig()) },
	})
}

// prepareServer is prepare for the commands of the server half, which have no
// client's settings but the form of a failure.
func (a *app) prepareServer(cmd *cobra.Command, _ []string) (err error) {
	a.settings.JSON, err = cmd.Flags().GetBool("json")
	a.prepared = err == nil
	return err
}

// terminal makes the way to the person. Questions are allowed with a standard
// input that is data, if it was declared to be.
func (a *app) terminal(stdinIsData bool) *terminal.Terminal {
	return terminal.New(terminal.Config{
		Stdin: a.Stdin, Stdout: a.Stdout, Stderr: a.Stderr, Getenv: a.Getenv,
		NoInput: a.settings.NoInput, Color: a.settings.Color, StdinIsData: stdinIsData, Quiet: a.settings.JSON,
	})
}

func (a *app) storeConfig() credstore.Config {
	return credstore.Config{
		Want: a.settings.Store, Dir: a.settings.Dirs.State, CanUnlock: a.canUnlock(), Passphrase: a.storePassphrase(),
	}
}

// openStore chooses the store of a login to a server. It is never a weaker one
// than the last login there had.
func (a *app) openStore(ctx context.Context, t target) (credstore.Store, string, error) {
	config := a.storeConfig()
	known, err := a.book.LastStore(t.api.URL())
	if err != nil {
		return nil, "", err
	}
	config.Known = known
	config.Unlocking = func(store string) {
		a.term.Message("Waiting for the %s to be unlocked; it asks in a window of its own", store)
	}
	return credstore.Open(ctx, config)
}

// canUnlock reports whether a keyring may ask for its password: a person is
// there, and a display to ask on.
func (a *app) canUnlock() bool {
	display := a.Getenv("DISPLAY") != "" || a.Getenv("WAYLAND_DISPLAY") != ""
	return display && a.term.CanAsk() == nil
}

// ProgramName is what the program calls itself: dx when it was started through
// a link of that name, else dxauth.
func ProgramName(invoked string) string {
	if name := strings.TrimSuffix(filepath.Base(invoked), ".exe"); name == "dx" {
		return name
	}
	return "dxauth"
}
