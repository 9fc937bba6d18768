package admin

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/format"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// identitiesOptions are the arguments of admin user identities, and what it uses.
type identitiesOptions struct {
	*kit.Console
	user string
}

func userIdentitiesCommand(env kit.Env) *cobra.Command {
	return &cobra.Command{
		Use:   "identities USER",
		Short: "List the OpenID accounts that a user signs in with",
		Long: `List the accounts at OpenID providers that are linked to an account: whoever
signs in at the provider with one of these is signed in here.`,
		Example: `  ` + env.Program + ` admin user identities bob`,
		Args:    cobra.ExactArgs(1),
		RunE: env.RunE(func(ctx context.Context, inv kit.Invocation, args []string) error {
			o := identitiesOptions{inv.Console(), args[0]}
			return withAccounts(ctx, inv.Client(o.Console), o.run)
		}),
	}
}

func (o identitiesOptions) run(ctx context.Context, _ kit.SignedIn, accounts *dnanexus.Client) error {
	list, err := accounts.FindIdentities(ctx, o.user)
	if err != nil {
		return err
	}
	switch {
	case o.JSON:
		return o.PrintJSON(identitiesOf(list))
	case len(list) == 0:
		o.Message("No identities found")
		return nil
	}
	return o.Print(identityTable(list).Fit(o.Columns()))
}

// identitiesJSON is what admin user identities prints with --json.
type identitiesJSON struct {
	Identities []identityJSON `json:"identities"`
}

type identityJSON struct {
	Provider string         `json:"provider"` // empty: not configured on the server any more
	Issuer   string         `json:"issuer"`
	Subject  string         `json:"subject"`
	Email    string         `json:"email"`
	Linked   *format.Millis `json:"linked"`
}

func identitiesOf(list []dnanexus.Identity) identitiesJSON {
	shown := identitiesJSON{Identities: []identityJSON{}}
	for _, one := range list {
		shown.Identities = append(shown.Identities, identityJSON{
			Provider: one.Provider, Issuer: one.Issuer, Subject: one.Subject, Email: one.Email, Linked: format.OrNull(format.FromMillis(one.Linked)),
		})
	}
	return shown
}

func identityTable(list []dnanexus.Identity) *format.Table {
	shown := format.NewTable("PROVIDER", "SUBJECT", "E-MAIL THERE", "LINKED")
	for _, one := range list {
		shown.Row(one.ProviderName(), one.Subject, format.OrDash(one.Email), format.DateText(format.FromMillis(one.Linked)))
	}
	return shown
}
