package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/platform"
)

func (a *app) tokenCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "token",
		Short: "Make, list and revoke API tokens",
		Long: `Make, list and revoke API tokens, with which scripts, CI jobs and other machines
sign in. Unlike a session, a token does not end by being idle: it ends at its
expiry, or when it is revoked.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.tokenNewCommand(), a.tokenListCommand(), a.tokenRevokeCommand(), a.tokenEditCommand(), a.tokenRotateCommand())
	return cmd
}

// tokenDesk is the tokens of the account that a command acts for.
type tokenDesk struct {
	*app
	platform.Tokens
	in signedIn
}

// atTokenDesk runs a command's work on the tokens of the active account.
func (a *app) atTokenDesk(ctx context.Context, work func(*tokenDesk) error) error {
	return a.asSignedIn(ctx, func(in signedIn) error {
		if err := nameUser(ctx, &in); err != nil {
			return err
		}
		return work(&tokenDesk{app: a, Tokens: in.Tokens, in: in})
	})
}

// nameUser asks whose token it is that came from the environment.
func nameUser(ctx context.Context, in *signedIn) error {
	if in.account.User != "" {
		return nil
	}
	user, err := in.Whoami(ctx)
	if err != nil {
		return err
	}
	in.account.User, in.account.UserID = in.kind().UserName(user), user.ID
	return nil
}

// collect fetches pages of a list until there are enough tokens, or all.
func (d *tokenDesk) collect(ctx context.Context, query platform.TokenQuery, enough int) ([]platform.Token, error) {
	list, err := pagesOf(enough, func(cursor json.RawMessage) ([]platform.Token, json.RawMessage, error) {
		return d.ListTokens(ctx, query, cursor)
	})
	if !query.Expired {
		return list, err
	}
	now := d.Now() // a platform may not know what was asked for
	return slices.DeleteFunc(list, func(t platform.Token) bool { return t.Expires.IsZero() || t.Expires.After(now) }), err
}

// madeHere lists the tokens that were made on this machine.
func (d *tokenDesk) madeHere() ([]platform.Token, error) {
	made, err := d.book.MadeTokens(d.in.account.Server, d.in.account.User)
	list := make([]platform.Token, 0, len(made))
	for _, m := range made {
		list = append(list, platform.Token{ID: m.ID, Name: m.Name, Created: m.Created, Expires: m.Expires, UseUnknown: true})
	}
	return list, err
}

// shownDigits is how much of an ID is shown where that is clear.
const shownDigits = 12

func shortID(id string) string { return id[:min(shownDigits, len(id))] }

// shortIDs shortens each ID as far as it stays clear in the list.
func shortIDs(tokens []platform.Token) map[string]string {
	ids := make([]string, len(tokens))
	for i, t := range tokens {
		ids[i] = t.ID
	}
	return shortened(ids)
}

func shortened(ids []string) map[string]string {
	holders := map[string]int{}
	for _, id := range ids {
		holders[shortID(id)]++
	}
	short := map[string]string{}
	for _, id := range ids {
		short[id] = id
		if holders[shortID(id)] == 1 {
			short[id] = shortID(id)
		}
	}
	return short
}

// tokenText names a token in a sentence.
func tokenText(t platform.Token) string {
	if t.Name == "" {
		return shortID(t.ID)
	}
	return fmt.Sprintf("'%s' (%s)", t.Name, shortID(t.ID))
}

// maxEntries of a scope are told one by one; more are counted.
const maxEntries = 2

// scopeText says in a few words what a token reaches. Projects are called by their
// names, as far as those are given by ID.
func scopeText(scope platform.Scope, names map[string]string) string {
	switch {
	case scope.Full:
		return limited("everything", scope)
	case scopeIsUnknown(scope):
		return limited("not known", scope)
	case len(scope.Projects) <= maxEntries:
		return limited(strings.Join(scopeEntries(scope, names), ", "), scope)
	default:
		return countedScope(scope)
	}
}

// countedScope is scopeText without the names of projects.
func countedScope(scope platform.Scope) string {
	named := len(scope.Projects)
	var entries []string
	if level, all := scope.Projects[platform.Everything]; all {
		entries = append(entries, platform.Everything+"="+level)
		named--
	}
	switch named {
	case 0:
	case 1:
		entries = append(entries, "1 project")
	default:
		entries = append(entries, fmt.Sprintf("%d projects", named))
	}
	if entries == nil {
		return scopeText(scope, nil)
	}
	return limited(strings.Join(entries, ", "), scope)
}

// limited adds what is taken away from a scope.
func limited(text string, scope platform.Scope) string {
	if scope.NoPHI {
		text += ", no PHI"
	}
	for _, org := range scope.WithoutOrgs {
		text += ", not " + org
	}
	return text
}

// scopeIsUnknown is true where the platform does not tell a scope: none is empty.
func scopeIsUnknown(scope platform.Scope) bool { return !scope.Full && len(scope.Projects) == 0 }

// scopeEntries are the entries as --project takes them, the one for all
// projects first.
func scopeEntries(scope platform.Scope, names map[string]string) []string {
	var entries []string
	for _, id := range slices.Sorted(maps.Keys(scope.Projects)) {
		entries = append(entries, cmp.Or(names[id], id)+"="+scope.Projects[id])
	}
	return entries
}

// usedText says when and from where a token was used last.
func usedText(t platform.Token, now time.Time) string {
	switch {
	case t.UseUnknown:
		return "last use not told"
	case t.LastUsed.IsZero():
		return "never used"
	}
	text := "last used " + agoText(t.LastUsed, now)
	if t.Address != "" {
		text += " from " + t.Address
	}
	return text
}
