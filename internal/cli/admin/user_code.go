package admin

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// userCodeOptions are the arguments of admin user code, and what it uses.
type userCodeOptions struct {
	*kit.Console
	user string
}

func userCodeCommand(env kit.Env) *cobra.Command {
	return &cobra.Command{
		Use:   "code USER",
		Short: "Make another activation code for a new account",
		Long: `Make another code with which the owner of a new account sets the password. The
previous code no longer works.`,
		Example: `  ` + env.Program + ` admin user code bob`,
		Args:    cobra.ExactArgs(1),
		RunE: env.RunE(func(ctx context.Context, inv kit.Invocation, args []string) error {
			o := userCodeOptions{inv.Console(), args[0]}
			return withAccounts(ctx, inv.Client(o.Console), o.run)
		}),
	}
}

func (o userCodeOptions) run(ctx context.Context, in kit.SignedIn, accounts *dnanexus.Client) error {
	made, err := accounts.ResendActivation(ctx, o.user)
	if err != nil {
		return err
	}
	return handOn(o.Console, in, o.user, made)
}
