package run

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/refusal"
)

// envOptions are the flags of env, and what it uses.
type envOptions struct {
	*kit.Console
	client  *kit.Client
	bash    bool
	dxFlags bool
}

// Env returns the command env.
func Env(env kit.Env) *cobra.Command {
	var o envOptions
	cmd := &cobra.Command{
		Use:   "env",
		Short: "Show the environment, or export it for another client",
		Long: `Show the server, the project and the user that commands work with. The token is
masked.

With --bash, print shell commands that set the environment, token included, for
dx and programs like it; with --dx-flags, print the same as flags for dx. Other
users of this machine can see flags, but not variables. Clients of MOLGENIS use
MOLGENIS_URL and MOLGENIS_TOKEN.`,
		Example: `  eval "$(` + env.Program + ` env --bash)"`,
		Args:    cobra.NoArgs,
		RunE: env.RunE(func(ctx context.Context, inv kit.Invocation, _ []string) error {
			if o.bash && o.dxFlags {
				return refusal.Usagef("--bash and --dx-flags exclude each other")
			}
			o.Console = inv.Console()
			o.client = inv.Client(o.Console)
			return o.run(ctx)
		}),
	}
	cmd.Flags().BoolVar(&o.bash, "bash", false, "print commands for a shell to evaluate, with the token in plain text")
	cmd.Flags().BoolVar(&o.dxFlags, "dx-flags", false, "print flags for dx, with the token in plain text")
	return cmd
}

// run shows what is known on this machine and sends no request.
func (o envOptions) run(ctx context.Context) error {
	in, err := o.client.ActiveOffline(ctx)
	if err != nil {
		return err
	}
	e, err := newEnvironment(in, o.client.Accounts.Project(in.Account))
	if err != nil {
		return err
	}
	text, err := o.format(e)
	if err != nil {
		return err
	}
	return o.Print(text)
}

func (o envOptions) format(e environment) (string, error) {
	switch client := e.client(); {
	case o.bash:
		return client.bash()
	case o.dxFlags:
		return client.dxFlags()
	case o.JSON:
		return e.json()
	default:
		return client.table(), nil
	}
}
