package console

import (
	"github.com/dxauth/dxauth/internal/refserver/console/admins"
	"github.com/dxauth/dxauth/internal/refserver/console/kit"
	"github.com/dxauth/dxauth/internal/refserver/mail"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
)

// Menu returns the links that a visitor finds on every page.
func Menu(v browser.Visitor) []browser.Link {
	if !v.IsSignedIn() {
		return nil
	}
	links := []browser.Link{
		{Text: "API Tokens", Path: "/console/tokens"},
		{Text: "Account Security", Path: "/console/security"},
		{Text: "My Profile", Path: "/console/profile"},
		{Text: "Orgs", Path: kit.PathOrgs},
	}
	if v.Caller.User.Superuser {
		links = append(links, browser.Link{Text: "Users", Path: kit.PathUsers}, browser.Link{Text: "Audit log", Path: admins.PathAudit})
	}
	return links
}

// MenuWithMail is Menu for a server that shows its e-mails.
func MenuWithMail(v browser.Visitor) []browser.Link {
	links := Menu(v)
	if v.IsSignedIn() && v.Caller.User.Superuser {
		links = append(links, browser.Link{Text: "E-mails", Path: mail.PagePath})
	}
	return links
}
