package account

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/activation"
	"github.com/dxauth/dxauth/internal/cli/connect"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/platform"
)

// activateOptions are the flags of account activate, and what it uses.
type activateOptions struct {
	activation.CodeSignIn
	target connect.Target
	server *platform.CodeSignIn
}

func activateCommand(env kit.Env) *cobra.Command {
	var o activateOptions
	cmd := &cobra.Command{
		Use:   "activate",
		Short: "Set the first password of a new account",
		Long: `Set the first password of an account that an administrator made for you, with
the activation code. The code works once; you need not be logged in.

Scripts give the code and the new password as two lines of standard input.`,
		Example: `  ` + env.Program + ` account activate --server https://platform.example.org
  printf '%s\n' "$CODE" "$PASSWORD" | ` + env.Program + ` account activate --code-stdin`,
		Args: cobra.NoArgs,
		RunE: env.RunE(func(ctx context.Context, inv kit.Invocation, _ []string) (err error) {
			o.Console = inv.ConsoleReading(o.CodeStdin)
			if o.target, o.server, err = activation.Connect(inv.Settings, inv.Servers(o.Console)); err != nil {
				return err
			}
			return o.run(ctx)
		}),
	}
	o.Bind(cmd.Flags())
	return cmd
}

func (o *activateOptions) run(ctx context.Context) error {
	if err := o.Start(ctx); err != nil {
		return err
	}
	hint := "an administrator can make another code with " + o.Program + " admin user code"
	user, err := o.SignIn(ctx, hint, func() (platform.User, error) { return o.server.Activate(ctx, o.Code, o.Password.Text) })
	if err != nil {
		return err
	}
	return o.Done(o.target, user, "has a password now")
}
