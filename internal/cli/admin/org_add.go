package admin

import (
	"cmp"
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/terminal"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// orgAddOptions are the flags of admin org add, and what it uses.
type orgAddOptions struct {
	*kit.Console
	org    dnanexus.NewOrgRequest
	admins []string
}

func orgAddCommand(env kit.Env) *cobra.Command {
	var o orgAddOptions
	cmd := &cobra.Command{
		Use:   "add HANDLE",
		Short: "Make an org",
		Long: `Make an org. You and the users given with --admin become its admins. Its ID is
"org-" and the handle in lower case.`,
		Example: `  ` + env.Program + ` admin org add genomics --name "Genomics Lab" --admin alice`,
		Args:    cobra.ExactArgs(1),
		RunE: env.RunE(func(ctx context.Context, inv kit.Invocation, args []string) error {
			o.Console = inv.Console()
			o.org.Handle, o.org.Name = args[0], cmp.Or(o.org.Name, args[0])
			return inv.Client(o.Console).WithOrgs(ctx, o.run)
		}),
	}
	flags := cmd.Flags()
	flags.StringVar(&o.org.Name, "name", "", "display `NAME` (default the handle)")
	flags.StringArrayVar(&o.admins, "admin", nil, "`USER` who becomes an admin, by user name, ID or e-mail address")
	return cmd
}

// orgIDJSON is what admin org add prints with --json.
type orgIDJSON struct {
	ID string `json:"id"`
}

func (o orgAddOptions) run(ctx context.Context, orgs *dnanexus.Client) error {
	made, err := orgs.NewOrg(ctx, o.org)
	if err != nil {
		return err
	}
	o.Message("Made the org %s", made.ID)
	for _, admin := range o.admins {
		if err := invite(ctx, orgs, made.ID, admin, dnanexus.OrgAdmin); err != nil {
			return fmt.Errorf("could not make %s an admin: %w", admin, platform.Explain(err))
		}
	}
	if o.JSON {
		return o.PrintJSON(orgIDJSON{made.ID})
	}
	return o.Printf("%s\n", terminal.Clean(made.ID))
}
