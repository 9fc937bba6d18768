package admin

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/format"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/cli/pages"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// userListOptions are what admin user list uses.
type userListOptions struct{ *kit.Console }

func userListCommand(env kit.Env) *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "List all accounts",
		Long: `List all accounts with their state: active, disabled, locked, or new (no
password yet).`,
		Args: cobra.NoArgs,
		RunE: env.RunE(func(ctx context.Context, inv kit.Invocation, _ []string) error {
			o := userListOptions{inv.Console()}
			return withAccounts(ctx, inv.Client(o.Console), o.run)
		}),
	}
}

func (o userListOptions) run(ctx context.Context, _ kit.SignedIn, accounts *dnanexus.Client) error {
	list, err := pages.All(func(cursor json.RawMessage) ([]dnanexus.AdminUser, json.RawMessage, error) {
		answer, err := accounts.FindUsers(ctx, dnanexus.FindUsersRequest{Starting: cursor})
		return answer.Results, pages.Next(answer.Next), err
	})
	if err = o.ShowCut(err); err != nil {
		return err
	}
	if !o.JSON {
		return o.Print(accountTable(list).Fit(o.Columns()))
	}
	shown := accountsJSON{Users: []adminUserJSON{}}
	for _, account := range list {
		shown.Users = append(shown.Users, adminUserOf(account))
	}
	return o.PrintJSON(shown)
}

// accountsJSON is what admin user list prints with --json.
type accountsJSON struct {
	Users []adminUserJSON `json:"users"`
}

func accountTable(list []dnanexus.AdminUser) *format.Table {
	shown := format.NewTable("USER", "NAME", "E-MAIL", "STATE", "ORGS")
	for _, account := range list {
		state := stateText(account)
		if account.Superuser {
			state += ", administrator"
		}
		shown.Row(account.Username, format.FullName(account.First, account.Middle, account.Last), account.Email, state, strings.Join(orgTexts(account), " "))
	}
	return shown
}
