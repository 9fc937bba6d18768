package account

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/credentials"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
)

// emailOptions are the flags of account email, and what it uses.
type emailOptions struct {
	*kit.Console
	address string
	reauth  credentials.Reauth
}

func emailCommand(env kit.Env) *cobra.Command {
	var o emailOptions
	cmd := &cobra.Command{
		Use:   "email ADDRESS",
		Short: "Change the e-mail address",
		Long: `Change the e-mail address of the account. The server may ask for the password
and a code. Other sessions of the account then end. A new address counts as
yours for single sign-on once you confirm it:
"` + env.Program + ` account confirm-email".`,
		Example: `  ` + env.Program + ` account email alice@lab.example.org`,
		Args:    cobra.ExactArgs(1),
		RunE: env.RunE(func(ctx context.Context, inv kit.Invocation, args []string) error {
			o.address = args[0]
			if err := kit.CheckEmail(o.address); err != nil {
				return refusal.AsUsage(err)
			}
			o.Console = inv.ConsoleReading(o.reauth.PasswordStdin)
			o.reauth.Console = o.Console
			return inv.Client(o.Console).Do(ctx, o.run)
		}),
	}
	o.reauth.Bind(cmd.Flags())
	return cmd
}

func (o emailOptions) run(ctx context.Context, in kit.SignedIn) error {
	settings, err := in.Settings()
	if err != nil {
		return err
	}
	err = o.reauth.IfAsked(ctx, in.Account, func(given platform.Credentials) error {
		return settings.ChangeEmail(ctx, given, o.address)
	})
	if err != nil {
		return err
	}
	o.Paragraph("The e-mail address of %s is now %s."+kit.OthersEnded, kit.Whose(in.Account), o.address)
	return o.AnswerJSON(changedJSON{Changed: []string{"email"}})
}
