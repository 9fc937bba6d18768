package account

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/format"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/namecache"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// identitiesOptions are what account identities uses.
type identitiesOptions struct {
	*kit.Console
	client *kit.Client
}

func identitiesCommand(env kit.Env) *cobra.Command {
	list := env.RunE(func(ctx context.Context, inv kit.Invocation, _ []string) error {
		o := identitiesOptions{Console: inv.Console()}
		o.client = inv.Client(o.Console)
		return o.client.Do(ctx, o.run)
	})
	cmd := &cobra.Command{
		Use:   "identities",
		Short: "List or unlink the OpenID accounts that you sign in with",
		Long: `List the accounts at OpenID providers that are linked to your account: whoever
signs in at the provider with one of these is signed in as you. Another one is
linked on the web page, since the provider has to see you.`,
		Args: cobra.NoArgs,
		RunE: list,
	}
	cmd.AddCommand(
		&cobra.Command{
			Use:     "list",
			Aliases: []string{"ls"},
			Short:   "List the OpenID accounts that you sign in with",
			Long:    `List the linked accounts at OpenID providers, like "` + env.Program + ` account identities".`,
			Args:    cobra.NoArgs,
			RunE:    list,
		},
		identitiesUnlinkCommand(env),
	)
	return cmd
}

func (o identitiesOptions) run(ctx context.Context, in kit.SignedIn) error {
	accounts, err := in.Accounts()
	if err != nil {
		return err
	}
	list, err := accounts.FindOwnIdentities(ctx)
	if err != nil {
		return offered(err)
	}
	o.client.Accounts.Remember(in, func(names *namecache.Names) { names.Identities = identityEntries(list) })
	switch {
	case o.JSON:
		return o.PrintJSON(identitiesOf(list))
	case len(list) == 0:
		o.Message("No account at a provider is linked to yours")
		return nil
	}
	return o.Print(identityTable(list).Fit(o.Columns()))
}

func identityEntries(list []dnanexus.OwnIdentity) []namecache.Entry {
	entries := make([]namecache.Entry, len(list))
	for i, one := range list {
		entries[i] = namecache.Entry{ID: one.ID, Name: one.Subject + " of " + one.ProviderName()}
	}
	return entries
}

// identitiesJSON is what account identities prints with --json.
type identitiesJSON struct {
	Identities []identityJSON `json:"identities"`
}

type identityJSON struct {
	ID       string         `json:"id"`
	Provider string         `json:"provider"` // empty: not configured on the server any more
	Issuer   string         `json:"issuer"`
	Subject  string         `json:"subject"`
	Email    string         `json:"email"`
	Linked   *format.Millis `json:"linked"`
}

func identitiesOf(list []dnanexus.OwnIdentity) identitiesJSON {
	shown := identitiesJSON{Identities: []identityJSON{}}
	for _, one := range list {
		shown.Identities = append(shown.Identities, identityJSON{
			ID: one.ID, Provider: one.Provider, Issuer: one.Issuer, Subject: one.Subject, Email: one.Email,
			Linked: format.OrNull(format.FromMillis(one.Linked)),
		})
	}
	return shown
}

func identityTable(list []dnanexus.OwnIdentity) *format.Table {
	shown := format.NewTable("ID", "PROVIDER", "SUBJECT", "E-MAIL THERE", "LINKED")
	for _, one := range list {
		shown.Row(one.ID, one.ProviderName(), one.Subject, format.OrDash(one.Email), format.DateText(format.FromMillis(one.Linked)))
	}
	return shown
}
