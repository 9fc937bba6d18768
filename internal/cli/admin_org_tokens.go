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

// withOrgTokens runs a command's work with what the platform offers of it.
func (a *app) withOrgTokens(ctx context.Context, work func(platform.OrgTokens) error) error {
	return a.asSignedIn(ctx, func(in signedIn) error {
		tokens, offered := in.Platform.(platform.OrgTokens)
		if !offered {
			return in.lacks("orgs", "")
		}
		return work(tokens)
	})
}

func (a *app) memberTokens(ctx context.Context, tokens platform.OrgTokens, org, user string) ([]platform.MemberToken, error) {
	if user != "" && !strings.HasPrefix(user, "user-") {
		user = dnanexus.UserID(user)
	}
	list, err := allPages(func(cursor json.RawMessage) ([]platform.MemberToken, json.RawMessage, error) {
		return tokens.ListMemberTokens(ctx, org, user, cursor)
	})
	if errors.Is(err, platform.ErrNotFound) {
		return nil, refusal.New(refusal.NotFound, "there is no org %s, or this platform does not tell of its members' tokens", org)
	}
	return list, err
}

func (a *app) listMemberTokens(ctx context.Context, org, user string) error {
	return a.withOrgTokens(ctx, func(tokens platform.OrgTokens) error {
		list, err := a.memberTokens(ctx, tokens, org, user)
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

func memberTokensOf(list []platform.MemberToken) memberTokensJSON {
	shown := memberTokensJSON{Tokens: []memberTokenJSON{}}
	for _, t := range list {
		shown.Tokens = append(shown.Tokens, memberTokenJSON{
			UserID: t.User, ID: t.ID, Name: t.Name, Created: orNull(t.Created), LastUsed: orNull(t.LastUsed), Expires: orNull(t.Expires),
		})
	}
	return shown
}

func (a *app) memberTokenTable(list []platform.MemberToken) string {
	bare := make([]platform.Token, len(list))
	for i, t := range list {
		bare[i] = t.Token
	}
	short, now := shortIDs(bare), a.Now()
	shown := newTable("USER", "ID", "NAME", "CREATED", "LAST USED", "EXPIRES")
	for _, t := range list {
		shown.row(strings.TrimPrefix(t.User, "user-"), short[t.ID], t.Name, dateText(t.Created), agoText(t.LastUsed, now), endsText(t.Expires, now))
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
	return a.withOrgTokens(ctx, func(tokens platform.OrgTokens) error {
		list, err := a.memberTokens(ctx, tokens, org, "")
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
		done := revokedJSON{Revoked: []string{}}
		for _, t := range named {
			if err := tokens.TakeOrgFromToken(ctx, org, t.ID); err != nil && !errors.Is(err, platform.ErrNotFound) {
				return fmt.Errorf("%s of %s: %w", tokenText(t.Token), t.User, err)
			}
			done.Revoked = append(done.Revoked, t.ID)
			a.term.Message("The token %s of %s does not reach the projects of %s any more", tokenText(t.Token), t.User, org)
		}
		return a.answerJSON(done)
	})
}

// namedMemberTokens finds every token that is meant, each once, before one is
// changed.
func (a *app) namedMemberTokens(org string, list []platform.MemberToken, ids []string) ([]platform.MemberToken, error) {
	var named []platform.MemberToken
	for _, id := range ids {
		fits := func(t platform.MemberToken) bool { return strings.HasPrefix(t.ID, id) }
		first := slices.IndexFunc(list, fits)
		switch {
		case first < 0:
			return nil, refusal.New(refusal.NotFound, "no token %s of a member reaches the projects of %s; nothing was changed", id, org).
				WithHint("see " + a.Program + " admin org tokens " + org)
		case slices.ContainsFunc(list[first+1:], fits):
			return nil, refusal.Usagef("%s is the beginning of several IDs; nothing was changed", id)
		}
		token := list[first]
		if !slices.ContainsFunc(named, func(t platform.MemberToken) bool { return t.ID == token.ID }) {
			named = append(named, token)
		}
	}
	return named, nil
}

func (a *app) confirmTaking(ctx context.Context, org string, named []platform.MemberToken) error {
	if err := a.canAgree("taking the projects of " + org + " from tokens of members"); err != nil {
		return err
	}
	a.tell(a.memberTokenTable(named))
	return a.agreed(ctx, "Take the projects of "+org+" out of the reach of these?", refusal.New(refusal.Interrupted, "nothing was changed"))
}
