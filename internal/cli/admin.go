package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/pkg/dnanexus"
)

func (a *app) adminCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "admin",
		Short: "Administer a platform that dxauth serves",
		Long: `Administer the accounts and orgs of a platform that "` + a.Program + ` serve" runs. The
server decides who may: most is for administrators of the platform, some for
the admins of an org.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.adminBootstrapCommand(), a.adminUserCommand(), a.adminOrgCommand())
	return cmd
}

// withAccounts runs a command's work with what the platform offers of it.
func (a *app) withAccounts(ctx context.Context, work func(signedIn, *dnanexus.Client) error) error {
	return a.asSignedIn(ctx, func(in signedIn) error {
		accounts, err := in.Accounts()
		if err != nil {
			return err
		}
		return work(in, accounts)
	})
}

// withOrgs runs a command's work with what the platform offers of it.
func (a *app) withOrgs(ctx context.Context, work func(*dnanexus.Client) error) error {
	return a.asSignedIn(ctx, func(in signedIn) error {
		orgs, err := in.Orgs()
		if err != nil {
			return err
		}
		return work(orgs)
	})
}
