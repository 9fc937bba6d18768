// Package token has the commands for API tokens: token new, list, show, edit,
// rotate and revoke.
//
// It promises that a token is written only where the user asked for it: alone on
// standard output, or to a new private file, which is opened before the token is
// made; that a token which can't be written out is revoked; that all tokens are
// looked up before any is changed; and that a name which matches several tokens is
// refused. If a platform can't list tokens, the commands use the record of tokens
// that were made on this machine.
package token

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/apitoken"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/cli/pages"
	"github.com/dxauth/dxauth/internal/platform"
)

// Token returns the command token, with those below it.
func Token(env kit.Env) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "token",
		Short: "Make, list and revoke API tokens",
		Long: `Make, list and revoke API tokens, with which scripts, CI jobs and other machines
sign in. Unlike a session, a token has no idle limit: it ends when it expires or
is revoked. "create", "ls", "rm" and "delete" stand for new, list and revoke.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		newCommand(env),
		listCommand(env),
		showCommand(env),
		revokeCommand(env),
		editCommand(env),
		rotateCommand(env),
	)
	return cmd
}

// tokenClient finds and changes the tokens of the account that a command acts for.
type tokenClient struct{ apitoken.Client }

// withTokens runs work with a client for the tokens of the selected account.
func withTokens(ctx context.Context, inv kit.Invocation, console *kit.Console, work func(context.Context, tokenClient) error) error {
	client := inv.Client(console)
	return client.Do(ctx, func(ctx context.Context, in kit.SignedIn) error {
		if err := nameUser(ctx, &in); err != nil {
			return err
		}
		return work(ctx, tokenClient{apitoken.New(console, client, in)})
	})
}

// nameUser asks the server for the user if the token came from the environment.
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

// collect fetches pages of a list until it has enough tokens, or all.
func (c tokenClient) collect(ctx context.Context, query platform.TokenQuery, enough int) ([]platform.Token, error) {
	list, err := pages.First(enough, func(cursor json.RawMessage) ([]platform.Token, json.RawMessage, error) {
		return c.In.ListTokens(ctx, query, cursor)
	})
	if !query.Expired {
		return list, err
	}
	now := c.Now() // a platform may ignore the filter
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
