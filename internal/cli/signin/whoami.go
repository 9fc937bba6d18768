package signin

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/terminal"
)

// whoamiOptions are what whoami uses.
type whoamiOptions struct {
	*kit.Console
	id bool
}

// Whoami returns the command whoami.
func Whoami(env kit.Env) *cobra.Command {
	var o whoamiOptions
	cmd := &cobra.Command{
		Use:   "whoami",
		Short: "Print who is logged in",
		Long:  `Print the name of the user who is logged in, as the server knows it.`,
		Args:  cobra.NoArgs,
		RunE: env.RunE(func(ctx context.Context, inv kit.Invocation, _ []string) error {
			o.Console = inv.Console()
			return inv.Client(o.Console).Do(ctx, o.run)
		}),
	}
	cmd.Flags().BoolVar(&o.id, "id", false, "print the user's ID")
	return cmd
}

// whoamiJSON is what whoami prints with --json.
type whoamiJSON struct {
	User   string `json:"user"`
	UserID string `json:"userId"`
	Server string `json:"server"`
}

// run asks the server, because the credential may belong to another user than the
// stored name says.
func (o whoamiOptions) run(ctx context.Context, in kit.SignedIn) error {
	user, err := in.Whoami(ctx)
	if err != nil {
		return err
	}
	defer adviseNewcomer(ctx, o.Console, in)
	switch {
	case o.JSON:
		return o.PrintJSON(whoamiJSON{User: user.Name, UserID: user.ID, Server: in.Account.Server})
	case o.id:
		return o.Printf("%s\n", terminal.Clean(user.ID))
	default:
		return o.Printf("%s\n", terminal.Clean(user.Name))
	}
}
