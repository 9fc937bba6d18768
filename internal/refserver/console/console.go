// Package console serves the pages under /console/: what users do with their account,
// tokens and second factor on a web page, as the guides of the platforms show it, and
// what admins of orgs and of the platform do for them.
//
// It promises that every page works without scripts, that a page which is reached by
// GET changes nothing, that a secret is in no address and in one response only, and that
// each action is one that a command or a route can do as well, by the same method of package
// service: this package decides no rules.
//
// A page is a file, a template and a row in the table of [Console.Rows]. Package browser
// has the session, the sign-in, the layout, and what is the same for all pages.
package console

import (
	"embed"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/dxauth/dxauth/internal/refserver/mail"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/service/linking"
	"github.com/dxauth/dxauth/internal/refserver/service/mailing"
	"github.com/dxauth/dxauth/internal/refserver/service/signups"
	"github.com/dxauth/dxauth/internal/refserver/sso"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
)

//go:embed templates/*.html
var files embed.FS

// Config has what the pages use.
type Config struct {
	Service *service.Service
	Linking *linking.Service
	Mailing *mailing.Service
	SignUps *signups.Service
	Pages   *browser.Pages
}

// Console serves the pages.
type Console struct {
	service   *service.Service
	linking   *linking.Service
	mailing   *mailing.Service
	signUps   *signups.Service
	pages     *browser.Pages
	templates map[string]*browser.Template
	handler   http.Handler
}

// New returns the pages of a server.
func New(config Config) *Console {
	c := &Console{
		service: config.Service, linking: config.Linking, mailing: config.Mailing, signUps: config.SignUps,
		pages: config.Pages, templates: map[string]*browser.Template{},
	}
	names, err := fs.Glob(files, "templates/*.html")
	if err != nil { // cannot happen: the pattern is valid
		panic(err)
	}
	for _, name := range names {
		c.templates[strings.TrimSuffix(path.Base(name), ".html")] = c.pages.Template(files, name)
	}
	c.handler = c.pages.Serve(c.Rows())
	return c
}

// ServeHTTP serves a page.
func (c *Console) ServeHTTP(w http.ResponseWriter, r *http.Request) { c.handler.ServeHTTP(w, r) }

// Rows returns the table of all pages and forms.
func (c *Console) Rows() []browser.Row {
	rows := []browser.Row{
		{Pattern: "GET /console/{$}", Who: browser.SignedIn, Handle: c.home},

		{Pattern: "GET /console/tokens", Who: browser.SignedIn, Handle: c.tokens},
		{Pattern: "GET /console/tokens/new", Who: browser.SignedIn, Handle: c.newToken},
		{Pattern: "POST /console/tokens/new", Who: browser.SignedIn, Handle: c.makeToken, Keeps: newTokenFields()},
		{Pattern: "GET /console/tokens/{id}", Who: browser.SignedIn, Handle: c.token},
		{Pattern: "POST /console/tokens/{id}", Who: browser.SignedIn, Handle: c.editToken, Keeps: []string{"name", "expires"}},
		{Pattern: "GET /console/tokens/{id}/revoke", Who: browser.SignedIn, Handle: c.revokePage},
		{Pattern: "POST /console/tokens/{id}/revoke", Who: browser.SignedIn, Handle: c.revokeToken},
		{Pattern: "GET /console/tokens/{id}/rotate", Who: browser.SignedIn, Handle: c.token},
		{Pattern: "POST /console/tokens/{id}/rotate", Who: browser.SignedIn, Handle: c.rotateToken, Keeps: []string{"grace"}},

		{Pattern: "GET /console/security", Who: browser.SignedIn, Handle: c.security},
		{Pattern: "GET /console/security/sessions/{id}/end", Who: browser.SignedIn, Handle: c.security},
		{Pattern: "POST /console/security/sessions/{id}/end", Who: browser.SignedIn, Handle: c.endSession},
		{Pattern: "GET /console/security/sessions/end", Who: browser.SignedIn, Handle: c.security},
		{Pattern: "POST /console/security/sessions/end", Who: browser.SignedIn, Handle: c.endEverySession},
		{Pattern: "GET /console/security/two-factor", Who: browser.SignedIn, Handle: c.setUpPage},
		{Pattern: "POST /console/security/two-factor", Who: browser.SignedIn, Handle: c.setUp},
		{Pattern: "GET /console/security/two-factor/confirm", Who: browser.SignedIn, Handle: c.toSetUp},
		{Pattern: "POST /console/security/two-factor/confirm", Who: browser.SignedIn, Handle: c.confirmSecret},
		{Pattern: "GET /console/security/two-factor/activate", Who: browser.SignedIn, Handle: c.toSetUp},
		{Pattern: "POST /console/security/two-factor/activate", Who: browser.SignedIn, Handle: c.activate},
		{Pattern: "GET " + pathTurnOff, Who: browser.SignedIn, Handle: c.turnOffPage},
		{Pattern: "POST " + pathTurnOff, Who: browser.SignedIn, Handle: c.turnOff},
		{Pattern: "GET " + sso.PathIdentities, Who: browser.SignedIn, Handle: c.ownIdentities},
		{Pattern: "GET " + sso.PathIdentities + "/{id}/unlink", Who: browser.SignedInRecently, Handle: c.unlinkOwnPage},
		{Pattern: "POST " + sso.PathIdentities + "/{id}/unlink", Who: browser.SignedInRecently, Handle: c.unlinkOwn},
		{Pattern: "GET " + pathCodes, Who: browser.SignedIn, Handle: c.newCodesPage},
		{Pattern: "POST " + pathCodes, Who: browser.SignedIn, Handle: c.newCodes},

		{Pattern: "GET /console/profile", Who: browser.SignedIn, Handle: c.profile},
		{Pattern: "GET /console/profile/names", Who: browser.SignedIn, Handle: c.profile},
		{Pattern: "POST /console/profile/names", Who: browser.SignedIn, Handle: c.changeNames, Keeps: []string{"first", "middle", "last"}},
		{Pattern: "GET /console/profile/email", Who: browser.SignedIn, Handle: c.profile},
		{Pattern: "POST /console/profile/email", Who: browser.SignedIn, Handle: c.changeEmail, Keeps: []string{"email"}},
		{Pattern: "GET /console/profile/email/confirm", Who: browser.SignedIn, Handle: c.profile},
		{Pattern: "POST /console/profile/email/confirm", Who: browser.SignedIn, Handle: c.confirmEmail},
		{Pattern: "GET /console/profile/email/send", Who: browser.SignedIn, Handle: c.profile},
		{Pattern: "POST /console/profile/email/send", Who: browser.SignedIn, Handle: c.sendEmailCode},
		{Pattern: "GET /console/profile/password", Who: browser.SignedIn, Handle: c.profile},
		{Pattern: "POST /console/profile/password", Who: browser.SignedIn, Handle: c.changePassword},
	}
	return slices.Concat(c.openRows(), rows, c.orgRows(), c.adminRows())
}

// openRows are the pages for those who cannot sign in.
func (c *Console) openRows() []browser.Row {
	return []browser.Row{
		{Pattern: "GET " + PathSignUp, Who: browser.Anyone, Handle: c.signUpPage},
		{Pattern: "POST " + PathSignUp, Who: browser.Anyone, Handle: c.signUp},
		{Pattern: "GET " + PathApproval, Who: browser.Anyone, Handle: c.activatePage},
		{Pattern: "POST " + PathApproval, Who: browser.Anyone, Handle: c.activateSignUp},
		{Pattern: "GET " + pathAgain, Who: browser.Anyone, Handle: c.againPage},
		{Pattern: "POST " + pathAgain, Who: browser.Anyone, Handle: c.sendAgain},
		{Pattern: "GET " + PathActivate, Who: browser.Anyone, Handle: c.activatePage},
		{Pattern: "POST " + PathActivate, Who: browser.Anyone, Handle: c.activateAccount},
		{Pattern: "GET /console/lost-phone", Who: browser.Anyone, Handle: c.lostPhone},
	}
}

// orgRows are the pages for admins of orgs.
func (c *Console) orgRows() []browser.Row {
	return []browser.Row{
		{Pattern: "GET /console/orgs", Who: browser.SignedIn, Handle: c.orgs},
		{Pattern: "GET /console/orgs/new", Who: browser.SignedIn, Handle: c.newOrgPage},
		{Pattern: "POST /console/orgs/new", Who: browser.SignedIn, Handle: c.makeOrg, Keeps: []string{"handle", "name"}},
		{Pattern: "GET /console/orgs/{org}", Who: browser.SignedIn, Handle: c.org},
		{Pattern: "GET /console/orgs/{org}/accept", Who: browser.SignedInRecently, Handle: c.acceptPage},
		{Pattern: "POST /console/orgs/{org}/accept", Who: browser.SignedInRecently, Handle: c.changeOwnOrg("accepted", c.service.AcceptOrg)},
		{Pattern: "GET /console/orgs/{org}/leave", Who: browser.SignedIn, Handle: c.leavePage},
		{Pattern: "POST /console/orgs/{org}/leave", Who: browser.SignedIn, Handle: c.changeOwnOrg("left", c.service.LeaveOrg)},
		{Pattern: "GET /console/orgs/{org}/invite", Who: browser.SignedIn, Handle: c.invitePage},
		{Pattern: "POST /console/orgs/{org}/invite", Who: browser.SignedIn, Handle: c.invite, Keeps: append(accessFields(), "invitee")},
		{Pattern: "GET /console/orgs/{org}/limit", Who: browser.SignedIn, Handle: c.org},
		{Pattern: "POST /console/orgs/{org}/limit", Who: browser.SignedIn, Handle: c.setLimit, Keeps: []string{"limit"}},
		{Pattern: "GET /console/orgs/{org}/members/new", Who: browser.SignedIn, Handle: c.newUserPage},
		{Pattern: "POST /console/orgs/{org}/members/new", Who: browser.SignedIn, Handle: c.makeUser, Keeps: newUserFields()},
		{Pattern: "GET /console/orgs/{org}/members/{user}", Who: browser.SignedIn, Handle: c.member},
		{Pattern: "POST /console/orgs/{org}/members/{user}", Who: browser.SignedIn, Handle: c.setAccess, Keeps: accessFields()},
		{Pattern: "GET /console/orgs/{org}/members/{user}/remove", Who: browser.SignedIn, Handle: c.removePage},
		{Pattern: "POST /console/orgs/{org}/members/{user}/remove", Who: browser.SignedIn, Handle: c.removeMember},
		{Pattern: "GET /console/orgs/{org}/members/{user}/reset", Who: browser.SignedInRecently, Handle: c.memberResetPage},
		{Pattern: "POST /console/orgs/{org}/members/{user}/reset", Who: browser.SignedInRecently, Handle: c.resetMember},
		{Pattern: "GET /console/orgs/{org}/tokens", Who: browser.SignedIn, Handle: c.orgTokens},
		{Pattern: "GET /console/orgs/{org}/tokens/{signature}/exclude", Who: browser.SignedIn, Handle: c.excludePage},
		{Pattern: "POST /console/orgs/{org}/tokens/{signature}/exclude", Who: browser.SignedIn, Handle: c.excludeOrg},
	}
}

// adminRows are the pages for administrators of the platform.
func (c *Console) adminRows() []browser.Row {
	rows := []browser.Row{
		{Pattern: "GET /console/admin/audit", Who: browser.SignedIn, Handle: c.auditLog},
		{Pattern: "GET " + mail.PagePath, Who: browser.SignedIn, Handle: c.showMails},
		{Pattern: "GET /console/admin/users", Who: browser.SignedIn, Handle: c.users},
		{Pattern: "GET /console/admin/users/new", Who: browser.SignedIn, Handle: c.newUserPage},
		{Pattern: "POST /console/admin/users/new", Who: browser.SignedIn, Handle: c.makeUser, Keeps: newUserFields()},
		{Pattern: "GET /console/admin/users/{user}", Who: browser.SignedIn, Handle: c.user},
		{Pattern: "GET /console/admin/users/{user}/code", Who: browser.SignedInRecently, Handle: c.askAboutCode(codeQuestion)},
		{Pattern: "POST /console/admin/users/{user}/code", Who: browser.SignedInRecently, Handle: c.newCode},
		{Pattern: "GET /console/admin/users/{user}/email-code", Who: browser.SignedInRecently, Handle: c.askAboutCode(emailCodeQuestion)},
		{Pattern: "POST /console/admin/users/{user}/email-code", Who: browser.SignedInRecently, Handle: c.newEmailCode},
		{Pattern: "GET /console/admin/users/{user}/identities", Who: browser.SignedIn, Handle: c.user},
		{Pattern: "POST /console/admin/users/{user}/identities", Who: browser.SignedIn, Handle: c.link, Keeps: []string{"provider", "subject"}},
		{Pattern: "GET /console/admin/users/{user}/identities/unlink", Who: browser.SignedIn, Handle: c.unlinkPage},
		{Pattern: "POST /console/admin/users/{user}/identities/unlink", Who: browser.SignedIn, Handle: c.unlink},
		{Pattern: "GET /console/admin/users/{user}/tokens", Who: browser.SignedIn, Handle: c.tokens},
		{Pattern: "GET /console/admin/users/{user}/tokens/new", Who: browser.SignedIn, Handle: c.newToken},
		{Pattern: "POST /console/admin/users/{user}/tokens/new", Who: browser.SignedIn, Handle: c.makeToken, Keeps: newTokenFields()},
		{Pattern: "GET /console/admin/users/{user}/tokens/{id}", Who: browser.SignedIn, Handle: c.token},
		{Pattern: "POST /console/admin/users/{user}/tokens/{id}", Who: browser.SignedIn, Handle: c.editToken, Keeps: []string{"name", "expires"}},
		{Pattern: "GET /console/admin/users/{user}/tokens/{id}/revoke", Who: browser.SignedIn, Handle: c.revokePage},
		{Pattern: "POST /console/admin/users/{user}/tokens/{id}/revoke", Who: browser.SignedIn, Handle: c.revokeToken},
	}
	for _, action := range c.userActions() {
		rows = append(rows,
			browser.Row{Pattern: "GET /console/admin/users/{user}/" + action.path, Who: action.who, Handle: c.askAboutUser(action)},
			browser.Row{Pattern: "POST /console/admin/users/{user}/" + action.path, Who: action.who, Handle: c.changeUser(action)},
		)
	}
	for i, row := range rows {
		rows[i].Handle = c.forAdministrators(row.Handle)
	}
	return rows
}

// Menu returns the links that a visitor finds on every page.
func Menu(v browser.Visitor) []browser.Link {
	if !v.IsSignedIn() {
		return nil
	}
	links := []browser.Link{
		{Text: "API Tokens", Path: "/console/tokens"},
		{Text: "Account Security", Path: "/console/security"},
		{Text: "My Profile", Path: "/console/profile"},
		{Text: "Orgs", Path: pathOrgs},
	}
	if v.Caller.User.Superuser {
		links = append(links, browser.Link{Text: "Users", Path: pathUsers}, browser.Link{Text: "Audit log", Path: pathAudit})
	}
	return links
}

// show sends a page with a template of this package.
func (c *Console) show(w http.ResponseWriter, r *http.Request, v browser.Visitor, status int, name, title string, data any) {
	c.pages.Render(w, r, status, browser.Page{Title: title, Content: c.templates[name], Data: data, Visitor: v})
}
