package token

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/format"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/cli/tokenscope"
	"github.com/dxauth/dxauth/internal/platform"
)

// listOptions are the flags of token list, and what it uses.
type listOptions struct {
	*kit.Console
	selection selectionFlags
}

func listCommand(env kit.Env) *cobra.Command {
	var o listOptions
	cmd := &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "List API tokens",
		Long: `List your API tokens, the one that expires first at the top: what each reaches,
and when it was made and last used. The tokens themselves are never shown.
Expired tokens are listed only with --expired.

On a platform that can't list tokens, the tokens that were made on this machine
are listed.

With --json, one object is printed:

  complete     false: these are only those that were made on this machine, or
               the first of a list that was too long
  tokens       a list of objects:
    id           its signature
    name         "" without one
    scope        {"full", "projects": {ID or "*": LEVEL}, "phiAccess",
                 "excludedOrgs"}; null if the scope is not known
    created, lastUsed, expires   milliseconds since 1970; null: never, or not
                 known
    lastAddress  the address from which it was last used
    current      whether this command used it to sign in`,
		Example: `  ` + env.Program + ` token list
  ` + env.Program + ` token list --unused 90d --json`,
		Args: cobra.NoArgs,
		RunE: env.RunE(func(ctx context.Context, inv kit.Invocation, _ []string) error {
			o.Console = inv.Console()
			if err := o.selection.check(o.Now()); err != nil {
				return err
			}
			return withTokens(ctx, inv, o.Console, o.run)
		}),
	}
	flags := cmd.Flags()
	flags.BoolVar(&o.selection.expired, "expired", false, "list expired tokens instead")
	flags.StringVar(&o.selection.unused, "unused", "", "list tokens that were not used for this `TIME`, such as 90d")
	return cmd
}

// listJSON is what token list prints with --json.
type listJSON struct {
	Complete bool        `json:"complete"`
	Tokens   []tokenJSON `json:"tokens"`
}

type tokenJSON struct {
	ID          string           `json:"id"`
	Name        string           `json:"name"`
	Scope       *tokenscope.JSON `json:"scope"`
	Created     *format.Millis   `json:"created"`
	LastUsed    *format.Millis   `json:"lastUsed"`
	LastAddress string           `json:"lastAddress"`
	Expires     *format.Millis   `json:"expires"`
	Current     bool             `json:"current"`
}

func (o *listOptions) run(ctx context.Context, tokens tokenClient) error {
	list, of, err := tokens.selectTokens(ctx, o.selection)
	if err != nil {
		return err
	}
	if o.JSON {
		return o.PrintJSON(listOf(list, of == allTokens))
	}
	if of == tokensMadeHere {
		o.Message("This platform can't list tokens; these were made on this machine")
	}
	if len(list) == 0 {
		o.Message("No tokens found")
		return nil
	}
	return o.Print(tokens.table(ctx, list))
}

func listOf(list []platform.Token, complete bool) listJSON {
	shown := listJSON{Complete: complete, Tokens: []tokenJSON{}}
	for _, t := range list {
		shown.Tokens = append(shown.Tokens, tokenOf(t))
	}
	return shown
}

func tokenOf(t platform.Token) tokenJSON {
	shown := tokenJSON{
		ID: t.ID, Name: t.Name, Created: format.OrNull(t.Created), LastUsed: format.OrNull(t.LastUsed),
		LastAddress: t.Address, Expires: format.OrNull(t.Expires), Current: t.Current,
	}
	if !tokenscope.IsUnknown(t.Scope) {
		scope := tokenscope.JSONOf(t.Scope)
		shown.Scope = &scope
	}
	return shown
}
