package token

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/apitoken"
	"github.com/dxauth/dxauth/internal/cli/format"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/cli/tokenscope"
	"github.com/dxauth/dxauth/internal/platform"
)

// showOptions are what token show uses.
type showOptions struct {
	*kit.Console
	token string
}

func showCommand(env kit.Env) *cobra.Command {
	return kit.CompleteArgs(&cobra.Command{
		Use:   "show ID|NAME",
		Short: "Show an API token: what it reaches and when it ends",
		Long: `Show an API token, given by its name or the beginning of its ID: what it
reaches, when it was made and last used, and when it ends. The token itself is
never shown.

With --json, one object is printed, like those of "` + env.Program + ` token list".`,
		Example: `  ` + env.Program + ` token show ci`,
		Args:    cobra.ExactArgs(1),
		RunE: env.RunE(func(ctx context.Context, inv kit.Invocation, args []string) error {
			o := showOptions{inv.Console(), args[0]}
			return withTokens(ctx, inv, o.Console, o.run)
		}),
	}, kit.CompleteTokens)
}

func (o showOptions) run(ctx context.Context, tokens tokenClient) error {
	token, err := tokens.find(ctx, o.token)
	if errors.Is(err, platform.ErrNotOffered) {
		token, err = tokens.findMade(o.token)
	}
	if err != nil {
		return err
	}
	if o.JSON {
		return o.PrintJSON(tokenOf(token))
	}
	names := tokenscope.ProjectNames(ctx, tokens.In, slices.Sorted(maps.Keys(token.Scope.Projects)))
	return o.Print(format.Pairs(o.rows(token, names), o.Columns()))
}

func (o showOptions) rows(token platform.Token, names map[string]string) [][2]string {
	now := o.Now()
	rows := [][2]string{{"Name", format.OrDash(token.Name)}, {"ID", token.ID}}
	for i, entry := range tokenscope.Lines(token.Scope, names) {
		title := "Reaches"
		if i > 0 {
			title = ""
		}
		rows = append(rows, [2]string{title, entry})
	}
	rows = append(rows,
		[2]string{"Created", format.DateText(token.Created)},
		[2]string{"Used", strings.TrimPrefix(apitoken.UsedText(token, now), "last used ")},
		[2]string{"Ends", format.EndsText(token.Expires, now)},
	)
	if token.Current {
		rows = append(rows, [2]string{"In use", "you are logged in with it"})
	}
	return rows
}
