package admin

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/apitoken"
	"github.com/dxauth/dxauth/internal/cli/format"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/cli/pages"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// orgTokensOptions are the flags of admin org tokens, and what it uses.
type orgTokensOptions struct {
	*kit.Console
	org  string
	user string // empty: every member
}

func orgTokensCommand(env kit.Env) *cobra.Command {
	var o orgTokensOptions
	cmd := &cobra.Command{
		Use:   "tokens ORG",
		Short: "List members' API tokens that name an org's projects",
		Long: `List the API tokens that name projects for which the org pays, with their
owners, names and dates: those of members who accepted the org, or whose account
it created. The list shows neither what else they reach nor the tokens
themselves.`,
		Example: `  ` + env.Program + ` admin org tokens genomics --user bob`,
		Args:    cobra.ExactArgs(1),
		RunE: env.RunE(func(ctx context.Context, inv kit.Invocation, args []string) error {
			o.Console, o.org = inv.Console(), args[0]
			return inv.Client(o.Console).WithOrgs(ctx, o.run)
		}),
	}
	cmd.Flags().StringVar(&o.user, "user", "", "list those of this `USER` only")
	return kit.CompleteArgs(cmd, kit.CompleteOrgs)
}

func (o orgTokensOptions) run(ctx context.Context, orgs *dnanexus.Client) error {
	list, err := memberTokens(ctx, orgs, o.org, o.user)
	if err = o.ShowCut(err); err != nil {
		return err
	}
	switch {
	case o.JSON:
		return o.PrintJSON(memberTokensOf(list))
	case len(list) == 0:
		o.Message("No tokens found")
		return nil
	}
	return o.Print(memberTokenTable(list, o.Now()).Fit(o.Columns()))
}

// memberTokens lists the members' tokens that reach projects of the org; an empty
// user stands for every member.
func memberTokens(ctx context.Context, orgs *dnanexus.Client, org, user string) ([]dnanexus.MemberToken, error) {
	if user != "" && !strings.HasPrefix(user, "user-") {
		user = dnanexus.UserID(user)
	}
	limit := dnanexus.MaxTokensPage
	list, err := pages.All(func(cursor json.RawMessage) ([]dnanexus.MemberToken, json.RawMessage, error) {
		answer, err := orgs.FindMemberTokens(ctx, kit.OrgID(org), dnanexus.FindMemberTokensRequest{User: user, Limit: &limit, Starting: cursor})
		return answer.Tokens, pages.Next(answer.Next), err
	})
	if errors.Is(platform.Explain(err), platform.ErrNotFound) {
		return nil, refusal.New(refusal.NotFound, "there is no org %s, or this platform does not list its members' tokens", org)
	}
	return list, err
}

// memberTokensJSON is what admin org tokens prints with --json.
type memberTokensJSON struct {
	Tokens []memberTokenJSON `json:"tokens"`
}

type memberTokenJSON struct {
	UserID   string         `json:"userId"`
	ID       string         `json:"id"`
	Name     string         `json:"name"`
	Created  *format.Millis `json:"created"`
	LastUsed *format.Millis `json:"lastUsed"` // null: never
	Expires  *format.Millis `json:"expires"`
}

func memberTokensOf(list []dnanexus.MemberToken) memberTokensJSON {
	shown := memberTokensJSON{Tokens: []memberTokenJSON{}}
	for _, t := range list {
		shown.Tokens = append(shown.Tokens, memberTokenJSON{
			UserID: t.User, ID: t.Signature, Name: t.Label,
			Created: format.OrNull(format.FromMillis(t.Created)), LastUsed: format.OrNull(lastUse(t)), Expires: format.OrNull(format.FromMillis(t.Expires)),
		})
	}
	return shown
}

// lastUse returns the zero time for a token that was never used.
func lastUse(t dnanexus.MemberToken) time.Time {
	if t.LastUsed == nil {
		return time.Time{}
	}
	return format.FromMillis(*t.LastUsed)
}

// nameOf returns the name of a token as messages show it.
func nameOf(t dnanexus.MemberToken) string {
	return apitoken.Text(platform.Token{ID: t.Signature, Name: t.Label})
}

func memberTokenTable(list []dnanexus.MemberToken, now time.Time) *format.Table {
	ids := make([]string, len(list))
	for i, t := range list {
		ids[i] = t.Signature
	}
	short := apitoken.ShortIDs(ids)
	shown := format.NewTable("USER", "ID", "NAME", "CREATED", "LAST USED", "EXPIRES")
	for _, t := range list {
		shown.Row(strings.TrimPrefix(t.User, "user-"), short[t.Signature], t.Label, format.DateText(format.FromMillis(t.Created)), format.AgoText(lastUse(t), now), format.EndsText(format.FromMillis(t.Expires), now))
	}
	return shown
}
