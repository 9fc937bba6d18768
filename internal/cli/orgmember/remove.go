package orgmember

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// removeOptions are the arguments and flags of admin org remove, and what it uses.
type removeOptions struct {
	*kit.Console
	org, user    string
	keepProjects bool
	confirm      kit.Confirmation
}

func removeCommand(env kit.Env) *cobra.Command {
	var o removeOptions
	cmd := &cobra.Command{
		Use:   "remove ORG USER",
		Short: "Remove a member from an org",
		Long: `Remove a member from an org. The user loses what the org gave, and unless
--keep-projects is given also the user's own permissions on projects for which
the org pays. Give the user by name or ID. The account itself stays.

An org keeps at least one admin: to remove the last one, make another member an
admin first ("` + env.Program + ` admin org access ORG USER --level ADMIN").

` + kit.AsksHelp,
		Example: `  ` + env.Program + ` admin org remove genomics bob --yes`,
		Args:    cobra.ExactArgs(2),
		RunE: env.RunE(func(ctx context.Context, inv kit.Invocation, args []string) error {
			o.Console, o.org, o.user = inv.Console(), args[0], args[1]
			return inv.Client(o.Console).WithOrgs(ctx, o.run)
		}),
	}
	cmd.Flags().BoolVar(&o.keepProjects, "keep-projects", false, "keep the user's own permissions on the org's projects")
	o.confirm.Bind(cmd.Flags())
	return kit.CompleteArgs(cmd, kit.CompleteOrgs)
}

// removedJSON is what admin org remove prints with --json.
type removedJSON struct {
	Org      string                    `json:"org"`      // ID
	UserID   string                    `json:"userId"`   // of the former member
	Projects map[string]dnanexus.Level `json:"projects"` // IDs, with the user's own level that was lost
}

func (o removeOptions) run(ctx context.Context, orgs *dnanexus.Client) error {
	org, user := kit.OrgID(o.org), userID(o.user)
	if err := o.confirm.Require(ctx, o.Console, "removing "+o.user+" from "+org, "Remove "+o.user+" from "+org+"?", "nothing was changed"); err != nil {
		return err
	}
	revoke := !o.keepProjects
	removed, err := orgs.RemoveMember(ctx, org, dnanexus.RemoveMemberRequest{User: user, RevokeProjectPermissions: &revoke})
	if err != nil {
		return err
	}
	o.Message("%s is no longer a member of %s", o.user, org)
	if lost := len(removed.Projects); lost > 0 {
		o.Message("Permissions on projects that ended: %d", lost)
	}
	projects := removed.Projects
	if projects == nil {
		projects = map[string]dnanexus.Level{}
	}
	return o.AnswerJSON(removedJSON{org, user, projects})
}
