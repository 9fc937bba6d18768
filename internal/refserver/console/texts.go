package console

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
)

// timeText returns a time for a page; "never" for the zero time.
func timeText(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.UTC().Format("2006-01-02 15:04 UTC")
}

// fromText returns an address as lists show it; "" for none.
func fromText(address string) string {
	parsed, err := netip.ParseAddr(address)
	if err != nil {
		return ""
	}
	return parsed.Unmap().String()
}

// maxEntries is how many entries of a scope a text lists; more are counted.
const maxEntries = 3

// scopeText describes what a token reaches. names has the names of projects by ID.
func scopeText(scope access.Scope, names map[string]string) string {
	var parts []string
	switch {
	case scope.Full:
		parts = append(parts, "whole account")
	case len(scope.Projects) > maxEntries:
		parts = append(parts, fmt.Sprintf("%d projects", len(scope.Projects)))
	case len(scope.Projects) == 0:
		parts = append(parts, "nothing")
	default:
		for _, id := range slices.Sorted(maps.Keys(scope.Projects)) {
			parts = append(parts, projectText(id, names)+": "+scope.Projects[id].String())
		}
	}
	if scope.NoPHI {
		parts = append(parts, "no PHI data")
	}
	for _, org := range scope.WithoutOrgs {
		parts = append(parts, "not "+org)
	}
	return strings.Join(parts, ", ")
}

func projectText(id string, names map[string]string) string {
	if id == access.Everything {
		return "all projects"
	}
	if name := names[id]; name != "" {
		return name
	}
	return id
}

// maxNames is how many names of projects a page looks up.
const maxNames = 100

// projectNames returns the names of the projects that the scopes of tokens list, as far
// as the visitor can see them.
func (c *Console) projectNames(ctx context.Context, v browser.Visitor, tokens []access.Token) (map[string]string, error) {
	var ids []string
	for _, token := range tokens {
		if len(token.Scope.Projects) <= maxEntries {
			ids = slices.AppendSeq(ids, maps.Keys(token.Scope.Projects))
		}
	}
	slices.Sort(ids)
	ids = slices.DeleteFunc(slices.Compact(ids), func(id string) bool { return id == access.Everything })
	if len(ids) == 0 {
		return nil, nil
	}
	ids = ids[:min(len(ids), maxNames)]
	query := directory.Query{Filter: directory.Filter{IDs: ids}, MinLevel: directory.View, Limit: maxNames}
	page, err := c.service.FindProjects(ctx, v.Caller, query)
	names := map[string]string{}
	for _, hit := range page.Hits {
		names[hit.ID] = hit.Name
	}
	return names, err
}

// doneText returns what a page says after an action that led to it, by the word in its
// address. Unknown words say nothing.
func doneText(word string) string {
	switch word {
	case "revoked":
		return "The token is revoked. What used it is refused from now on."
	case "changed":
		return "The token is changed."
	case "two-factor-on":
		return "Two-factor authentication is on. Your other sessions have ended."
	case "two-factor-off":
		return "Two-factor authentication is off. Your other sessions have ended."
	case "session-ended":
		return "The session is signed out."
	case "password":
		return "Your password is changed. Your other sessions have ended; API tokens still work."
	case "email":
		return "Your e-mail address is changed. Your other sessions have ended."
	case formConfirm:
		return "Your e-mail address is confirmed."
	case formSend:
		return "A new code is on its way to your address. Earlier codes no longer work."
	case "own-linked":
		return "The account is linked. You can sign in with it from now on."
	case "own-unlinked":
		return "The account is unlinked. Your other sessions have ended."
	case "disabled":
		return "The account is disabled. Its sessions and API tokens have ended."
	case "enabled":
		return "The account is enabled."
	case "unlocked":
		return "The account is unlocked."
	case "approved":
		return "The account is approved: its user can sign in."
	case "verified":
		return "The e-mail address is noted as the user's."
	case "linked":
		return "The account at the provider is linked."
	case "unlinked":
		return "The account at the provider is unlinked, and the sessions of the user have ended."
	case "limit":
		return "The idle limit is changed."
	case "level":
		return "The access is changed."
	case "invited":
		return "The user is a member of the org."
	case "removed":
		return "The user is no longer a member of the org."
	case "accepted":
		return "You accepted the org."
	case "left":
		return "You are no longer a member of the org."
	case "made-org":
		return "The org is made. You are its admin."
	case "factor-reset":
		return "Two-factor authentication is reset, and the sessions of the account have ended."
	case "excluded":
		return "The org is excluded from the token."
	case "names":
		return "Your name is changed."
	default:
		return ""
	}
}
