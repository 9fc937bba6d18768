// Package twofactor has the command 2fa: it turns two-factor authentication on and
// off, shows its status and replaces the recovery codes.
//
// It promises to get the status first, so that neither a password is sent nor a
// code used for a change that is not possible; that a user at a terminal confirms
// turning it off; and that scripts can do all that users can, in steps that never
// leave a change incomplete.
package twofactor

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
)

// TwoFactor returns the command 2fa, with those below it.
func TwoFactor(env kit.Env) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "2fa",
		Short: "Manage two-factor authentication",
		Long: `Two-factor authentication asks for a code of an authenticator app at each login,
in addition to the password. If you do not have your phone, use a recovery code
instead. API tokens and existing sessions need no code.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		enableCommand(env),
		disableCommand(env),
		statusCommand(env),
		recoveryCodesCommand(env),
		resetCommand(env),
	)
	return cmd
}

// serverOf returns the platform's two-factor authentication, and its status for
// the account.
func serverOf(ctx context.Context, in kit.SignedIn) (platform.TwoFactor, platform.TwoFactorStatus, error) {
	server, err := in.TwoFactor()
	if err != nil {
		return nil, platform.TwoFactorStatus{}, err
	}
	status, err := server.TwoFactorStatus(ctx)
	return server, status, err
}

func errOff(program string) error {
	return refusal.New(refusal.Conflict, "two-factor authentication is off").WithHint("run " + program + " 2fa enable to turn it on")
}

func countOrNull(count int) *int {
	if count == platform.UnknownCount {
		return nil
	}
	return &count
}
