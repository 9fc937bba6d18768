package twofactor

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/platform"
)

func resetCommand(env kit.Env) *cobra.Command {
	var o setupOptions
	cmd := &cobra.Command{
		Use:   "reset",
		Short: "Set up another authenticator app",
		Long: `Set up another authenticator app, for a new phone. Your current app and its
recovery codes work until setup completes; then they become invalid.` + setupLong,
		Example: `  ` + env.Program + ` 2fa reset`,
		Args:    cobra.NoArgs,
		RunE: env.RunE(func(ctx context.Context, inv kit.Invocation, _ []string) error {
			if err := o.start(ctx, inv); err != nil {
				return err
			}
			return o.client.Do(ctx, o.reset)
		}),
	}
	o.bind(cmd.Flags())
	return cmd
}

func (o setupOptions) reset(ctx context.Context, in kit.SignedIn) error {
	return o.setUp(ctx, in, o.mayReset)
}

// mayReset returns an error if a reset is not possible, before a code is used up.
func (o setupOptions) mayReset(in kit.SignedIn, status platform.TwoFactorStatus) error {
	switch {
	case !status.On:
		return errOff(o.Program)
	case status.Mode == platform.TwoFactorDisabled:
		return errDisabled(in, "your current authenticator still works; "+o.Program+" 2fa disable turns it off")
	}
	return nil
}
