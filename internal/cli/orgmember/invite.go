package orgmember

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// inviteOptions are the arguments and flags of admin org invite, and what it uses.
type inviteOptions struct {
	*kit.Console
	org, user string
	access    accessFlags
}

func inviteCommand(env kit.Env) *cobra.Command {
	var o inviteOptions
	cmd := &cobra.Command{
		Use:   "invite ORG USER",
		Short: "Make a user a member of an org",
		Long: `Make a user a member of an org. Give the user by name, ID or e-mail address.
Without flags the member gets the platform's defaults: MEMBER, the right apps,
and up to CONTRIBUTE in projects that are shared with the org.

` + aboutRights,
		Example: `  ` + env.Program + ` admin org invite genomics carol
  ` + env.Program + ` admin org invite genomics carol@example.org --project-access VIEW --allow billing
  ` + env.Program + ` admin org invite genomics carol --level ADMIN`,
		Args: cobra.ExactArgs(2),
		RunE: env.RunE(func(ctx context.Context, inv kit.Invocation, args []string) error {
			o.Console, o.org, o.user = inv.Console(), args[0], args[1]
			access, err := o.access.read()
			if err != nil {
				return err
			}
			return inv.Client(o.Console).WithOrgs(ctx, func(ctx context.Context, orgs *dnanexus.Client) error {
				return o.run(ctx, orgs, access)
			})
		}),
	}
	o.access.bind(cmd.Flags())
	return kit.CompleteArgs(cmd, kit.CompleteOrgs)
}

// invitedJSON is what admin org invite prints with --json.
type invitedJSON struct {
	Org     string `json:"org"`     // ID
	Invitee string `json:"invitee"` // ID or e-mail address
	State   string `json:"state"`   // accepted: the user is a member
}

func (o inviteOptions) run(ctx context.Context, orgs *dnanexus.Client, access dnanexus.MemberAccess) error {
	invitee := userID(o.user)
	if strings.Contains(o.user, "@") {
		invitee = o.user
	}
	invited, err := orgs.InviteToOrg(ctx, kit.OrgID(o.org), dnanexus.OrgInviteRequest{Invitee: invitee, MemberAccess: access})
	if err != nil {
		return err
	}
	if invited.State == "accepted" {
		o.Message("%s is a member of %s now", o.user, kit.OrgID(o.org))
	} else {
		o.Message("Invited %s to %s: %s", o.user, kit.OrgID(o.org), invited.State)
	}
	return o.AnswerJSON(invitedJSON{kit.OrgID(o.org), invitee, invited.State})
}
