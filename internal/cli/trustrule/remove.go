package trustrule

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// removeOptions are the flags of admin org trust remove, and what it uses.
type removeOptions struct {
	*kit.Console
	kit.Confirmation
	org string
	ids []string
}

func removeCommand(env kit.Env) *cobra.Command {
	var o removeOptions
	cmd := &cobra.Command{
		Use:     "remove ORG ID...",
		Aliases: []string{"rm"},
		Short:   "Remove trust rules from an org",
		Long: `Remove trust rules. The tokens that jobs got by them end at once. The IDs are
those that "` + env.Program + ` admin org trust list" shows, or their beginnings.

` + kit.AsksHelp,
		Example: `  ` + env.Program + ` admin org trust remove genomics 3f0c9a52 --yes`,
		Args:    cobra.MinimumNArgs(2),
		RunE: env.RunE(func(ctx context.Context, inv kit.Invocation, args []string) error {
			o.Console, o.org, o.ids = inv.Console(), args[0], args[1:]
			return withOrgs(ctx, inv.Client(o.Console), func(ctx context.Context, _ kit.SignedIn, orgs *dnanexus.Client) error {
				return o.run(ctx, orgs)
			})
		}),
	}
	o.Confirmation.Bind(cmd.Flags())
	return kit.CompleteArgs(cmd, kit.CompleteOrgs)
}

// removedJSON is what admin org trust remove prints with --json.
type removedJSON struct {
	Removed []string `json:"removed"` // IDs
}

func (o removeOptions) run(ctx context.Context, orgs *dnanexus.Client) error {
	list, err := rulesOf(ctx, orgs, o.org)
	if err != nil {
		return err
	}
	named, err := o.find(list.Rules)
	if err != nil {
		return err
	}
	for _, rule := range named {
		o.Message("%s: %s with %s", rule.ID, issuerText(rule), claimsText(rule.Claims))
	}
	if err := o.Require(ctx, o.Console, "removing trust rules", "Remove from "+o.org+"?", "nothing was removed"); err != nil {
		return err
	}
	done := removedJSON{Removed: []string{}}
	for _, rule := range named {
		err := platform.Explain(orgs.RemoveTrustRule(ctx, kit.OrgID(o.org), dnanexus.RemoveTrustRuleRequest{ID: rule.ID}))
		if err != nil && !errors.Is(err, platform.ErrNotFound) {
			return err
		}
		done.Removed = append(done.Removed, rule.ID)
		o.Message("Removed the trust rule %s from %s", rule.ID, o.org)
	}
	return o.AnswerJSON(done)
}

// find returns the given rules, each once. It fails before any of them is removed.
func (o removeOptions) find(rules []dnanexus.TrustRule) ([]dnanexus.TrustRule, error) {
	var named []dnanexus.TrustRule
	for _, id := range o.ids {
		var fits []dnanexus.TrustRule
		for _, rule := range rules {
			if id != "" && strings.HasPrefix(rule.ID, id) {
				fits = append(fits, rule)
			}
		}
		switch {
		case len(fits) == 0:
			return nil, refusal.New(refusal.NotFound, "%s has no trust rule %s; nothing was removed", o.org, id).
				WithHint("see " + o.Program + " admin org trust list " + o.org)
		case len(fits) > 1:
			return nil, refusal.Usagef("%s is the beginning of several IDs; nothing was removed", id)
		}
		if !slices.ContainsFunc(named, func(r dnanexus.TrustRule) bool { return r.ID == fits[0].ID }) {
			named = append(named, fits[0])
		}
	}
	return named, nil
}
