package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// resetOptions say whose second factor is taken off.
type resetOptions struct {
	user         string
	org          string // by handle or ID; empty: for the platform
	revokeTokens bool   // API tokens, too
}

func (a *app) adminUserResetCommand() *cobra.Command {
	var o resetOptions
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
			o.user = args[0]
			return a.resetTwoFactorOf(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.org, "org", "", "act for this `ORG`, by handle or ID")
	flags.BoolVar(&o.revokeTokens, "revoke-tokens", false, "revoke the account's API tokens, too")
	return cmd
}

// twoFactorResetJSON is what admin user reset-2fa prints with --json.
type twoFactorResetJSON struct {
	User          string `json:"user"`
	TwoFactor     bool   `json:"twoFactor"`
	TokensRevoked bool   `json:"tokensRevoked"`
}

func (a *app) resetTwoFactorOf(ctx context.Context, o resetOptions) error {
	return a.withAccounts(ctx, func(_ signedIn, accounts *dnanexus.Client) error {
		id, err := resolveUser(ctx, accounts, o.user)
		if err != nil {
			return err
		}
		request := dnanexus.ResetUserMFARequest{UserID: id, RevokeChildTokens: o.revokeTokens}
		if o.org != "" {
			request.OrgID = orgID(o.org)
		}
		if _, err := accounts.ResetUserMFA(ctx, request); err != nil {
			return err
		}
		a.term.Message("The account %s has no second factor any more, and its sessions have ended", o.user)
		return a.answerJSON(twoFactorResetJSON{User: o.user, TokensRevoked: o.revokeTokens})
	})
}

// resolveUser returns the ID of a user named by name, ID or e-mail address. Only
// the last is looked up.
func resolveUser(ctx context.Context, accounts *dnanexus.Client, name string) (string, error) {
	if strings.Contains(name, "@") {
		account, err := accounts.AdminUser(ctx, name)
		return account.ID, err
	}
	return dnanexus.UserID(strings.TrimPrefix(name, dnanexus.ClassUser+"-")), nil
}
