// Package account has the commands with which people see and change what the
// server holds of their account, and where they are signed in.
//
// It promises that the password is asked for where the server wants it and not
// before; that a new password which the server would refuse is refused before
// the present one is sent, as far as that is known here; and that the session in
// use is not ended among others: that is a logout, which erases it here, too.
package account

import (
	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/kit"
)

// Account returns the command account, with those below it.
func Account(env kit.Env) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "account",
		Short: "See and change what the server holds of the account",
		Long:  `See and change what the server holds of the account that is logged in.`,
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		showCommand(env),
		updateCommand(env),
		passwordCommand(env),
		emailCommand(env),
		activateCommand(env),
		sessionsCommand(env),
	)
	return cmd
}

// changedJSON is what commands that change an account print with --json.
type changedJSON struct {
	Changed []string `json:"changed"` // first, middle, last, email, password
}
