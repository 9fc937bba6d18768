package admin

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/format"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// userShowOptions are the arguments of admin user show, and what it uses.
type userShowOptions struct {
	*kit.Console
	user string
}

func userShowCommand(env kit.Env) *cobra.Command {
	return &cobra.Command{
		Use:     "show USER",
		Short:   "Show one account",
		Long:    `Show what the server has about one account, without secrets.`,
		Example: `  ` + env.Program + ` admin user show bob@example.org`,
		Args:    cobra.ExactArgs(1),
		RunE: env.RunE(func(ctx context.Context, inv kit.Invocation, args []string) error {
			o := userShowOptions{inv.Console(), args[0]}
			return withAccounts(ctx, inv.Client(o.Console), o.run)
		}),
	}
}

func (o userShowOptions) run(ctx context.Context, in kit.SignedIn, accounts *dnanexus.Client) error {
	account, err := accounts.AdminUser(ctx, o.user)
	if err != nil {
		return err
	}
	if o.JSON {
		return o.PrintJSON(adminUserOf(account))
	}
	return o.Print(format.Pairs(accountRows(account, in.Account.Server), o.Columns()))
}
