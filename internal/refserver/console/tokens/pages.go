// Package tokens has the pages about API tokens: those of the visitor and, for
// administrators of the platform, those of any user. Both are the same pages with another
// owner.
//
// It promises that a new token is in the response to the form that made it, once, and in no
// page that is reached by GET.
package tokens

import (
	"embed"

	"github.com/dxauth/dxauth/internal/refserver/console/kit"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
)

//go:embed templates/*.html
var files embed.FS

// Pages serves the pages.
type Pages struct{ *kit.Kit }

// New returns the pages of a server.
func New(s *service.Service, pages *browser.Pages) *Pages {
	done := map[string]string{
		"revoked": "The token is revoked. What used it is refused from now on.",
		"changed": "The token is changed.",
	}
	return &Pages{kit.New(kit.Config{Service: s, Browser: pages, Files: files, Done: done})}
}

// Rows returns the table of the pages and forms.
func (p *Pages) Rows() []browser.Row {
	own := []browser.Row{
		{Pattern: "GET /console/tokens", Who: browser.SignedIn, Handle: p.tokens},
		{Pattern: "GET /console/tokens/new", Who: browser.SignedIn, Handle: p.newToken},
		{Pattern: "POST /console/tokens/new", Who: browser.SignedIn, Handle: p.makeToken, Keeps: newTokenFields()},
		{Pattern: "GET /console/tokens/{id}", Who: browser.SignedIn, Handle: p.token},
		{Pattern: "POST /console/tokens/{id}", Who: browser.SignedIn, Handle: p.editToken, Keeps: []string{"name", "expires"}},
		{Pattern: "GET /console/tokens/{id}/revoke", Who: browser.SignedIn, Handle: p.revokePage},
		{Pattern: "POST /console/tokens/{id}/revoke", Who: browser.SignedIn, Handle: p.revokeToken},
		{Pattern: "GET /console/tokens/{id}/rotate", Who: browser.SignedIn, Handle: p.token},
		{Pattern: "POST /console/tokens/{id}/rotate", Who: browser.SignedIn, Handle: p.rotateToken, Keeps: []string{"grace"}},
	}
	ofUsers := []browser.Row{
		{Pattern: "GET /console/admin/users/{user}/tokens", Who: browser.SignedIn, Handle: p.tokens},
		{Pattern: "GET /console/admin/users/{user}/tokens/new", Who: browser.SignedIn, Handle: p.newToken},
		{Pattern: "POST /console/admin/users/{user}/tokens/new", Who: browser.SignedIn, Handle: p.makeToken, Keeps: newTokenFields()},
		{Pattern: "GET /console/admin/users/{user}/tokens/{id}", Who: browser.SignedIn, Handle: p.token},
		{Pattern: "POST /console/admin/users/{user}/tokens/{id}", Who: browser.SignedIn, Handle: p.editToken, Keeps: []string{"name", "expires"}},
		{Pattern: "GET /console/admin/users/{user}/tokens/{id}/revoke", Who: browser.SignedIn, Handle: p.revokePage},
		{Pattern: "POST /console/admin/users/{user}/tokens/{id}/revoke", Who: browser.SignedIn, Handle: p.revokeToken},
	}
	for _, row := range ofUsers {
		row.Handle = p.ForAdministrators(row.Handle)
		own = append(own, row)
	}
	return own
}
