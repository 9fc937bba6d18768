package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/dxauth/dxauth/internal/cli/credentials"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/config"
	"github.com/dxauth/dxauth/internal/credstore"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/session"
	"github.com/dxauth/dxauth/internal/terminal"
)

// This file connects the commands that still hang on app with the packages that
// replace it. It goes with them.

const revokeTime = kit.RevokeTime

func (a *app) invocation() kit.Invocation {
	return kit.Invocation{Env: a.Env, Settings: a.settings}
}

type reauthOptions struct{ passwordStdin bool }

func (o *reauthOptions) bind(flags *pflag.FlagSet) {
	flags.BoolVar(&o.passwordStdin, "password-stdin", false, "read the password from standard input; a second line is the verification code")
}

func (a *app) reauth(o reauthOptions) credentials.Reauth {
	return credentials.Reauth{PasswordStdin: o.passwordStdin, Console: a.invocation().ConsoleReading(o.passwordStdin)}
}

func (a *app) proving(ctx context.Context, account session.Account, o reauthOptions, call func(platform.Credentials) error) error {
	return a.reauth(o).IfAsked(ctx, account, call)
}

func (a *app) withPassword(ctx context.Context, account session.Account, o reauthOptions, call func(platform.Credentials) error) error {
	return a.reauth(o).Always(ctx, account, call)
}

func (t target) kit() kit.Target { return kit.Target{API: t.api, Auth: t.auth, Type: t.kind} }

func newAccount(t target, user platform.User, store credstore.Store) session.Account {
	return kit.NewAccount(t.kit(), user, store)
}

func (a *app) endReplaced(ctx context.Context, t target, replaced *session.Credential) {
	a.invocation().Client(a.invocation().Console()).EndReplaced(ctx, t.kit(), replaced)
}

func (a *app) idleDeadline(account session.Account) time.Time {
	limit := a.idleLimit(account)
	if limit == 0 || account.LastUsed.IsZero() {
		return time.Time{}
	}
	return account.LastUsed.Add(limit)
}

// app is what the commands share. It is complete once the flags are read.
type app struct {
	kit.Env
	settings config.Settings
	prepared bool // the settings are read
	term     *terminal.Terminal
	book     *session.Book

	passphrase credstore.Passphrase // of the store age; nil until it is needed
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

// prepared has a command, and those below it, read the settings into app.
func (a *app) preparing(command *cobra.Command) *cobra.Command {
	command.PersistentPreRunE = a.prepare
	return command
}
