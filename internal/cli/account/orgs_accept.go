package account

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// orgsAcceptOptions are the arguments of account orgs accept, and what it uses.
type orgsAcceptOptions struct {
	*kit.Console
	orgs []string
}

func orgsAcceptCommand(env kit.Env) *cobra.Command {
	return kit.CompleteArgs(&cobra.Command{
		Use:   "accept ORG...",
		Short: "Give orgs power over your account",
		Long: `Accept orgs of which you are a member. An org that you accepted sets the idle
limit of your sessions, sees which of your API tokens name its projects, and can
exclude tokens from them. "` + env.Program + ` account orgs leave" takes that back.`,
		Example: `  ` + env.Program + ` account orgs accept genomics`,
		Args:    cobra.MinimumNArgs(1),
		RunE: env.RunE(func(ctx context.Context, inv kit.Invocation, args []string) error {
			o := orgsAcceptOptions{inv.Console(), args}
			return inv.Client(o.Console).Do(ctx, o.run)
		}),
	}, kit.CompleteOrgs)
}

// acceptedJSON is what account orgs accept prints with --json.
type acceptedJSON struct {
	Accepted []string `json:"accepted"` // IDs
}

func (o orgsAcceptOptions) run(ctx context.Context, in kit.SignedIn) error {
	client, list, err := ownOrgs(ctx, in)
	if err != nil {
		return err
	}
	ids, err := findOrgs(o.Program, o.orgs, list)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := client.AcceptOrg(ctx, dnanexus.OwnOrgRequest{Org: id}); err != nil {
			return fmt.Errorf("%s: %w", id, platform.Explain(err))
		}
		o.Message("Accepted %s", id)
	}
	return o.AnswerJSON(acceptedJSON{ids})
}
