// Package twofactor has the commands that turn two-factor authentication on and
// off, show how it stands and replace the recovery codes: 2fa.
//
// It promises that how the second factor stands is asked first, so that a
// password does not go where nothing can be done with it and no code is spent in
// vain; that a person confirms what takes protection away; and that scripts can
// do what people do, in steps that leave nothing half done.
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
		Short: "Two-factor authentication: turn it on and off, see it",
		Long: `Two-factor authentication asks for a code of an authenticator app at each login,
beside the password. Recovery codes take its place when the phone is not at
hand. API tokens and sessions that exist need no code.`,
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

// serverOf returns what the platform offers of two-factor authentication, and
// how that stands for the account.
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
