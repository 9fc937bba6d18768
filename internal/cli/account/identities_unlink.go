package account

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/credentials"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// identitiesUnlinkOptions are the arguments and flags of account identities unlink, and
// what it uses.
type identitiesUnlinkOptions struct {
	*kit.Console
	id      string
	confirm kit.Confirmation
	reauth  credentials.Reauth
}

func identitiesUnlinkCommand(env kit.Env) *cobra.Command {
	var o identitiesUnlinkOptions
	cmd := &cobra.Command{
		Use:   "unlink ID",
		Short: "Unlink an account at an OpenID provider",
		Long: `Unlink an account at an OpenID provider: you can't sign in here with it any
more. Your other sessions end, since they may have begun with it; API tokens
still work. The server may ask for the password and a code. The last one of an
account without a password stays. The IDs are those that
"` + env.Program + ` account identities" shows.

` + kit.AsksHelp,
		Example: `  ` + env.Program + ` account identities unlink 97fb3002a2cf`,
		Args:    cobra.ExactArgs(1),
		RunE: env.RunE(func(ctx context.Context, inv kit.Invocation, args []string) error {
			o.Console, o.id = inv.ConsoleReading(o.reauth.PasswordStdin), args[0]
			o.reauth.Console = o.Console
			return inv.Client(o.Console).Do(ctx, o.run)
		}),
	}
	o.confirm.Bind(cmd.Flags())
	o.reauth.Bind(cmd.Flags())
	return kit.CompleteArgs(cmd, kit.CompleteIdentities)
}

// unlinkedJSON is what account identities unlink prints with --json.
type unlinkedJSON struct {
	Unlinked string `json:"unlinked"` // ID
}

func (o identitiesUnlinkOptions) run(ctx context.Context, in kit.SignedIn) error {
	accounts, err := in.Accounts()
	if err != nil {
		return err
	}
	list, err := accounts.FindOwnIdentities(ctx)
	if err != nil {
		return offered(err)
	}
	i := slices.IndexFunc(list, func(one dnanexus.OwnIdentity) bool { return one.ID == o.id })
	if i < 0 {
		return refusal.New(refusal.NotFound, "no account with the ID %s is linked to yours; nothing was changed", o.id).
			WithHint("see " + o.Program + " account identities")
	}
	what := list[i].Subject + " of " + list[i].ProviderName()
	if err := o.confirm.Require(ctx, o.Console, "unlinking "+what, "Unlink "+what+", and end your other sessions?", "nothing was changed"); err != nil {
		return err
	}
	err = o.reauth.IfAsked(ctx, in.Account, func(given platform.Credentials) error {
		return platform.Explain(accounts.UnlinkOwnIdentity(ctx, dnanexus.UnlinkOwnIdentityRequest{Proof: given.Proof(), ID: o.id}))
	})
	if err != nil {
		return err
	}
	o.Message("Unlinked %s", what)
	return o.AnswerJSON(unlinkedJSON{o.id})
}
