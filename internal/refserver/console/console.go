// Package console serves the pages under /console/: what users do with their account,
// tokens and second factor on a web page, as the guides of the platforms show it, and
// what admins of orgs and of the platform do for them.
//
// It promises that every page works without scripts, that a page which is reached by
// GET changes nothing, that a secret is in no address and in one response only, and that
// each action is one that a command or a route can do as well, by the same method of package
// service: a page decides no rules.
//
// A page is a file, a template and a row in a table. The pages for those who cannot sign in
// are here, all others in the packages below, which share package kit. Package browser has
// the session, the sign-in, the layout, and what is the same for all pages.
package console

import (
	"embed"
	"net/http"
	"slices"

	"github.com/dxauth/dxauth/internal/refserver/console/account"
	"github.com/dxauth/dxauth/internal/refserver/console/admins"
	"github.com/dxauth/dxauth/internal/refserver/console/kit"
	"github.com/dxauth/dxauth/internal/refserver/console/tokens"
	"github.com/dxauth/dxauth/internal/refserver/console/trustrules"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/service/linking"
	"github.com/dxauth/dxauth/internal/refserver/service/mailing"
	"github.com/dxauth/dxauth/internal/refserver/service/signups"
	"github.com/dxauth/dxauth/internal/refserver/service/trust"
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
	Trust   *trust.Service
	Pages   *browser.Pages
}

// Console serves the pages.
type Console struct {
	*kit.Kit
	signUps *signups.Service
	rows    []browser.Row
	handler http.Handler
}

// PathProfile is the page where users see and change their account.
const PathProfile = account.PathProfile

// New returns the pages of a server.
func New(config Config) *Console {
	c := &Console{
		Kit:     kit.New(kit.Config{Service: config.Service, Browser: config.Pages, Files: files}),
		signUps: config.SignUps,
	}
	c.rows = slices.Concat(
		c.ownRows(),
		tokens.New(config.Service, config.Pages).Rows(),
		account.New(config.Service, config.Pages, config.Linking).Rows(),
		admins.New(admins.Config{Service: config.Service, Linking: config.Linking, Mailing: config.Mailing, Pages: config.Pages}).Rows(),
		trustrules.New(config.Service, config.Pages, config.Trust).Rows(),
	)
	c.handler = c.Browser.Serve(c.rows)
	return c
}

// ServeHTTP serves a page.
func (c *Console) ServeHTTP(w http.ResponseWriter, r *http.Request) { c.handler.ServeHTTP(w, r) }

// Rows returns the table of all pages and forms.
func (c *Console) Rows() []browser.Row { return c.rows }

// ownRows are the start page, and the pages for those who cannot sign in.
func (c *Console) ownRows() []browser.Row {
	return []browser.Row{
		{Pattern: "GET /console/{$}", Who: browser.SignedIn, Handle: c.home},
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
