package orgmember

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/format"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// accessOptions are the arguments and flags of admin org access, and what it uses.
type accessOptions struct {
	*kit.Console
	org, user string
	flags     accessFlags
}

func accessCommand(env kit.Env) *cobra.Command {
	var o accessOptions
	cmd := &cobra.Command{
		Use:   "access ORG USER",
		Short: "Show or set what a member of an org can do",
		Long: `Show the level and the rights of a member of an org, or set those that are
given; the others stay. Give the user by name or ID. An org keeps at least one
admin: make another member one before you lower the last.

` + aboutRights,
		Example: `  ` + env.Program + ` admin org access genomics bob
  ` + env.Program + ` admin org access genomics bob --project-access VIEW --deny billing
  ` + env.Program + ` admin org access genomics bob --level ADMIN`,
		Args: cobra.ExactArgs(2),
		RunE: env.RunE(func(ctx context.Context, inv kit.Invocation, args []string) error {
			o.Console, o.org, o.user = inv.Console(), args[0], args[1]
			change, err := o.flags.read()
			if err != nil {
				return err
			}
			return inv.Client(o.Console).WithOrgs(ctx, func(ctx context.Context, orgs *dnanexus.Client) error {
				return o.run(ctx, orgs, change)
			})
		}),
	}
	o.flags.bind(cmd.Flags())
	return kit.CompleteArgs(cmd, kit.CompleteOrgs)
}

func (o accessOptions) run(ctx context.Context, orgs *dnanexus.Client, change dnanexus.MemberAccess) error {
	if !o.flags.isEmpty() {
		if err := orgs.SetMemberAccess(ctx, kit.OrgID(o.org), dnanexus.SetMemberAccessRequest{userID(o.user): change}); err != nil {
			return err
		}
	}
	found, err := find(ctx, orgs, o.org, userID(o.user))
	if err != nil {
		return err
	}
	members, err := membersOf(found)
	switch {
	case err != nil:
		return err
	case len(members.Members) == 0:
		return refusal.New(refusal.NotFound, "%s is not a member of %s", o.user, kit.OrgID(o.org)).
			WithHint("see " + o.Program + " admin org members " + o.org)
	case o.JSON:
		return o.PrintJSON(members.Members[0])
	default:
		return o.Print(format.Pairs(rows(members.Members[0]), o.Columns()))
	}
}
