package admin

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// linkOptions are the flags of admin user link and unlink, and what they use.
type linkOptions struct {
	*kit.Console
	identity dnanexus.IdentityRequest
	change   func(*dnanexus.Client, context.Context, dnanexus.IdentityRequest) error
	confirm  *kit.Confirmation // nil: nothing is asked
	done     string            // for the message
}

func userLinkCommand(env kit.Env) *cobra.Command {
	o := linkOptions{change: (*dnanexus.Client).LinkIdentity, done: "%s can sign in with %s now"}
	return linkCommand(env, "link", &o, &cobra.Command{
		Short: "Let a user sign in with an account at an OpenID provider",
		Long: `Link an account at an OpenID provider to an account of this server: whoever
signs in at the provider with it is signed in here. The page that users without
a linked account see shows provider and subject.
A user without a password can then sign in with the provider only. An account
with two-factor authentication cannot be linked.`,
	})
}

func userUnlinkCommand(env kit.Env) *cobra.Command {
	var confirm kit.Confirmation
	o := linkOptions{change: (*dnanexus.Client).UnlinkIdentity, confirm: &confirm, done: "%s can no longer sign in with %s"}
	cmd := linkCommand(env, "unlink", &o, &cobra.Command{
		Short: "Take an account at an OpenID provider from a user",
		Long: `Remove the link between an account of this server and an account at an OpenID
provider, and end the sessions of the account. Before the last one is removed,
the user needs a password: see "` + env.Program + ` admin user code".

` + kit.AsksHelp,
	})
	confirm.Bind(cmd.Flags())
	return cmd
}

// linkCommand completes a command that names an identity.
func linkCommand(env kit.Env, verb string, o *linkOptions, cmd *cobra.Command) *cobra.Command {
	cmd.Use = verb + " USER"
	cmd.Example = "  " + env.Program + " admin user " + verb + " bob --provider google --subject 248289761001"
	cmd.Args = cobra.ExactArgs(1)
	cmd.RunE = env.RunE(func(ctx context.Context, inv kit.Invocation, args []string) error {
		o.Console, o.identity.User = inv.Console(), args[0]
		if o.identity.Provider == "" || o.identity.Subject == "" {
			return refusal.Usagef("--provider and --subject are required").
				WithHint(o.Program + " admin user identities " + args[0] + " lists what is linked")
		}
		return withAccounts(ctx, inv.Client(o.Console), o.run)
	})
	cmd.Flags().StringVar(&o.identity.Provider, "provider", "", "`NAME` or issuer of the provider, as serve --oidc-config has it")
	cmd.Flags().StringVar(&o.identity.Subject, "subject", "", "the user's `ID` at the provider")
	return cmd
}

func (o *linkOptions) run(ctx context.Context, _ kit.SignedIn, accounts *dnanexus.Client) error {
	what := o.identity.Subject + " of " + o.identity.Provider
	if o.confirm != nil {
		question := "Remove " + what + " from " + o.identity.User + ", and end all sessions of the account?"
		if err := o.confirm.Require(ctx, o.Console, "unlinking "+what, question, "nothing was changed"); err != nil {
			return err
		}
	}
	if err := o.change(accounts, ctx, o.identity); err != nil {
		return err
	}
	o.Message(o.done, o.identity.User, what)
	if !o.JSON {
		return nil
	}
	list, err := accounts.FindIdentities(ctx, o.identity.User)
	if err != nil {
		return err
	}
	return o.PrintJSON(identitiesOf(list))
}
