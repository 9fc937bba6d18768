// Package account has the commands that show and change the user's own account
// and list the user's sessions.
//
// It promises that it asks for the password only if the server requires it; that
// a new password is checked, as far as that is possible here, before the current
// one is sent; and that revoking sessions never ends the session in use: that is
// a logout, which also erases the credential on this machine.
package account

import (
	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/kit"
)

// Account returns the command account, with those below it.
func Account(env kit.Env) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "account",
		Short: "Show and change your account",
		Long:  `Show and change the account that is logged in.`,
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		showCommand(env),
		updateCommand(env),
		passwordCommand(env),
		emailCommand(env),
		confirmEmailCommand(env),
		activateCommand(env),
		sessionsCommand(env),
		orgsCommand(env),
		identitiesCommand(env),
	)
	return cmd
}

// changedJSON is what commands that change an account print with --json.
type changedJSON struct {
	Changed []string `json:"changed"` // first, middle, last, email, password
}
