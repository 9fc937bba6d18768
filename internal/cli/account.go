package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/platform"
)

func (a *app) accountCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "account",
		Short: "See and change what the server holds of the account",
		Long:  `See and change what the server holds of the account that is logged in.`,
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.accountShowCommand(), a.accountUpdateCommand(), a.accountPasswordCommand(), a.accountEmailCommand(), a.accountActivateCommand(),
		a.sessionsCommand())
	return cmd
}

// withSettings runs a command's work with what the platform offers of it.
func (a *app) withSettings(ctx context.Context, work func(signedIn, platform.Settings) error) error {
	return a.asSignedIn(ctx, func(in signedIn) error {
		settings, err := in.Settings()
		if err != nil {
			return err
		}
		return work(in, settings)
	})
}
