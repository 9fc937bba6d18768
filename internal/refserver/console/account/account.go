// Package account has the pages about the visitor's own account: Account Security, with the
// second factor, the sessions and the linked identities, and My Profile.
//
// It promises that a secret, such as that of a second factor, is in the response to a form
// only, and that what can lock the visitor out asks for the password again.
package account

import (
	"embed"

	"github.com/dxauth/dxauth/internal/refserver/console/kit"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/service/linking"
	"github.com/dxauth/dxauth/internal/refserver/sso"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
)

//go:embed templates/*.html
var files embed.FS

// Pages serves the pages.
type Pages struct {
	*kit.Kit
	linking *linking.Service
}

// New returns the pages of a server.
func New(s *service.Service, pages *browser.Pages, links *linking.Service) *Pages {
	return &Pages{kit.New(kit.Config{Service: s, Browser: pages, Files: files, Done: doneTexts()}), links}
}

// Rows returns the table of the pages and forms.
func (p *Pages) Rows() []browser.Row {
	return []browser.Row{
		{Pattern: "GET /console/security", Who: browser.SignedIn, Handle: p.security},
		{Pattern: "GET /console/security/sessions/{id}/end", Who: browser.SignedIn, Handle: p.security},
		{Pattern: "POST /console/security/sessions/{id}/end", Who: browser.SignedIn, Handle: p.endSession},
		{Pattern: "GET /console/security/sessions/end", Who: browser.SignedIn, Handle: p.security},
		{Pattern: "POST /console/security/sessions/end", Who: browser.SignedIn, Handle: p.endEverySession},
		{Pattern: "GET /console/security/two-factor", Who: browser.SignedIn, Handle: p.setUpPage},
		{Pattern: "POST /console/security/two-factor", Who: browser.SignedIn, Handle: p.setUp},
		{Pattern: "GET /console/security/two-factor/confirm", Who: browser.SignedIn, Handle: p.toSetUp},
		{Pattern: "POST /console/security/two-factor/confirm", Who: browser.SignedIn, Handle: p.confirmSecret},
		{Pattern: "GET /console/security/two-factor/activate", Who: browser.SignedIn, Handle: p.toSetUp},
		{Pattern: "POST /console/security/two-factor/activate", Who: browser.SignedIn, Handle: p.activate},
		{Pattern: "GET " + pathTurnOff, Who: browser.SignedIn, Handle: p.turnOffPage},
		{Pattern: "POST " + pathTurnOff, Who: browser.SignedIn, Handle: p.turnOff},
		{Pattern: "GET " + sso.PathIdentities, Who: browser.SignedIn, Handle: p.ownIdentities},
		{Pattern: "GET " + sso.PathIdentities + "/{id}/unlink", Who: browser.SignedInRecently, Handle: p.unlinkOwnPage},
		{Pattern: "POST " + sso.PathIdentities + "/{id}/unlink", Who: browser.SignedInRecently, Handle: p.unlinkOwn},
		{Pattern: "GET " + pathCodes, Who: browser.SignedIn, Handle: p.newCodesPage},
		{Pattern: "POST " + pathCodes, Who: browser.SignedIn, Handle: p.newCodes},

		{Pattern: "GET /console/profile", Who: browser.SignedIn, Handle: p.profile},
		{Pattern: "GET /console/profile/names", Who: browser.SignedIn, Handle: p.profile},
		{Pattern: "POST /console/profile/names", Who: browser.SignedIn, Handle: p.changeNames, Keeps: []string{"first", "middle", "last"}},
		{Pattern: "GET /console/profile/email", Who: browser.SignedIn, Handle: p.profile},
		{Pattern: "POST /console/profile/email", Who: browser.SignedIn, Handle: p.changeEmail, Keeps: []string{"email"}},
		{Pattern: "GET /console/profile/email/confirm", Who: browser.SignedIn, Handle: p.profile},
		{Pattern: "POST /console/profile/email/confirm", Who: browser.SignedIn, Handle: p.confirmEmail},
		{Pattern: "GET /console/profile/email/send", Who: browser.SignedIn, Handle: p.profile},
		{Pattern: "POST /console/profile/email/send", Who: browser.SignedIn, Handle: p.sendEmailCode},
		{Pattern: "GET /console/profile/password", Who: browser.SignedIn, Handle: p.profile},
		{Pattern: "POST /console/profile/password", Who: browser.SignedIn, Handle: p.changePassword},
	}
}

// doneTexts returns what a page says after an action, by the word in its address.
func doneTexts() map[string]string {
	return map[string]string{
		"two-factor-on":  "Two-factor authentication is on. Your other sessions have ended.",
		"two-factor-off": "Two-factor authentication is off. Your other sessions have ended.",
		"session-ended":  "The session is signed out.",
		"own-linked":     "The account is linked. You can sign in with it from now on.",
		"own-unlinked":   "The account is unlinked. Your other sessions have ended.",
		formNames:        "Your name is changed.",
		formPassword:     "Your password is changed. Your other sessions have ended; API tokens still work.",
		formEmail:        "Your e-mail address is changed. Your other sessions have ended.",
		formConfirm:      "Your e-mail address is confirmed.",
		formSend:         "A new code is on its way to your address. Earlier codes no longer work.",
	}
}
