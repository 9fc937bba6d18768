package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/platform"
)

func (a *app) adminUserResetCommand() *cobra.Command {
	var reset platform.TwoFactorReset
	cmd := &cobra.Command{
		Use:   "reset-2fa USER",
		Short: "Take the second factor off an account",
		Long: `Turn two-factor authentication off for somebody who lost the phone and the
recovery codes. The account's sessions end; its API tokens go on, unless
--revoke-tokens is given. Where the server enforces two-factor authentication,
the next login sets it up anew.

An administrator of the platform can do it to every account. With --org, an
admin of the org can do it to the accounts that the org made.`,
		Example: `  ` + a.Program + ` admin user reset-2fa bob
  ` + a.Program + ` admin user reset-2fa bob --org genomics`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			reset.User = args[0]
			return a.resetTwoFactorOf(cmd.Context(), reset)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&reset.Org, "org", "", "act for this `ORG`, by handle or ID")
	flags.BoolVar(&reset.RevokeTokens, "revoke-tokens", false, "revoke the account's API tokens, too")
	return cmd
}

// twoFactorResetJSON is what admin user reset-2fa prints with --json.
type twoFactorResetJSON struct {
	User          string `json:"user"`
	TwoFactor     bool   `json:"twoFactor"`
	TokensRevoked bool   `json:"tokensRevoked"`
}

func (a *app) resetTwoFactorOf(ctx context.Context, reset platform.TwoFactorReset) error {
	return a.withAccounts(ctx, func(_ signedIn, accounts platform.Accounts) error {
		if err := accounts.ResetTwoFactor(ctx, reset); err != nil {
			return err
		}
		a.term.Message("The account %s has no second factor any more, and its sessions have ended", reset.User)
		return a.answerJSON(twoFactorResetJSON{User: reset.User, TokensRevoked: reset.RevokeTokens})
	})
}
