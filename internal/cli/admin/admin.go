// Package admin has the commands for administrators of a platform and admins of
// orgs: they manage accounts and orgs.
//
// It promises that only the server decides who may do what; that a secret is
// never an argument, and an activation code is printed alone on standard output;
// that a first password is checked before the account is made; and that all given
// tokens are found before any of them is changed.
package admin

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// Admin returns the command admin, with those below it.
func Admin(env kit.Env) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "admin",
		Short: "Administer a platform that dxauth serves",
		Long: `Administer the accounts and orgs of a platform that "` + env.Program + ` serve" runs. The
server decides who may do what: most commands are for administrators of the
platform, some for the admins of an org.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		bootstrapCommand(env),
		userCommand(env),
		orgCommand(env),
	)
	return cmd
}

// withAccounts runs work with a client for the calls about accounts.
func withAccounts(ctx context.Context, client *kit.Client, work func(context.Context, kit.SignedIn, *dnanexus.Client) error) error {
	return client.Do(ctx, func(ctx context.Context, in kit.SignedIn) error {
		accounts, err := in.Accounts()
		if err != nil {
			return err
		}
		return work(ctx, in, accounts)
	})
}
