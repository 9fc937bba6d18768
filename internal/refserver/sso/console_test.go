package sso_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"
)

// A user without a password uses the pages with a recent sign-in at the provider: makes a
// token, changes names, and signs out everywhere. No page asks for a password.
func TestPagesOfAUserWithoutAPassword(t *testing.T) {
	p := newOP(t, "lab")
	s := open(t, world(p.issuer()), p.provider("lab"))
	p.claims = user("dave-1", "dave@example.org")
	b := s.Browser()
	signIn(b, p, "lab").LeadsTo("/console/tokens")
	for _, path := range []string{"/console/", "/console/tokens/new", "/console/security", "/console/profile"} {
		b.Get(path).Is(http.StatusOK).HasNot(`type="password"`, "Sign in again")
	}
	b.Get("/console/security/identities").Has("LAB", "dave@example.org")
	b.Get("/console/tokens/new").Submit("/console/tokens/new", url.Values{"name": {"ci"}}).Is(http.StatusOK).Has("The token is made.")
	b.Get("/console/profile").Has("this account has no password").
		Submit("/console/profile/names", url.Values{"first": {"Dave"}}).LeadsTo("/console/profile?done=names")
	b.Post("/console/profile/password", url.Values{"new": {"brand-new-2026"}, "again": {"brand-new-2026"}}).Is(http.StatusForbidden)
	b.Get("/console/security/two-factor").Submit("/console/security/two-factor", nil).Is(http.StatusConflict).Has("its identity provider asks for a second factor")

	other := s.Browser()
	signIn(other, p, "lab").LeadsTo("/console/tokens")
	b.Get("/console/security").Submit("/console/security/sessions/end", nil).LeadsTo("/console/sign-in?ended=here")
	other.Get("/console/").LeadsTo("/console/sign-in?ended=elsewhere&next=%2Fconsole%2F")
}

// If the sign-in is not recent, the pages lead to the provider instead of asking for a
// password, and their forms change nothing. They come back as they were filled in.
func TestPagesLeadToTheProviderAgain(t *testing.T) {
	p := newOP(t, "lab")
	s := open(t, world(p.issuer()), p.provider("lab"))
	p.claims = user("dave-1", "dave@example.org")
	b := s.Browser()
	signIn(b, p, "lab")
	s.Advance(6 * time.Minute)
	b.Get("/console/tokens/new").HasNot(`type="password"`).Has(`<button name="sign-in" value="again" formnovalidate>`)
	for path, form := range map[string]url.Values{
		"/console/tokens/new":            {"name": {"ci"}, "days": {"30"}, "reach": {"account"}},
		"/console/profile/names":         {"first": {"Mallory"}},
		"/console/profile/email":         {"email": {"mallory@example.org"}},
		"/console/profile/password":      {"new": {"brand-new-2026"}, "again": {"brand-new-2026"}},
		"/console/security/sessions/end": {},
	} {
		b.Post(path, form).Is(http.StatusForbidden)
	}
	b.Get("/console/tokens").Has("You have no API tokens.")
	const names = "/console/profile/names"
	b.Get("/console/profile").Submit(names, url.Values{"first": {"David"}, "sign-in": {"again"}}).
		LeadsTo("/console/sign-in?confirm=1&next=%2Fconsole%2Fprofile%2Fnames").Follow().Has("Your form was not sent.")
	p.now, p.claims["auth_time"] = s.Now, s.Now().Unix()
	leave := leaving(b.Post("/sso/lab/start", url.Values{"next": {names}}))
	goBack(b, p.authorize(leave)).Follow().Submit("/sso/lab/continue", nil).LeadsTo(names).Follow().Is(http.StatusOK).Has(`value="David"`).
		Submit(names, nil).LeadsTo("/console/profile?done=names")
	b.Get("/console/sign-in?confirm=1&next=%2Fconsole%2Ftokens%2Fnew").Is(http.StatusOK).Has("Sign in with LAB")
}
