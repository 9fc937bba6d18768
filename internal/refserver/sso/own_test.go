package sso_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/service/linking"
	"github.com/dxauth/dxauth/internal/refserver/sso"
	"github.com/dxauth/dxauth/internal/refserver/testpages"
)

const (
	identities   = "/console/security/identities"
	own          = "/sso/own/lab/begin"
	attach       = "/sso/own/lab/attach"
	otherSession = "You signed in again, or out, since you began to link an account."
)

// startOwn begins to link an identity, and returns the address of the provider.
func startOwn(b *testpages.Browser) string {
	b.Helper()
	return leaving(b.Get(own).Is(http.StatusOK).Submit(own, nil).Is(http.StatusOK))
}

// linkOwn signs in at the provider to link an identity, up to the question.
func linkOwn(b *testpages.Browser, p *op) testpages.Reply {
	b.Helper()
	return goBack(b, p.authorize(startOwn(b))).LeadsTo("/sso/confirm/lab").Follow()
}

// A user links an account at a provider after a sign-in on both sides, signs in with it,
// sees that, and unlinks it. The addresses on both sides do not matter.
func TestLinkOwn(t *testing.T) {
	p := newOP(t, "lab")
	s := open(t, world(p.issuer()), p.provider("lab"))
	p.claims = user("rabbit-1", "rabbit@elsewhere.example")
	b := s.SignedIn("alice")
	b.Get("/console/security").Has(`href="` + identities + `"`)
	b.Get(identities).Has("No account at another provider is linked.", "Link an account at LAB")
	linkOwn(b, p).Is(http.StatusOK).Has("rabbit@elsewhere.example", "Link it to alice").
		Submit(attach, nil).LeadsTo(identities+"?done=own-linked").Follow().
		Has("The account is linked.", "LAB", "rabbit@elsewhere.example", "2026-01-15 12:00 UTC", "never")
	other := s.Browser()
	signIn(other, p, "lab").LeadsTo("/console/tokens")
	signedInAs(other, "alice")
	b.Get(identities).HasNot("never")

	unlink := regexp.MustCompile(identities + `/[0-9a-f]{12}/unlink`).FindString(b.Get(identities).Body.String())
	b.Get(unlink).Is(http.StatusOK).Has("Unlink rabbit@elsewhere.example?").Submit(unlink, nil).LeadsTo(identities+"?done=own-unlinked").
		Follow().Has("Your other sessions have ended.", "No account at another provider is linked.")
	signedOutElsewhere(other)
	b.Get(unlink).LeadsTo(identities)
	b.Post(unlink, nil).Is(http.StatusNotFound)
	signIn(s.Browser(), p, "lab").Is(http.StatusForbidden).Has("No account is linked")
}

// signedOutElsewhere fails if the session of a browser was not ended.
func signedOutElsewhere(b *testpages.Browser) {
	b.Helper()
	b.Get("/console/").LeadsTo("/console/sign-in?ended=elsewhere&next=%2Fconsole%2F")
}

// To link and to unlink need a recent sign-in with all that it takes, and lead back.
func TestOwnNeedsARecentSignIn(t *testing.T) {
	p := newOP(t, "lab")
	s := open(t, world(p.issuer()), p.provider("lab"))
	p.claims = user("rabbit-1", "")
	b := s.SignedIn("alice")
	linkOwn(b, p).Submit(attach, nil).LeadsTo(identities + "?done=own-linked")
	unlink := regexp.MustCompile(identities + `/[0-9a-f]{12}/unlink`).FindString(b.Get(identities).Body.String())
	s.Advance(6 * time.Minute)
	for _, path := range []string{own, unlink} {
		signInPage := "/console/sign-in?" + url.Values{"confirm": {"1"}, "next": {path}}.Encode()
		b.Get(path).LeadsTo(signInPage)
		b.Post(path, nil).LeadsTo(signInPage)
	}
	b.Get(identities).Has("rabbit-1")
	b.Post("/console/sign-in", url.Values{"username": {"alice"}, "password": {testpages.Password("alice")}, "next": {own}}).
		LeadsTo(own).Follow().Is(http.StatusOK)
}

// The only identity of an account without a password stays; with a second one, linked by
// its user, it does not.
func TestUnlinkTheLast(t *testing.T) {
	p, q := newOP(t, "lab"), newOP(t, "uni")
	s := open(t, world(p.issuer()), p.provider("lab"), q.provider("uni"))
	p.claims, q.claims = user("dave-1", "dave@example.org"), user("dave-2", "")
	b := s.Browser()
	signIn(b, p, "lab")
	b.Get(identities).Has("Your only way to sign in", "activation code").HasNot(">Unlink<")
	id := linking.IDOf(identity.LinkedIdentity{Issuer: p.issuer(), Subject: "dave-1"})
	b.Post(identities+"/"+id+"/unlink", nil).Is(http.StatusConflict).Has("the account needs a password first")
	s.SignedIn("alice").Post(identities+"/"+id+"/unlink", nil).Is(http.StatusNotFound) // of another account

	address := leaving(b.Get("/sso/own/uni/begin").Submit("/sso/own/uni/begin", nil))
	goBack(b, q.authorize(address)).Follow().Submit("/sso/own/uni/attach", nil).LeadsTo(identities + "?done=own-linked")
	b.Post(identities+"/"+id+"/unlink", nil).LeadsTo(identities + "?done=own-unlinked")
	signIn(s.Browser(), p, "lab").Is(http.StatusForbidden)
	again := s.Browser()
	signIn(again, q, "uni").LeadsTo("/console/tokens")
	signedInAs(again, "dave")
}

// Accounts that a provider must not lead into are not linked: not at the start, and not if
// they became so while their user was at the provider.
func TestOwnIsRefused(t *testing.T) {
	p := newOP(t, "lab")
	lab := p.provider("lab")
	lab.MailDomains = []string{"example.org"}
	s := open(t, world(p.issuer()), lab)
	withFactor := s.Browser()
	withFactor.Post("/console/sign-in", url.Values{"username": {"bob"}, "password": {testpages.Password("bob")}}).
		Follow().Submit("/console/sign-in/code", url.Values{"code": {testpages.Code(t, testpages.BobSeed, s.Now())}}).LeadsTo("/console/")
	withFactor.Get(identities).Has("The account uses two-factor authentication").HasNot("Link an account")
	withFactor.Get(own).Is(http.StatusConflict).Has("turn it off first")
	withFactor.Post(own, nil).Is(http.StatusConflict)

	b := s.SignedIn("alice")
	p.claims = user("x", "x@elsewhere.example")
	linkOwn(b, p).Submit(attach, nil).Is(http.StatusForbidden).Has("does not accept accounts of this organization")
	p.claims = user("dave-1", "dave@example.org")
	linkOwn(b, p).Submit(attach, nil).Is(http.StatusConflict).Has("linked to an account already")

	p.claims = user("alice-1", "alice@example.org")
	question := linkOwn(b, p)
	enableTwoFactor(s, b)
	question.Submit(attach, nil).Is(http.StatusConflict).Has("turn it off first")
	signIn(s.Browser(), p, "lab").HasNot("Continue as").Is(http.StatusConflict)
}

// enableTwoFactor turns the second factor of the user of a browser on.
func enableTwoFactor(s *testpages.Server, b *testpages.Browser) {
	b.Helper()
	const path = "/console/security/two-factor"
	offer := b.Post(path, nil).Is(http.StatusOK)
	key := regexp.MustCompile(`id="key" class="secret">([^<]*)<`).FindStringSubmatch(offer.Body.String())
	saved := offer.Submit(path+"/confirm", url.Values{"code": {testpages.Code(s, strings.ReplaceAll(key[1], " ", ""), s.Now())}}).Is(http.StatusOK)
	code := regexp.MustCompile(`<div><code>([^<]*)<`).FindStringSubmatch(saved.Body.String())
	saved.Submit(path+"/activate", url.Values{"code": {code[1]}}).LeadsTo("/console/security?done=two-factor-on")
}

// Where a second factor is enforced, no provider is linked to an account with a password.
func TestOwnWithEnforcedTwoFactor(t *testing.T) {
	p := newOP(t, "lab")
	s := testpages.Open(t, world(p.issuer()), func(c *refserver.Config) {
		c.SSO.Providers, c.TwoFactor = []sso.Provider{p.provider("lab")}, identity.FactorsEnforced
	})
	p.claims = user("dave-1", "")
	b := s.Browser()
	signIn(b, p, "lab")
	b.Get(own).Is(http.StatusOK) // no password
	b.Get(identities).Has("Link an account at LAB")
}

// A link is made in the session in which it began, from the browser that began it, with
// the provider's response to it, once, and by a form of this server.
func TestAttacksOnALink(t *testing.T) {
	for name, attack := range map[string]func(t *testing.T, p *op, s *testpages.Server, victim *testpages.Browser){
		"the response of the attacker's own attempt": func(_ *testing.T, p *op, s *testpages.Server, victim *testpages.Browser) {
			startOwn(victim)
			goBack(victim, p.authorize(startOwn(s.SignedIn("admin")))).Has(notBegun)
		},
		"the code of the attacker in the victim's response": func(_ *testing.T, p *op, s *testpages.Server, victim *testpages.Browser) {
			code := codeOf(p.authorize(startOwn(s.SignedIn("admin"))))
			address := p.authorize(startOwn(victim))
			goBack(victim, strings.Replace(address, "code="+codeOf(address), "code="+code, 1)).Has(badReply)
		},
		"the attacker's cookie in the victim's browser": func(_ *testing.T, p *op, s *testpages.Server, victim *testpages.Browser) {
			attacker := s.SignedIn("admin")
			address := p.authorize(startOwn(attacker))
			victim.SetCookie("dxauth-sso", attacker.Cookie("dxauth-sso").Value)
			goBack(victim, address).LeadsTo("/sso/confirm/lab").Follow().Is(http.StatusForbidden).Has(otherSession)
			victim.Post(attach, nil).Is(http.StatusForbidden).Has(otherSession)
		},
		"a sign-in that becomes a link": func(_ *testing.T, p *op, _ *testpages.Server, victim *testpages.Browser) {
			p.claims["auth_time"] = testpages.Start().Unix()
			arrive(victim, p, "lab")
			victim.Post(attach, nil).Is(http.StatusForbidden).Has(otherSession)
		},
		"a link that becomes a sign-in": func(_ *testing.T, p *op, _ *testpages.Server, victim *testpages.Browser) {
			linkOwn(victim, p)
			victim.Post("/sso/lab/continue", nil).Is(http.StatusForbidden).Has(notBegun)
			victim.Post("/sso/lab/link", url.Values{"password": {testpages.Password("alice")}}).Is(http.StatusForbidden).Has(notBegun)
		},
		"a form of another site": func(_ *testing.T, p *op, _ *testpages.Server, victim *testpages.Browser) {
			linkOwn(victim, p)
			for _, path := range []string{own, attach} {
				request := victim.Request(http.MethodPost, path, "")
				request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				request.Header.Set("Origin", "https://evil.example")
				victim.Send(request, "cross-site").Is(http.StatusForbidden)
			}
			victim.FollowFromElsewhere(own).LeadsTo("/console/sign-in?confirm=1&next=%2Fsso%2Fown%2Flab%2Fbegin")
			victim.Get(attach).LeadsTo(identities)
		},
		"another user in the same browser": func(_ *testing.T, p *op, _ *testpages.Server, victim *testpages.Browser) {
			linkOwn(victim, p)
			victim.Post("/console/sign-out", nil)
			victim.SignIn("admin")
			victim.Post(attach, nil).Is(http.StatusForbidden).Has(otherSession)
		},
		"after ten minutes": func(_ *testing.T, p *op, s *testpages.Server, victim *testpages.Browser) {
			linkOwn(victim, p)
			s.Advance(10 * time.Minute)
			victim.Post(attach, nil).Is(http.StatusForbidden).Has("The sign-in took too long.")
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newOP(t, "lab")
			s := open(t, world(p.issuer()), p.provider("lab"))
			p.claims = user("attacker-1", "")
			victim := s.SignedIn("alice")
			attack(t, p, s, victim)
			for _, name := range []string{"alice", "admin"} {
				s.SignedIn(name).Get(identities).Has("No account at another provider is linked.")
			}
		})
	}
}

// An identity is linked once, however many windows send the form.
func TestOneLinks(t *testing.T) {
	p := newOP(t, "lab")
	s := open(t, world(p.issuer()), p.provider("lab"))
	p.claims = user("rabbit-1", "")
	b := s.SignedIn("alice")
	linkOwn(b, p)
	var done atomic.Int64
	var all sync.WaitGroup
	for range 8 {
		request := b.Request(http.MethodPost, attach, "")
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		window := s.Browser()
		for _, name := range []string{"dxauth", "dxauth-sso"} {
			window.SetCookie(name, b.Cookie(name).Value)
		}
		all.Go(func() {
			if window.Send(request, "same-origin").Code == http.StatusSeeOther {
				done.Add(1)
			}
		})
	}
	all.Wait()
	if done.Load() != 1 {
		t.Errorf("%d of 8 windows linked the identity", done.Load())
	}
}
