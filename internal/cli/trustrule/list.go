package trustrule

import (
	"context"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/format"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// listOptions are the arguments of admin org trust list, and what it uses.
type listOptions struct {
	*kit.Console
	org string
}

func listCommand(env kit.Env) *cobra.Command {
	return kit.CompleteArgs(&cobra.Command{
		Use:     "list ORG",
		Aliases: []string{"ls"},
		Short:   "List the trust rules of an org",
		Long: `List the trust rules of an org. With --json, also the CI systems that the server
trusts, and the audience for which a job has to order its ID token.`,
		Example: `  ` + env.Program + ` admin org trust list genomics`,
		Args:    cobra.ExactArgs(1),
		RunE: env.RunE(func(ctx context.Context, inv kit.Invocation, args []string) error {
			o := listOptions{inv.Console(), args[0]}
			return withOrgs(ctx, inv.Client(o.Console), func(ctx context.Context, _ kit.SignedIn, orgs *dnanexus.Client) error {
				return o.run(ctx, orgs)
			})
		}),
	}, kit.CompleteOrgs)
}

func (o listOptions) run(ctx context.Context, orgs *dnanexus.Client) error {
	list, err := rulesOf(ctx, orgs, o.org)
	switch {
	case err != nil:
		return err
	case o.JSON:
		return o.PrintJSON(rulesIn(list))
	case len(list.Rules) == 0:
		o.Message("No trust rules found")
		return nil
	}
	shown := format.NewTable("ID", "ISSUER", "CLAIMS", "TOKEN OF", "PROJECTS", "USES", "LAST USED")
	for _, r := range list.Rules {
		shown.Row(r.ID, issuerText(r), claimsText(r.Claims), userText(r.User), projectsText(r.Projects),
			strconv.FormatInt(r.Uses, 10), format.AgoText(lastUse(r), o.Now()))
	}
	return o.Print(shown.Fit(o.Columns()))
}

// rulesJSON is what admin org trust list prints with --json.
type rulesJSON struct {
	Rules    []ruleJSON   `json:"rules"`
	Issuers  []issuerJSON `json:"issuers"`  // that the server trusts
	Audience string       `json:"audience"` // for which a job has to order its ID token
}

type issuerJSON struct {
	Name string `json:"name"`
	URL  string `json:"url"`
	Once bool   `json:"once"` // each of its ID tokens is exchanged once; otherwise until it expires
}

func rulesIn(list dnanexus.ListTrustRulesResponse) rulesJSON {
	shown := rulesJSON{Rules: []ruleJSON{}, Issuers: []issuerJSON{}, Audience: list.Audience}
	for _, r := range list.Rules {
		shown.Rules = append(shown.Rules, ruleOf(r))
	}
	for _, issuer := range list.Issuers {
		shown.Issuers = append(shown.Issuers, issuerJSON{issuer.Name, issuer.URL, issuer.Once})
	}
	return shown
}
