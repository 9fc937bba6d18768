package admin

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/cli/orgmember"
	"github.com/dxauth/dxauth/internal/cli/trustrule"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

func orgCommand(env kit.Env) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "org",
		Short: "Make orgs, manage members, policies and trust rules",
		Long: `Make orgs, manage their members, set their policies, and say which CI jobs act
for them. Give an org by its handle or ID.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(orgmember.Commands(env)...)
	cmd.AddCommand(
		orgAddCommand(env),
		orgPolicyCommand(env),
		orgTokensCommand(env),
		orgRevokeTokenCommand(env),
		trustrule.Command(env),
	)
	return cmd
}

// invite makes a user a member of an org. The user is given by name, ID or e-mail
// address.
func invite(ctx context.Context, orgs *dnanexus.Client, org, user string, level dnanexus.OrgLevel) error {
	_, err := orgs.InviteToOrg(ctx, org, dnanexus.OrgInviteRequest{
		Invitee: userRef(user), MemberAccess: dnanexus.MemberAccess{Level: level},
	})
	return err
}

// userRef returns what an invitation takes for a user: an ID or an e-mail address.
func userRef(name string) string {
	if strings.Contains(name, "@") || strings.HasPrefix(name, "user-") {
		return name
	}
	return dnanexus.UserID(name)
}
