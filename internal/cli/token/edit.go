package token

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/apitoken"
	"github.com/dxauth/dxauth/internal/cli/format"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/cli/timeinput"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
)

// editOptions are the flags of token edit, and what it uses.
type editOptions struct {
	*kit.Console
	token   string
	expires string
	change  platform.TokenChange
}

func editCommand(env kit.Env) *cobra.Command {
	var o editOptions
	var name string
	cmd := &cobra.Command{
		Use:   "edit ID|NAME",
		Short: "Rename an API token, or shorten its lifetime",
		Long: `Rename an API token, or shorten its lifetime. A token can't be made to last
longer or to reach more: "` + env.Program + ` token rotate" replaces it with a new one.

With --json, the ID and the changes are printed: {"id", "name", "expires"}, with
null for what did not change.`,
		Example: `  ` + env.Program + ` token edit 97fb3002a2cf --name nightly
  ` + env.Program + ` token edit ci --expires 7d`,
		Args: cobra.ExactArgs(1),
	}
	flags := cmd.Flags()
	kit.ClearableVar(flags, &name, "name", "its new `NAME`")
	flags.StringVar(&o.expires, "expires", "", "expire at this earlier `TIME`: 7d or a date")
	cmd.RunE = env.RunE(func(ctx context.Context, inv kit.Invocation, args []string) error {
		o.Console, o.token = inv.Console(), args[0]
		if flags.Changed("name") {
			o.change.Name = &name
		}
		if err := o.check(); err != nil {
			return err
		}
		return withTokens(ctx, inv, o.Console, o.run)
	})
	return kit.CompleteArgs(cmd, kit.CompleteTokens)
}

func (o *editOptions) check() error {
	expires, err := timeinput.Expiry("--expires", o.expires, o.Now())
	switch {
	case err != nil:
		return err
	case !expires.IsZero():
		o.change.Expires = &expires
	case o.change.Name == nil:
		return refusal.Usagef("nothing to change: give --name or --expires")
	}
	return nil
}

// editedJSON is what token edit prints with --json.
type editedJSON struct {
	ID      string         `json:"id"`
	Name    *string        `json:"name"`    // null: it did not change
	Expires *format.Millis `json:"expires"` // null: it did not change
}

func (o *editOptions) run(ctx context.Context, tokens tokenClient) error {
	token, err := tokens.find(ctx, o.token)
	if err != nil {
		return err
	}
	if o.change.Expires != nil && !token.Expires.IsZero() && o.change.Expires.After(token.Expires) {
		return refusal.New(refusal.Usage, "the token %s ends on %s and can't be made to last longer", apitoken.Text(token), format.DateText(token.Expires)).
			WithHint("replace it with " + o.Program + " token rotate")
	}
	if err := tokens.In.ChangeToken(ctx, token.ID, o.change); err != nil {
		return err
	}
	o.Message("Changed the token %s", apitoken.Text(token))
	edited := editedJSON{ID: token.ID, Name: o.change.Name}
	if o.change.Expires != nil {
		edited.Expires = format.OrNull(*o.change.Expires)
	}
	return o.AnswerJSON(edited)
}
