package signin

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/config"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/session"
	"github.com/dxauth/dxauth/internal/terminal"
)

// switchOptions are what switch uses.
type switchOptions struct {
	*kit.Console
	accounts *kit.Accounts
}

// Switch returns the command switch.
func Switch(env kit.Env) *cobra.Command {
	return kit.CompleteArgs(&cobra.Command{
		Use:   "switch [ACCOUNT]",
		Short: "Change to another account that is signed in",
		Long: `Change the current account to another one that is signed in here, named as
USER@HOST, or as USER if that is unambiguous. Without a name, pick from a menu.

A single command acts for another account with --account or DXAUTH_ACCOUNT,
which do not change the current one.`,
		Example: `  ` + env.Program + ` switch bob@api.dnanexus.com`,
		Args:    cobra.MaximumNArgs(1),
		RunE: env.RunE(func(ctx context.Context, inv kit.Invocation, args []string) error {
			if inv.Settings.Origin("account").Kind == config.KindFlag {
				return refusal.Usagef("switch takes the account as its argument, not with --account").WithHint("run " + inv.Program + " switch USER@HOST")
			}
			o := switchOptions{Console: inv.Console()}
			o.accounts = inv.Accounts(o.Console)
			if len(args) == 1 {
				return o.run(ctx, args[0])
			}
			name, err := o.pick(ctx)
			if err != nil {
				return err
			}
			return o.run(ctx, name)
		}),
	}, kit.CompleteAccounts)
}

// switchJSON is what switch prints with --json.
type switchJSON struct {
	Account string `json:"account"` // USER@HOST
}

func (o switchOptions) run(ctx context.Context, name string) error {
	account, err := o.accounts.Switch(ctx, name)
	if err != nil {
		return err
	}
	o.Message("The current account is %s", account.Name())
	o.accounts.WarnIfOverridden(ctx, account)
	return o.AnswerJSON(switchJSON{Account: account.Name()})
}

// pick returns the name of the only account, or asks which of several.
func (o switchOptions) pick(ctx context.Context) (string, error) {
	accounts, current, err := o.accounts.Accounts()
	switch {
	case err != nil:
		return "", err
	case len(accounts) == 0:
		return "", session.ErrNotSignedIn
	case len(accounts) == 1:
		return accounts[0].Name(), nil
	}
	if err := o.CanAsk(); err != nil {
		return "", kit.CannotAsk("show a menu", err).
			WithHint("name the account: " + o.Program + " switch USER@HOST")
	}
	index, err := o.Pick(ctx, terminal.Menu{
		Title: "Accounts that are signed in:",
		Next: func(context.Context) ([]terminal.Item, bool, error) {
			return accountItems(accounts, current), false, nil
		},
	})
	if err != nil {
		return "", err
	}
	return accounts[index].Name(), nil
}

func accountItems(accounts []session.Account, current string) []terminal.Item {
	items := make([]terminal.Item, 0, len(accounts))
	for _, account := range accounts {
		items = append(items, terminal.Item{
			Label:   fmt.Sprintf("%s (%s)", account.Name(), account.Kind),
			Default: account.Name() == current,
		})
	}
	return items
}
