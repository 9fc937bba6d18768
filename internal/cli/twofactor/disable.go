package twofactor

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/credentials"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/session"
)

// disableOptions are the flags of 2fa disable, and what it uses.
type disableOptions struct {
	*kit.Console
	reauth credentials.Reauth
	yes    kit.Confirmation
}

func disableCommand(env kit.Env) *cobra.Command {
	var o disableOptions
	cmd := &cobra.Command{
		Use:   "disable",
		Short: "Turn two-factor authentication off",
		Long: `Turn two-factor authentication off, with the password and a code or a recovery
code. The key in the authenticator app and the recovery codes become invalid for
good, even if you turn it on again. Other sessions of the account end.

` + kit.AsksHelp,
		Example: `  ` + env.Program + ` 2fa disable
  printf '%s\n' "$PASSWORD" "$CODE" | ` + env.Program + ` 2fa disable --password-stdin --yes`,
		Args: cobra.NoArgs,
		RunE: env.RunE(func(ctx context.Context, inv kit.Invocation, _ []string) error {
			o.Console = inv.ConsoleReading(o.reauth.PasswordStdin)
			o.reauth.Console = o.Console
			return inv.Client(o.Console).Do(ctx, o.run)
		}),
	}
	o.reauth.Bind(cmd.Flags())
	o.yes.Bind(cmd.Flags())
	return cmd
}

// switchedJSON is what 2fa disable prints with --json.
type switchedJSON struct {
	Enabled bool `json:"enabled"`
}

func (o disableOptions) run(ctx context.Context, in kit.SignedIn) error {
	server, status, err := serverOf(ctx, in)
	switch {
	case err != nil:
		return err
	case !status.On:
		return errOff(o.Program)
	case status.Mode == platform.TwoFactorEnforced: // checked here, so that no code is used up
		return refusal.New(refusal.Denied, "%s requires two-factor authentication: it can't be turned off", in.Account.Host).
			WithHint("run " + o.Program + " 2fa reset to set up another authenticator")
	}
	if err := o.confirm(ctx, in.Account); err != nil {
		return err
	}
	err = o.reauth.Always(ctx, in.Account, func(given platform.Credentials) error { return server.DisableTwoFactor(ctx, given) })
	if err != nil {
		return err
	}
	o.Paragraph("Two-factor authentication is off for %s."+kit.OthersEnded, kit.Whose(in.Account))
	return o.AnswerJSON(switchedJSON{Enabled: false})
}

// confirm asks the user to confirm, before the password.
func (o disableOptions) confirm(ctx context.Context, account session.Account) error {
	question := "Turn two-factor authentication off for " + kit.Whose(account) + "?"
	return o.yes.Require(ctx, o.Console, "turning two-factor authentication off", question, "two-factor authentication stays on")
}
