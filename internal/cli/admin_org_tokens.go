package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

func (a *app) adminOrgTokensCommand() *cobra.Command {
	var user string
	cmd := &cobra.Command{
		Use:   "tokens ORG",
		Short: "List members' API tokens that reach an org's projects",
		Long: `List the API tokens of members that reach projects for which the org pays: whose
they are, what they are called, and their dates. What else they reach is not
told, and the tokens themselves are shown nowhere.`,
		Example: `  ` + a.Program + ` admin org tokens genomics --user bob`,
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return a.listMemberTokens(cmd.Context(), args[0], user) },
	}
	cmd.Flags().StringVar(&user, "user", "", "list those of this `USER` only")
	return cmd
}

func (a *app) adminOrgRevokeTokenCommand() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "revoke-token ORG ID...",
		Short: "Take an org's projects from members' API tokens",
		Long: `Take the projects for which the org pays out of the reach of members' API
tokens, and of those that were made with them. What else they reach stays. The
IDs are those that "` + a.Program + ` admin org tokens" shows, or their beginnings.

At a terminal it is asked first; elsewhere --yes says that it is meant.`,
		Example: `  ` + a.Program + ` admin org revoke-token genomics 97fb3002a2cf --yes`,
		Args:    cobra.MinimumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.revokeMemberTokens(cmd.Context(), args[0], args[1:], yes)
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

// memberTokens lists the tokens of members that reach an org; an empty user
// stands for every member.
func memberTokens(ctx context.Context, orgs *dnanexus.Client, org, user string) ([]dnanexus.MemberToken, error) {
	if user != "" && !strings.HasPrefix(user, "user-") {
		user = dnanexus.UserID(user)
	}
	limit := dnanexus.MaxTokensPage
	list, err := allPages(func(cursor json.RawMessage) ([]dnanexus.MemberToken, json.RawMessage, error) {
		answer, err := orgs.FindMemberTokens(ctx, orgID(org), dnanexus.FindMemberTokensRequest{User: user, Limit: &limit, Starting: cursor})
		return answer.Tokens, nextPage(answer.Next), err
	})
	if errors.Is(platform.Explain(err), platform.ErrNotFound) {
		return nil, refusal.New(refusal.NotFound, "there is no org %s, or this platform does not tell of its members' tokens", org)
	}
	return list, err
}

func (a *app) listMemberTokens(ctx context.Context, org, user string) error {
	return a.withOrgs(ctx, func(orgs *dnanexus.Client) error {
		list, err := memberTokens(ctx, orgs, org, user)
		switch {
		case err != nil:
			return err
		case a.settings.JSON:
			return a.printJSON(memberTokensOf(list))
		case len(list) == 0:
			a.term.Message("There are no such tokens")
			return nil
		}
		return a.term.Print(a.memberTokenTable(list))
	})
}

// memberTokensJSON is what admin org tokens prints with --json.
type memberTokensJSON struct {
	Tokens []memberTokenJSON `json:"tokens"`
}

type memberTokenJSON struct {
	UserID   string     `json:"userId"`
	ID       string     `json:"id"`
	Name     string     `json:"name"`
	Created  *time.Time `json:"created"`
	LastUsed *time.Time `json:"lastUsed"` // null: never
	Expires  *time.Time `json:"expires"`
}

func memberTokensOf(list []dnanexus.MemberToken) memberTokensJSON {
	shown := memberTokensJSON{Tokens: []memberTokenJSON{}}
	for _, t := range list {
		shown.Tokens = append(shown.Tokens, memberTokenJSON{
			UserID: t.User, ID: t.Signature, Name: t.Label,
			Created: orNull(fromMillis(t.Created)), LastUsed: orNull(lastUse(t)), Expires: orNull(fromMillis(t.Expires)),
		})
	}
	return shown
}

// lastUse is the zero time for a token that was never used.
func lastUse(t dnanexus.MemberToken) time.Time {
	if t.LastUsed == nil {
		return time.Time{}
	}
	return fromMillis(*t.LastUsed)
}

// nameOf names a token in a sentence.
func nameOf(t dnanexus.MemberToken) string {
	return tokenText(platform.Token{ID: t.Signature, Name: t.Label})
}

func (a *app) memberTokenTable(list []dnanexus.MemberToken) string {
	ids := make([]string, len(list))
	for i, t := range list {
		ids[i] = t.Signature
	}
	short, now := shortened(ids), a.Now()
	shown := newTable("USER", "ID", "NAME", "CREATED", "LAST USED", "EXPIRES")
	for _, t := range list {
		shown.row(strings.TrimPrefix(t.User, "user-"), short[t.Signature], t.Label, dateText(fromMillis(t.Created)), agoText(lastUse(t), now), endsText(fromMillis(t.Expires), now))
	}
	return shown.String()
}

func (a *app) revokeMemberTokens(ctx context.Context, org string, ids []string, yes bool) error {
	for _, id := range ids {
		if !dnanexus.BeginsSignature(id, minTokenID) {
			return refusal.New(refusal.Usage, "%q is no ID of a token: at least 4 digits of one", id).
				WithHint("see " + a.Program + " admin org tokens " + org)
		}
	}
	return a.withOrgs(ctx, func(orgs *dnanexus.Client) error {
		list, err := memberTokens(ctx, orgs, org, "")
		if err != nil {
			return err
		}
		named, err := a.namedMemberTokens(org, list, ids)
		if err != nil {
			return err
		}
		if !yes {
			if err := a.confirmTaking(ctx, org, named); err != nil {
				return err
			}
		}
		done := kit.RevokedJSON{Revoked: []string{}}
		for _, t := range named {
			request := dnanexus.RevokeMemberTokenRequest{Signature: t.Signature}
			err := platform.Explain(orgs.RevokeMemberToken(ctx, orgID(org), request))
			if err != nil && !errors.Is(err, platform.ErrNotFound) {
				return fmt.Errorf("%s of %s: %w", nameOf(t), t.User, err)
			}
			done.Revoked = append(done.Revoked, t.Signature)
			a.term.Message("The token %s of %s does not reach the projects of %s any more", nameOf(t), t.User, org)
		}
		return a.answerJSON(done)
	})
}

// namedMemberTokens finds every token that is meant, each once, before one is
// changed.
func (a *app) namedMemberTokens(org string, list []dnanexus.MemberToken, ids []string) ([]dnanexus.MemberToken, error) {
	var named []dnanexus.MemberToken
	for _, id := range ids {
		fits := func(t dnanexus.MemberToken) bool { return strings.HasPrefix(t.Signature, id) }
		first := slices.IndexFunc(list, fits)
		switch {
		case first < 0:
			return nil, refusal.New(refusal.NotFound, "no token %s of a member reaches the projects of %s; nothing was changed", id, org).
				WithHint("see " + a.Program + " admin org tokens " + org)
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

func (a *app) confirmTaking(ctx context.Context, org string, named []dnanexus.MemberToken) error {
	if err := a.canAgree("taking the projects of " + org + " from tokens of members"); err != nil {
		return err
	}
	a.tell(a.memberTokenTable(named))
	return a.agreed(ctx, "Take the projects of "+org+" out of the reach of these?", refusal.New(refusal.Interrupted, "nothing was changed"))
}
