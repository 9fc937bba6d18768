package admin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/apitoken"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// orgRevokeTokenOptions are the flags of admin org revoke-token, and what it
// uses.
type orgRevokeTokenOptions struct {
	*kit.Console
	org string
	ids []string
	yes bool
}

func orgRevokeTokenCommand(env kit.Env) *cobra.Command {
	var o orgRevokeTokenOptions
	cmd := &cobra.Command{
		Use:   "revoke-token ORG ID...",
		Short: "Take an org's projects from members' API tokens",
		Long: `Take the projects for which the org pays out of the scope of members' API
tokens, and of tokens that were made with them. The rest of their scope stays.
The IDs are those that "` + env.Program + ` admin org tokens" shows, or their beginnings.

Asks for confirmation; without a terminal, --yes is required.`,
		Example: `  ` + env.Program + ` admin org revoke-token genomics 97fb3002a2cf --yes`,
		Args:    cobra.MinimumNArgs(2),
		RunE: env.RunE(func(ctx context.Context, inv kit.Invocation, args []string) error {
			o.Console, o.org, o.ids = inv.Console(), args[0], args[1:]
			if err := o.check(); err != nil {
				return err
			}
			return inv.Client(o.Console).WithOrgs(ctx, o.run)
		}),
	}
	cmd.Flags().BoolVar(&o.yes, "yes", false, "do not ask")
	return kit.CompleteArgs(cmd, kit.CompleteOrgs)
}

func (o orgRevokeTokenOptions) check() error {
	for _, id := range o.ids {
		if !dnanexus.BeginsSignature(id, apitoken.MinID) {
			return refusal.New(refusal.Usage, "%q is not a token ID: give at least 4 digits of one", id).WithHint(o.seeTokens())
		}
	}
	return nil
}

func (o orgRevokeTokenOptions) seeTokens() string {
	return "see " + o.Program + " admin org tokens " + o.org
}

func (o orgRevokeTokenOptions) run(ctx context.Context, orgs *dnanexus.Client) error {
	list, err := memberTokens(ctx, orgs, o.org, "")
	if err != nil {
		return err
	}
	named, err := o.find(list)
	if err != nil {
		return err
	}
	if !o.yes {
		if err := o.confirm(ctx, named); err != nil {
			return err
		}
	}
	done := kit.RevokedJSON{Revoked: []string{}}
	for _, t := range named {
		request := dnanexus.RevokeMemberTokenRequest{Signature: t.Signature}
		err := platform.Explain(orgs.RevokeMemberToken(ctx, kit.OrgID(o.org), request))
		if err != nil && !errors.Is(err, platform.ErrNotFound) {
			return fmt.Errorf("%s of %s: %w", nameOf(t), t.User, err)
		}
		done.Revoked = append(done.Revoked, t.Signature)
		o.Message("The token %s of %s no longer reaches the projects of %s", nameOf(t), t.User, o.org)
	}
	return o.AnswerJSON(done)
}

// find returns the given tokens, each once. It fails before any of them is changed.
func (o orgRevokeTokenOptions) find(list []dnanexus.MemberToken) ([]dnanexus.MemberToken, error) {
	var named []dnanexus.MemberToken
	for _, id := range o.ids {
		fits := func(t dnanexus.MemberToken) bool { return strings.HasPrefix(t.Signature, id) }
		first := slices.IndexFunc(list, fits)
		switch {
		case first < 0:
			return nil, refusal.New(refusal.NotFound, "no token %s of a member reaches the projects of %s; nothing was changed", id, o.org).
				WithHint(o.seeTokens())
		case slices.ContainsFunc(list[first+1:], fits):
			return nil, refusal.Usagef("%s is the beginning of several IDs; nothing was changed", id)
		}
		token := list[first]
		if !slices.ContainsFunc(named, func(t dnanexus.MemberToken) bool { return t.Signature == token.Signature }) {
			named = append(named, token)
		}
	}
	return named, nil
}

func (o orgRevokeTokenOptions) confirm(ctx context.Context, named []dnanexus.MemberToken) error {
	if err := o.RequireYes("taking the projects of " + o.org + " from tokens of members"); err != nil {
		return err
	}
	o.NoticeTable(memberTokenTable(named, o.Now()).Fit(o.Columns()))
	return o.Confirmed(ctx, "Take the projects of "+o.org+" out of the reach of these?", refusal.New(refusal.Interrupted, "nothing was changed"))
}
