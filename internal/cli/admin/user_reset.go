package admin

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// userResetOptions are the flags of admin user reset-2fa, and what it uses.
type userResetOptions struct {
	*kit.Console
	user         string
	org          string // by handle or ID; empty: for the platform
	revokeTokens bool   // API tokens, too
	confirm      kit.Confirmation
}

func userResetCommand(env kit.Env) *cobra.Command {
	var o userResetOptions
	cmd := &cobra.Command{
		Use:   "reset-2fa USER",
		Short: "Reset two-factor authentication for an account",
		Long: `Turn off two-factor authentication for a user who lost both the phone and the
recovery codes. The account's sessions end; its API tokens stay valid unless
--revoke-tokens is given. If the server enforces two-factor authentication, the
next login sets it up again.

An administrator of the platform can do this for every account. With --org, an
admin of the org can do it for the accounts that the org made.

` + kit.AsksHelp,
		Example: `  ` + env.Program + ` admin user reset-2fa bob
  ` + env.Program + ` admin user reset-2fa bob --org genomics`,
		Args: cobra.ExactArgs(1),
		RunE: env.RunE(func(ctx context.Context, inv kit.Invocation, args []string) error {
			o.Console, o.user = inv.Console(), args[0]
			return withAccounts(ctx, inv.Client(o.Console), o.run)
		}),
	}
	flags := cmd.Flags()
	flags.StringVar(&o.org, "org", "", "act for this `ORG`, by handle or ID")
	kit.CompleteFlag(flags, "org", kit.CompleteOrgs)
	flags.BoolVar(&o.revokeTokens, "revoke-tokens", false, "revoke the account's API tokens, too")
	o.confirm.Bind(flags)
	return cmd
}

// twoFactorResetJSON is what admin user reset-2fa prints with --json.
type twoFactorResetJSON struct {
	User          string `json:"user"`
	TwoFactor     bool   `json:"twoFactor"`
	TokensRevoked bool   `json:"tokensRevoked"`
}

func (o userResetOptions) run(ctx context.Context, _ kit.SignedIn, accounts *dnanexus.Client) error {
	id, err := resolveUser(ctx, accounts, o.user)
	if err != nil {
		return err
	}
	request := dnanexus.ResetUserMFARequest{UserID: id, RevokeChildTokens: o.revokeTokens}
	if o.org != "" {
		request.OrgID = kit.OrgID(o.org)
	}
	question := "Turn off two-factor authentication for " + o.user + ", and end all sessions of the account?"
	if err := o.confirm.Require(ctx, o.Console, "resetting the two-factor authentication of "+o.user, question, "nothing was changed"); err != nil {
		return err
	}
	if _, err := accounts.ResetUserMFA(ctx, request); err != nil {
		return err
	}
	o.Message("Turned off two-factor authentication for %s and ended its sessions", o.user)
	return o.AnswerJSON(twoFactorResetJSON{User: o.user, TokensRevoked: o.revokeTokens})
}

// resolveUser returns the ID of a user given by name, ID or e-mail address. Only
// an e-mail address takes a request.
func resolveUser(ctx context.Context, accounts *dnanexus.Client, name string) (string, error) {
	if strings.Contains(name, "@") {
		account, err := accounts.AdminUser(ctx, name)
		return account.ID, err
	}
	return dnanexus.UserID(strings.TrimPrefix(name, dnanexus.ClassUser+"-")), nil
}
