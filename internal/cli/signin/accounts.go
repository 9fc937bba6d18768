package signin

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/format"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/session"
)

// accountsOptions are what accounts uses.
type accountsOptions struct {
	*kit.Console
	accounts *kit.Accounts
}

// Accounts returns the command accounts.
func Accounts(env kit.Env) *cobra.Command {
	return &cobra.Command{
		Use:   "accounts",
		Short: "List who is logged in on this machine",
		Long: `List the accounts that are logged in on this machine, and when the session of
each ends: at the latest, and if it is not used. The current account is marked;
"` + env.Program + ` switch" changes it. No server is contacted and no credential is read.

With --json, one object is printed:

  accounts       a list of objects:
    account      USER@HOST, as --account takes it
    server, authServer, type, user, userId, store
    kind         session or token
    created, lastUsed, expires   milliseconds since 1970; null: not known
    idleDeadline when it ends if it is not used; null: without such a limit
    ended        whether one of the two has passed
    locked       whether the credential is sealed and can't be opened here; see
                 "` + env.Program + ` doctor"
    current      whether commands use it if no other account is named
    project      {"id", "name", "folder"}, or null`,
		Args: cobra.NoArgs,
		RunE: env.RunE(func(ctx context.Context, inv kit.Invocation, _ []string) error {
			o := accountsOptions{Console: inv.Console()}
			o.accounts = inv.Accounts(o.Console)
			return o.run(ctx)
		}),
	}
}

// accountsJSON is what accounts prints with --json.
type accountsJSON struct {
	Accounts []accountJSON `json:"accounts"`
}

type accountJSON struct {
	Account      string           `json:"account"`
	Server       string           `json:"server"`
	AuthServer   string           `json:"authServer"`
	Type         string           `json:"type"`
	User         string           `json:"user"`
	UserID       string           `json:"userId"`
	Store        string           `json:"store"`
	Kind         session.Kind     `json:"kind"`
	Created      *format.Millis   `json:"created"`
	LastUsed     *format.Millis   `json:"lastUsed"`
	Expires      *format.Millis   `json:"expires"`
	IdleDeadline *format.Millis   `json:"idleDeadline"`
	Ended        bool             `json:"ended"`  // one of the two times has passed
	Locked       bool             `json:"locked"` // the credential is sealed and can't be opened here
	Current      bool             `json:"current"`
	Project      *session.Project `json:"project"`
}

func (o accountsOptions) run(ctx context.Context) error {
	if err := o.accounts.CheckIdle(); err != nil {
		return err
	}
	list, current, err := o.accounts.Accounts()
	switch {
	case err != nil:
		return err
	case o.JSON:
		return o.PrintJSON(o.accountsOf(list, current))
	case len(list) == 0:
		o.Message("Nobody is logged in on this machine; run %s login", o.Program)
		return nil
	}
	if err := o.Print(o.table(list, current)); err != nil {
		return err
	}
	for _, account := range list {
		if account.Name() == current {
			o.accounts.WarnIfOverridden(ctx, account)
		}
	}
	return nil
}

func (o accountsOptions) table(list []session.Account, current string) string {
	shown := format.NewTable("ACCOUNT", "KIND", "ENDS", "ENDS WHEN IDLE")
	now := o.Now()
	for _, account := range list {
		name := account.Name()
		if name == current {
			name += " (current)"
		}
		kind := string(account.Kind)
		if o.accounts.IsLocked(account) {
			kind += " (locked)"
		}
		shown.Row(name, kind, format.LeftText(account.Expires, now, "unknown"),
			format.LeftText(o.accounts.IdleDeadline(account), now, "never"))
	}
	return shown.Fit(o.Columns())
}

func (o accountsOptions) accountsOf(list []session.Account, current string) accountsJSON {
	shown := accountsJSON{Accounts: []accountJSON{}}
	for _, account := range list {
		shown.Accounts = append(shown.Accounts, accountJSON{
			Account: account.Name(), Server: account.Server, AuthServer: account.AuthServer, Type: account.Type,
			User: account.User, UserID: account.UserID, Store: account.Store, Kind: account.Kind,
			Created: format.OrNull(account.Created), LastUsed: format.OrNull(account.LastUsed), Expires: format.OrNull(account.Expires),
			IdleDeadline: format.OrNull(o.accounts.IdleDeadline(account)),
			Ended:        o.accounts.EndReason(account) != "",
			Locked:       o.accounts.IsLocked(account),
			Current:      account.Name() == current, Project: account.Project,
		})
	}
	return shown
}
