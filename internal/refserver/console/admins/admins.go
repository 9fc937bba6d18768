// Package admins has the pages about orgs, and those by which admins of orgs and
// administrators of the platform look after the accounts of others.
//
// It promises that what gives access or removes a protection needs a recent sign-in, that
// what takes access away does not, and that a code for a user is in the response to the form
// that made it, once.
package admins

import (
	"embed"
	"slices"

	"github.com/dxauth/dxauth/internal/refserver/console/kit"
	"github.com/dxauth/dxauth/internal/refserver/mail"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/service/linking"
	"github.com/dxauth/dxauth/internal/refserver/service/mailing"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
)

//go:embed templates/*.html
var files embed.FS

// Config has what the pages use.
type Config struct {
	Service *service.Service
	Linking *linking.Service
	Mailing *mailing.Service
	Pages   *browser.Pages
}

// Pages serves the pages.
type Pages struct {
	*kit.Kit
	linking *linking.Service
	mailing *mailing.Service
}

// New returns the pages of a server.
func New(c Config) *Pages {
	return &Pages{kit.New(kit.Config{Service: c.Service, Browser: c.Pages, Files: files, Done: doneTexts()}), c.Linking, c.Mailing}
}

// Rows returns the table of the pages and forms.
func (p *Pages) Rows() []browser.Row { return slices.Concat(p.orgRows(), p.platformRows()) }

// orgRows are the pages about orgs.
func (p *Pages) orgRows() []browser.Row {
	return []browser.Row{
		{Pattern: "GET /console/orgs", Who: browser.SignedIn, Handle: p.orgs},
		{Pattern: "GET /console/orgs/new", Who: browser.SignedIn, Handle: p.newOrgPage},
		{Pattern: "POST /console/orgs/new", Who: browser.SignedIn, Handle: p.makeOrg, Keeps: []string{"handle", "name"}},
		{Pattern: "GET /console/orgs/{org}", Who: browser.SignedIn, Handle: p.org},
		{Pattern: "GET /console/orgs/{org}/accept", Who: browser.SignedInRecently, Handle: p.acceptPage},
		{Pattern: "POST /console/orgs/{org}/accept", Who: browser.SignedInRecently, Handle: p.changeOwnOrg("accepted", p.Service.AcceptOrg)},
		{Pattern: "GET /console/orgs/{org}/leave", Who: browser.SignedIn, Handle: p.leavePage},
		{Pattern: "POST /console/orgs/{org}/leave", Who: browser.SignedIn, Handle: p.changeOwnOrg("left", p.Service.LeaveOrg)},
		{Pattern: "GET /console/orgs/{org}/invite", Who: browser.SignedIn, Handle: p.invitePage},
		{Pattern: "POST /console/orgs/{org}/invite", Who: browser.SignedIn, Handle: p.invite, Keeps: append(accessFields(), "invitee")},
		{Pattern: "GET /console/orgs/{org}/limit", Who: browser.SignedIn, Handle: p.org},
		{Pattern: "POST /console/orgs/{org}/limit", Who: browser.SignedIn, Handle: p.setLimit, Keeps: []string{"limit"}},
		{Pattern: "GET /console/orgs/{org}/members/new", Who: browser.SignedIn, Handle: p.newUserPage},
		{Pattern: "POST /console/orgs/{org}/members/new", Who: browser.SignedIn, Handle: p.makeUser, Keeps: newUserFields()},
		{Pattern: "GET /console/orgs/{org}/members/{user}", Who: browser.SignedIn, Handle: p.member},
		{Pattern: "POST /console/orgs/{org}/members/{user}", Who: browser.SignedIn, Handle: p.setAccess, Keeps: accessFields()},
		{Pattern: "GET /console/orgs/{org}/members/{user}/remove", Who: browser.SignedIn, Handle: p.removePage},
		{Pattern: "POST /console/orgs/{org}/members/{user}/remove", Who: browser.SignedIn, Handle: p.removeMember, Keeps: []string{"keep"}},
		{Pattern: "GET /console/orgs/{org}/members/{user}/reset", Who: browser.SignedInRecently, Handle: p.memberResetPage},
		{Pattern: "POST /console/orgs/{org}/members/{user}/reset", Who: browser.SignedInRecently, Handle: p.resetMember},
		{Pattern: "GET /console/orgs/{org}/tokens", Who: browser.SignedIn, Handle: p.orgTokens},
		{Pattern: "GET /console/orgs/{org}/tokens/{signature}/exclude", Who: browser.SignedIn, Handle: p.excludePage},
		{Pattern: "POST /console/orgs/{org}/tokens/{signature}/exclude", Who: browser.SignedIn, Handle: p.excludeOrg},
	}
}

// platformRows are the pages for administrators of the platform.
func (p *Pages) platformRows() []browser.Row {
	rows := []browser.Row{
		{Pattern: "GET /console/admin/audit", Who: browser.SignedIn, Handle: p.auditLog},
		{Pattern: "GET " + mail.PagePath, Who: browser.SignedIn, Handle: p.showMails},
		{Pattern: "GET /console/admin/users", Who: browser.SignedIn, Handle: p.users},
		{Pattern: "GET /console/admin/users/new", Who: browser.SignedIn, Handle: p.newUserPage},
		{Pattern: "POST /console/admin/users/new", Who: browser.SignedIn, Handle: p.makeUser, Keeps: newUserFields()},
		{Pattern: "GET /console/admin/users/{user}", Who: browser.SignedIn, Handle: p.user},
		{Pattern: "GET /console/admin/users/{user}/code", Who: browser.SignedInRecently, Handle: p.askAboutCode(codeQuestion)},
		{Pattern: "POST /console/admin/users/{user}/code", Who: browser.SignedInRecently, Handle: p.newCode},
		{Pattern: "GET /console/admin/users/{user}/email-code", Who: browser.SignedInRecently, Handle: p.askAboutCode(emailCodeQuestion)},
		{Pattern: "POST /console/admin/users/{user}/email-code", Who: browser.SignedInRecently, Handle: p.newEmailCode},
		{Pattern: "GET /console/admin/users/{user}/identities", Who: browser.SignedIn, Handle: p.user},
		{Pattern: "POST /console/admin/users/{user}/identities", Who: browser.SignedIn, Handle: p.link, Keeps: []string{"provider", "subject"}},
		{Pattern: "GET /console/admin/users/{user}/identities/unlink", Who: browser.SignedIn, Handle: p.unlinkPage},
		{Pattern: "POST /console/admin/users/{user}/identities/unlink", Who: browser.SignedIn, Handle: p.unlink},
	}
	for _, action := range p.userActions() {
		rows = append(rows,
			browser.Row{Pattern: "GET /console/admin/users/{user}/" + action.path, Who: action.who, Handle: p.askAboutUser(action)},
			browser.Row{Pattern: "POST /console/admin/users/{user}/" + action.path, Who: action.who, Handle: p.changeUser(action)},
		)
	}
	for i, row := range rows {
		rows[i].Handle = p.ForAdministrators(row.Handle)
	}
	return rows
}

// doneTexts returns what a page says after an action, by the word in its address.
func doneTexts() map[string]string {
	return map[string]string{
		"disabled":     "The account is disabled. Its sessions and API tokens have ended.",
		"enabled":      "The account is enabled.",
		"unlocked":     "The account is unlocked.",
		"approved":     "The account is approved: its user can sign in.",
		"verified":     "The e-mail address is noted as the user's.",
		"linked":       "The account at the provider is linked.",
		"unlinked":     "The account at the provider is unlinked, and the sessions of the user have ended.",
		"limit":        "The idle limit is changed.",
		"level":        "The access is changed.",
		"invited":      "The user is a member of the org.",
		"removed":      "The user is no longer a member of the org.",
		"accepted":     "You accepted the org.",
		"left":         "You are no longer a member of the org.",
		"made-org":     "The org is made. You are its admin.",
		"factor-reset": "Two-factor authentication is reset, and the sessions of the account have ended.",
		"excluded":     "The org is excluded from the token.",
	}
}
