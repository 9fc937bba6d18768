package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
)

// tokenEditOptions are the flags of token edit.
type tokenEditOptions struct {
	token   string
	name    *string // nil: stays
	expires string  // empty: stays
}

func (a *app) tokenEditCommand() *cobra.Command {
	var o tokenEditOptions
	var name string
	cmd := &cobra.Command{
		Use:   "edit ID|NAME",
		Short: "Rename an API token, or let it end earlier",
		Long: `Rename an API token, or let it end earlier. It can't be made to last longer or
to reach further: "` + a.Program + ` token rotate" makes one in its place.

With --json, the ID and what was changed are printed: {"id", "name", "expires"},
null for what was not.`,
		Example: `  ` + a.Program + ` token edit 97fb3002a2cf --name nightly
  ` + a.Program + ` token edit ci --expires 7d`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.token = args[0]
			if err := refuseEmpty(cmd.Flags(), "expires"); err != nil {
				return err
			}
			if cmd.Flags().Changed("name") {
				o.name = &name
			}
			return a.editToken(cmd.Context(), o)
		},
	}
	cmd.Flags().StringVar(&name, "name", "", "its new `NAME`; empty for none")
	cmd.Flags().StringVar(&o.expires, "expires", "", "let it end at this earlier `TIME`: 7d or a date")
	return cmd
}

// tokenEditJSON is what token edit prints with --json.
type tokenEditJSON struct {
	ID      string     `json:"id"`
	Name    *string    `json:"name"`
	Expires *time.Time `json:"expires"`
}

func (a *app) editToken(ctx context.Context, o tokenEditOptions) error {
	change := platform.TokenChange{Name: o.name}
	expires, err := readExpires(o.expires, a.Now())
	switch {
	case err != nil:
		return err
	case !expires.IsZero():
		change.Expires = &expires
	case o.name == nil:
		return refusal.Usagef("nothing to change: give --name or --expires")
	}
	return a.atTokenDesk(ctx, func(d *tokenDesk) error {
		token, err := d.find(ctx, o.token)
		if err != nil {
			return err
		}
		if change.Expires != nil && !token.Expires.IsZero() && change.Expires.After(token.Expires) {
			return refusal.New(refusal.Usage, "the token %s ends on %s and can't be made to last longer", tokenText(token), dateText(token.Expires)).
				WithHint("make another one in its place with " + a.Program + " token rotate")
		}
		if err := d.ChangeToken(ctx, token.ID, change); err != nil {
			return err
		}
		a.term.Message("Changed the token %s", tokenText(token))
		return a.answerJSON(tokenEditJSON{ID: token.ID, Name: change.Name, Expires: change.Expires})
	})
}
