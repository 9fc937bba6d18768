// Package token has the commands for API tokens: token new, list, edit, rotate and
// revoke.
//
// It promises that a token stands nowhere but where it was asked for: alone on
// standard output, or in a new file that nobody else can read, which is opened
// before the token is made; that what can't be handed over is revoked again;
// that everything is looked up before anything is changed, and a name that fits
// several tokens is refused. Where a platform can't list tokens, those that were
// made on this machine take their place.
package token

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/dxauth/dxauth/internal/cli/apitoken"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
)

// Token returns the command token, with those below it.
func Token(env kit.Env) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "token",
		Short: "Make, list and revoke API tokens",
		Long: `Make, list and revoke API tokens, with which scripts, CI jobs and other machines
sign in. Unlike a session, a token does not end by being idle: it ends at its
expiry, or when it is revoked.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		newCommand(env),
		listCommand(env),
		revokeCommand(env),
		editCommand(env),
		rotateCommand(env),
	)
	return cmd
}

// tokenClient finds and changes the tokens of the account that a command acts for.
type tokenClient struct{ apitoken.Client }

// withTokens runs a command's work on the tokens of the account that is meant.
func withTokens(ctx context.Context, inv kit.Invocation, console *kit.Console, work func(context.Context, tokenClient) error) error {
	client := inv.Client(console)
	return client.Do(ctx, func(ctx context.Context, in kit.SignedIn) error {
		if err := nameUser(ctx, &in); err != nil {
			return err
		}
		return work(ctx, tokenClient{apitoken.New(console, client, in)})
	})
}

// nameUser asks whose token it is that came from the environment.
func nameUser(ctx context.Context, in *kit.SignedIn) error {
	if in.Account.User != "" {
		return nil
	}
	user, err := in.Whoami(ctx)
	if err != nil {
		return err
	}
	in.Account.User, in.Account.UserID = in.Type().UserName(user), user.ID
	return nil
}

// collect fetches pages of a list until there are enough tokens, or all.
func (c tokenClient) collect(ctx context.Context, query platform.TokenQuery, enough int) ([]platform.Token, error) {
	list, err := kit.Pages(enough, func(cursor json.RawMessage) ([]platform.Token, json.RawMessage, error) {
		return c.In.ListTokens(ctx, query, cursor)
	})
	if !query.Expired {
		return list, err
	}
	now := c.Now() // a platform may not know what was asked for
	return slices.DeleteFunc(list, func(t platform.Token) bool { return t.Expires.IsZero() || t.Expires.After(now) }), err
}

// madeHere lists the tokens that were made on this machine.
func (c tokenClient) madeHere() ([]platform.Token, error) {
	made, err := c.Accounts.MadeTokens(c.In.Account.Server, c.In.Account.User)
	list := make([]platform.Token, 0, len(made))
	for _, m := range made {
		list = append(list, platform.Token{ID: m.ID, Name: m.Name, Created: m.Created, Expires: m.Expires, UseUnknown: true})
	}
	return list, err
}

// notEmpty refuses an empty value of a flag, mostly that of a variable which is
// not set. Without the flag, a token would reach further, last longer or be
// printed.
func notEmpty(flags *pflag.FlagSet, names ...string) error {
	for _, name := range names {
		if flag := flags.Lookup(name); flag.Changed && flag.Value.String() == "" {
			return refusal.Usagef("--%s is empty: give a value, or leave it out", name)
		}
	}
	return nil
}
