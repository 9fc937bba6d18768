package twofactor

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
)

func enableCommand(env kit.Env) *cobra.Command {
	var o setupOptions
	cmd := &cobra.Command{
		Use:   "enable",
		Short: "Turn two-factor authentication on",
		Long:  `Turn two-factor authentication on.` + setupLong,
		Example: `  ` + env.Program + ` 2fa enable
  ` + env.Program + ` 2fa enable --qr png:key.png --recovery-file codes.txt
  ` + env.Program + ` 2fa enable --begin --password-stdin --json < password`,
		Args: cobra.NoArgs,
		RunE: env.RunE(func(ctx context.Context, inv kit.Invocation, _ []string) error {
			if err := o.start(ctx, inv); err != nil {
				return err
			}
			return o.client.Do(ctx, o.enable)
		}),
	}
	o.bind(cmd.Flags())
	return cmd
}

func (o setupOptions) enable(ctx context.Context, in kit.SignedIn) error {
	return o.setUp(ctx, in, o.mayEnable)
}

func (o setupOptions) mayEnable(in kit.SignedIn, status platform.TwoFactorStatus) error {
	switch {
	case status.On:
		return refusal.New(refusal.Conflict, "two-factor authentication is already on").
			WithHint("run " + o.Program + " 2fa reset to set up another authenticator")
	case status.Mode == platform.TwoFactorDisabled:
		return errDisabled(in, "")
	}
	return nil
}
