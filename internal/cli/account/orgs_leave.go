package account

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// orgsLeaveOptions are the arguments and flags of account orgs leave, and what it
// uses.
type orgsLeaveOptions struct {
	*kit.Console
	orgs    []string
	confirm kit.Confirmation
}

func orgsLeaveCommand(env kit.Env) *cobra.Command {
	var o orgsLeaveOptions
	cmd := &cobra.Command{
		Use:   "leave ORG...",
		Short: "Leave orgs",
		Long: `End your membership in orgs, and their power over your account. You lose what
you can access through them; your own permissions on projects stay.
Only an admin of an org can make you a member again. Its only admin makes
another member one first.

` + kit.AsksHelp,
		Example: `  ` + env.Program + ` account orgs leave genomics --yes`,
		Args:    cobra.MinimumNArgs(1),
		RunE: env.RunE(func(ctx context.Context, inv kit.Invocation, args []string) error {
			o.Console, o.orgs = inv.Console(), args
			return inv.Client(o.Console).Do(ctx, o.run)
		}),
	}
	o.confirm.Bind(cmd.Flags())
	return kit.CompleteArgs(cmd, kit.CompleteOrgs)
}

// leftJSON is what account orgs leave prints with --json.
type leftJSON struct {
	Left []string `json:"left"` // IDs
}

func (o orgsLeaveOptions) run(ctx context.Context, in kit.SignedIn) error {
	client, list, err := ownOrgs(ctx, in)
	if err != nil {
		return err
	}
	ids, err := findOrgs(o.Program, o.orgs, list)
	if err != nil {
		return err
	}
	names := strings.Join(ids, ", ")
	if err := o.confirm.Require(ctx, o.Console, "leaving "+names, "Leave "+names+"?", "nothing was changed"); err != nil {
		return err
	}
	for _, id := range ids {
		if err := client.LeaveOrg(ctx, dnanexus.OwnOrgRequest{Org: id}); err != nil {
			return fmt.Errorf("%s: %w", id, platform.Explain(err))
		}
		o.Message("Left %s", id)
	}
	return o.AnswerJSON(leftJSON{ids})
}
