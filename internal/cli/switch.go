package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/session"
	"github.com/dxauth/dxauth/internal/terminal"
)

func (a *app) switchCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "switch [ACCOUNT]",
		Short: "Change to another account that is signed in",
		Long: `Change the current account to another one that is signed in here, named as
USER@HOST, or as USER where that is clear. Without a name, pick from a menu.

A single command acts for another account with --account or DXAUTH_ACCOUNT,
which do not change the current one.`,
		Example: `  ` + a.Program + ` switch bob@api.dnanexus.com`,
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				return a.switchTo(cmd.Context(), args[0])
			}
			return a.switchByMenu(cmd.Context())
		},
	}
}

func (a *app) switchTo(ctx context.Context, name string) error {
	account, err := a.book.Switch(ctx, name)
	if err != nil {
		return err
	}
	a.term.Message("The current account is %s", account.Name())
	if a.settings.Account != "" {
		a.term.Warn("%s names another account and wins", a.settings.Origin("account"))
	}
	return a.answerJSON(switchJSON{Account: account.Name()})
}

// switchJSON is what switch prints with --json.
type switchJSON struct {
	Account string `json:"account"` // USER@HOST
}

func (a *app) switchByMenu(ctx context.Context) error {
	accounts, current, err := a.book.Accounts()
	switch {
	case err != nil:
		return err
	case len(accounts) == 0:
		return session.ErrNotSignedIn
	case len(accounts) == 1:
		return a.switchTo(ctx, accounts[0].Name())
	}
	if err := a.term.CanAsk(); err != nil {
		return refusal.New(refusal.InputRequired, "the menu needs a person at a terminal: %s", err).
			WithHint("name the account: " + a.Program + " switch USER@HOST")
	}
	index, err := a.term.Pick(ctx, terminal.Menu{
		Title: "Accounts that are signed in:",
		Next: func(context.Context) ([]terminal.Item, bool, error) {
			return accountItems(accounts, current), false, nil
		},
	})
	if err != nil {
		return err
	}
	return a.switchTo(ctx, accounts[index].Name())
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
