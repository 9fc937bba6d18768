package cli

import "github.com/spf13/cobra"

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
