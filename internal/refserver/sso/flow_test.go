package sso_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/sso"
	"github.com/dxauth/dxauth/internal/refserver/testpages"
)

// world has users who are linked, could be linked, and must not be.
func world(issuer string) string {
	return `
users:
  - {username: alice, password: alice-pass-2026, email: alice@example.org}
  - {username: bob, password: bob-pass-2026, email: bob@example.org, totp_secret: ` + testpages.BobSeed + `}
  - {username: carol, password: carol-pass-2026, email: carol@example.org, disabled: true}
  - {username: dave, email: dave@example.org, identities: [{issuer: "` + issuer + `", subject: dave-1, email: dave@example.org}]}
  - {username: erin, password: erin-pass-2026, email: erin@example.org, email_verified: false}
  - {username: frank, email: frank@example.org}
  - {username: admin, password: admin-pass-2026, superuser: true, email: admin@example.org}
`
}

// A user whose identity is linked signs in with it, and continues where the sign-in page
// said.
func TestSignIn(t *testing.T) {
	p := newOP(t, "lab")
	s := open(t, world(p.issuer()), p.provider("lab"))
	b := s.Browser()
	p.claims = user("dave-1", "dave@example.org")
	page := arrive(b, p, "lab").Has("You signed in at LAB as <strong>dave@example.org</strong>")
	signedOut(b)
	page.Submit("/sso/lab/continue", nil).LeadsTo("/console/tokens")
	signedInAs(b, "dave")
	if b.Cookie("dxauth-sso") != nil {
		t.Error("the cookie of the sign-in is still there")
	}
}

// The subject names the user. The address at the provider may be another one by now, or
// that of another account.
func TestSubjectDecides(t *testing.T) {
	p := newOP(t, "lab")
	s := open(t, world(p.issuer()), p.provider("lab"))
	for _, email := range []string{"", "dave@elsewhere.example", "alice@example.org"} {
		b := s.Browser()
		p.claims = user("dave-1", email)
		signIn(b, p, "lab").LeadsTo("/console/tokens")
		signedInAs(b, "dave")
	}
}

// A client with a secret sends it in the header, or in the form where the provider wants
// that.
func TestClientSecret(t *testing.T) {
	p := newOP(t, "lab")
	p.secret = "s3cret & more"
	s := open(t, world(p.issuer()), p.provider("lab"))
	p.claims = user("dave-1", "")
	signIn(s.Browser(), p, "lab").LeadsTo("/console/tokens")
}

// A provider may leave the address out of its tokens and say it to a question. What it
// signed counts, and it must speak of the same user.
func TestUserInfo(t *testing.T) {
	for name, tt := range map[string]struct {
		said map[string]any
		want string
	}{
		"the address of the user":    {user("alice-1", "alice@example.org"), "Password of alice"},
		"an address not verified":    {map[string]any{"sub": "alice-1", "email": "alice@example.org"}, "Ask the administrator"},
		"the address of another one": {user("eve-1", "alice@example.org"), "the provider speaks of another user"},
		"an address but no subject":  {user("", "alice@example.org"), "the provider speaks of another user"},
		"no address":                 {user("alice-1", ""), "Ask the administrator"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newOP(t, "lab")
			p.metadata = map[string]any{"userinfo_endpoint": p.issuer() + "/userinfo"}
			s := open(t, world(p.issuer()), p.provider("lab"))
			p.claims, p.userInfo = map[string]any{"sub": "alice-1"}, tt.said
			b := s.Browser()
			reply := goBack(b, p.authorize(start(b, "lab")))
			if reply.Code == http.StatusSeeOther {
				reply = reply.Follow().Submit("/sso/lab/continue", nil)
			}
			reply.Has(tt.want)
			signedOut(b)
		})
	}
}

// An equal address, verified on both sides, links the account after its password was
// given once. From then on no password is asked, and the password still works.
func TestLinkWithPassword(t *testing.T) {
	p := newOP(t, "lab")
	s := open(t, world(p.issuer()), p.provider("lab"))
	p.claims = user("alice-1", "Alice@example.org")
	b := s.Browser()
	ask := signIn(b, p, "lab").Is(http.StatusOK).Has("The account <strong>alice</strong> of this server has the same e-mail address", "Password of alice")
	signedOut(b)
	ask = ask.Submit("/sso/lab/link", url.Values{"password": {"guess"}}).Is(http.StatusForbidden).Has("Wrong user name or password")
	signedOut(b)
	ask.Submit("/sso/lab/link", url.Values{"password": {testpages.Password("alice")}}).LeadsTo("/console/tokens")
	signedInAs(b, "alice")

	p.claims = user("alice-1", "")
	again := s.Browser()
	signIn(again, p, "lab").LeadsTo("/console/tokens")
	signedInAs(again, "alice")
	signedInAs(s.SignedIn("alice"), "alice")
}

// What does not link an account: the text says what to do instead, and there is no
// session.
func TestNotLinked(t *testing.T) {
	for name, tt := range map[string]struct {
		claims map[string]any
		rules  func(*sso.Provider)
		want   string
	}{
		"an unknown user": {user("new-1", "new@example.org"), nil, "Ask the administrator of this server to link yours"},
		"an address that the provider did not verify":       {map[string]any{"sub": "x", "email": "alice@example.org"}, nil, "Ask the administrator"},
		"an address that this server did not verify":        {user("x", "erin@example.org"), nil, "Ask the administrator"},
		"an account without a password":                     {user("x", "frank@example.org"), nil, "Ask the administrator"},
		"an account with two-factor authentication":         {user("x", "bob@example.org"), nil, "turn it off first"},
		"a disabled account":                                {user("x", "carol@example.org"), nil, "The account is disabled"},
		"the subject of another issuer":                     {user("dave-2", ""), nil, "Ask the administrator"},
		"the subject in another case":                       {user("DAVE-1", ""), nil, "Ask the administrator"},
		"a new user of another domain":                      {user("x", "new@evil.example"), accepts("example.org"), "does not accept accounts of this organization"},
		"a linked user whose address is of another domain":  {user("dave-1", "dave@evil.example"), accepts("example.org"), "does not accept accounts"},
		"an address of the domain that is not verified":     {map[string]any{"sub": "dave-1", "email": "dave@example.org"}, accepts("example.org"), "does not accept accounts"},
		"a domain that only ends alike":                     {user("dave-1", "dave@notexample.org"), accepts("example.org"), "does not accept accounts"},
		"an address with the domain in its local part":      {user("dave-1", `"x@example.org"@evil.example`), accepts("example.org"), "does not accept accounts"},
		"an address that this server did not verify, open":  {user("x", "erin@example.org"), signUp, "Ask the administrator"},
		"an account with two-factor authentication, linked": {user("x", "bob@example.org"), autoLink("example.org"), "turn it off first"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newOP(t, "lab")
			provider := p.provider("lab")
			if tt.rules != nil {
				tt.rules(&provider)
			}
			s := open(t, world(p.issuer()), provider)
			p.claims = tt.claims
			b := s.Browser()
			signIn(b, p, "lab").Has(tt.want)
			signedOut(b)
		})
	}
}

func accepts(domain string) func(*sso.Provider) {
	return func(p *sso.Provider) { p.MailDomains = []string{domain} }
}

func signUp(p *sso.Provider) { p.SignUp = true }

func autoLink(domain string) func(*sso.Provider) {
	return func(p *sso.Provider) { p.AutoLink, p.MailDomains = true, []string{domain} }
}

// The administrator gets a command that links the account, in which what the provider
// says is one word of the shell.
func TestCommandForTheAdministrator(t *testing.T) {
	p := newOP(t, "lab")
	s := open(t, world(p.issuer()), p.provider("lab"))
	p.claims = user(`1'; rm -rf ~; '`, "<script>alert(1)</script>@example.org")
	signIn(s.Browser(), p, "lab").Is(http.StatusForbidden).
		Has(`dxauth admin user link NAME --provider lab --subject '1'\''; rm -rf ~; '\'''`)
}

// Where the provider may make accounts, a new user gets one: with a name like that at the
// provider, the verified address, and nothing else.
func TestNewUser(t *testing.T) {
	p := newOP(t, "lab")
	provider := p.provider("lab")
	provider.SignUp = true
	s := open(t, world(p.issuer()), provider)
	for _, tt := range []struct {
		claims map[string]any
		want   string
	}{
		{user("1", "Grace.Hopper@example.org"), "gracehopper"},
		{user("2", "alice@elsewhere.example"), "alice2"},
		{user("3", "admin@elsewhere.example"), "admin2"},
		{user("4", "root@elsewhere.example"), "root2"},
		{user("5", ""), "user"},
		{map[string]any{"sub": "6", "email": "alice@example.org", "email_verified": false}, "alice3"},
		{map[string]any{"sub": "7", "preferred_username": "Zoë the 1st!", "given_name": "Zoë\u202e", "family_name": "X"}, "zothe1st"},
	} {
		b := s.Browser()
		p.claims = tt.claims
		signIn(b, p, "lab").LeadsTo("/console/tokens")
		signedInAs(b, tt.want)
		b.Get("/console/").Has("No project is shared with you yet.")
	}
	again := s.Browser()
	p.claims = user("1", "")
	signIn(again, p, "lab")
	signedInAs(again, "gracehopper")
}

// S-65: without its password an account is linked only where the administrator trusts the
// provider and the provider is responsible for the address. That ends the account's
// sessions: whoever has one may be somebody else.
func TestAutoLink(t *testing.T) {
	managed := map[string]any{"sub": "x", "email": "alice@example.org", "email_verified": true, "hd": "example.org"}
	for name, tt := range map[string]struct {
		claims map[string]any
		rules  func(*sso.Provider)
		linked bool
	}{
		"an account that the organization manages":          {managed, autoLink("example.org"), true},
		"the setting is off":                                {managed, accepts("example.org"), false},
		"an account of the domain that nobody manages":      {user("x", "alice@example.org"), autoLink("example.org"), false},
		"an account that another organization manages":      {map[string]any{"sub": "x", "email": "alice@example.org", "email_verified": true, "hd": "evil.example"}, autoLink("example.org"), false},
		"an address at gmail.com, but the issuer is no one": {user("x", "alice@gmail.com"), autoLink("gmail.com"), false},
	} {
		t.Run(name, func(t *testing.T) {
			p := newOP(t, "lab")
			provider := p.provider("lab")
			tt.rules(&provider)
			email, _ := tt.claims["email"].(string)
			s := open(t, strings.ReplaceAll(world(p.issuer()), "alice@example.org", email), provider)
			before := s.SignedIn("alice")
			p.claims = tt.claims
			b := s.Browser()
			reply := signIn(b, p, "lab")
			if !tt.linked {
				reply.Has("Password of alice")
				signedInAs(before, "alice")
				return
			}
			reply.LeadsTo("/console/tokens")
			signedInAs(b, "alice")
			if before.Get("/console/").Code == http.StatusOK {
				t.Error("the session before the link goes on")
			}
		})
	}
}

// An address that an attacker registered before its owner's first sign-in, or gave to an
// account later, brings the owner's identity nowhere, even where the provider is trusted
// with addresses and makes accounts; and the attacker gets nothing of the owner's.
func TestAddressOfAnAttacker(t *testing.T) {
	for name, attack := range map[string]func(*testing.T, *testpages.Server){
		"registered first": func(t *testing.T, s *testpages.Server) {
			form := url.Values{
				"username": {"eve"}, "password": {"eve-pass-2026"}, "confirmPassword": {"eve-pass-2026"},
				"email": {"victim@example.org"}, "firstname": {"Eve"}, "lastname": {"Adams"},
			}
			s.Browser().Get("/account/register").Submit("/account/register", form).Is(http.StatusOK)
		},
		"given to an account": func(t *testing.T, s *testpages.Server) {
			body := `{"newEmail":"victim@example.org","username":"alice","password":"alice-pass-2026"}`
			if changed := call(t, s, "alice", "/user-alice/updateEmail", body); changed.Code != http.StatusOK {
				t.Fatalf("updateEmail: %s", changed.Body)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newOP(t, "lab")
			provider := p.provider("lab")
			autoLink("example.org")(&provider)
			provider.SignUp = true
			s := testpages.Open(t, world(p.issuer()), func(c *refserver.Config) { c.SSO.Providers, c.SignUp = []sso.Provider{provider}, "open" })
			attack(t, s)
			b := s.Browser()
			p.claims = map[string]any{"sub": "victim", "email": "victim@example.org", "email_verified": true, "hd": "example.org"}
			signIn(b, p, "lab").Has("Ask the administrator")
			signedOut(b)
		})
	}
}

// S-39: a sign-in gives the browser a new session and ends the one before.
func TestSessionIsNew(t *testing.T) {
	p := newOP(t, "lab")
	s := open(t, world(p.issuer()), p.provider("lab"))
	b := s.SignedIn("alice")
	old := b.Cookie("dxauth").Value
	p.claims = user("dave-1", "")
	p.claims["auth_time"] = s.Now().Unix()
	signIn(b, p, "lab").LeadsTo("/console/tokens")
	signedInAs(b, "dave")
	thief := s.Browser()
	thief.SetCookie("dxauth", old)
	if thief.Get("/console/").Code == http.StatusOK {
		t.Error("the session before works")
	}
}

// S-68: a user who is signed in and signs in again is asked by the provider again, which
// has to say so.
func TestSignInAgain(t *testing.T) {
	for name, tt := range map[string]struct {
		authTime any
		want     string // empty: signed in
	}{
		"the provider asked":           {0, ""},
		"the provider did not ask":     {-time.Hour, "the provider did not ask the user to sign in again"},
		"the provider says nothing":    {nil, "it does not say when the user signed in"},
		"the clocks differ by seconds": {-30 * time.Second, ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := newOP(t, "lab")
			s := open(t, world(p.issuer()), p.provider("lab"))
			b := s.Browser()
			p.claims = user("dave-1", "")
			signIn(b, p, "lab").LeadsTo("/console/tokens")
			s.Advance(6 * time.Minute)
			p.now = s.Now
			if d, ok := tt.authTime.(time.Duration); ok {
				p.claims["auth_time"] = s.Now().Add(d).Unix()
			}
			if tt.authTime == 0 {
				p.claims["auth_time"] = s.Now().Unix()
			}
			address := start(b, "lab")
			if !strings.Contains(address, "&max_age=0&") {
				t.Errorf("the request is %s", address)
			}
			reply := goBack(b, p.authorize(address))
			if tt.want != "" {
				reply.Is(http.StatusBadGateway).Has(tt.want)
				return
			}
			reply.Follow().Submit("/sso/lab/continue", nil).LeadsTo("/console/tokens")
			signedInAs(b, "dave")
		})
	}
}

// An account that turned two-factor authentication on after it was linked does not sign in
// with the provider, which would go around it.
func TestLinkedWithTwoFactor(t *testing.T) {
	p := newOP(t, "lab")
	s := open(t, `
users:
  - {username: bob, password: bob-pass-2026, totp_secret: `+testpages.BobSeed+`, identities: [{issuer: "`+p.issuer()+`", subject: bob-1}]}
`, p.provider("lab"))
	p.claims = user("bob-1", "")
	b := s.Browser()
	signIn(b, p, "lab").Is(http.StatusConflict).Has("turn it off first, or sign in with password and code")
	signedOut(b)
}

// Where a second factor is enforced, a provider does not go around the one that an account
// with a password needs, linked or not. An account without a password needs none.
func TestEnforcedTwoFactor(t *testing.T) {
	p := newOP(t, "lab")
	identities := func(subject string) string {
		return `identities: [{issuer: "` + p.issuer() + `", subject: ` + subject + `}]}`
	}
	s := testpages.Open(t, `
users:
  - {username: alice, password: alice-pass-2026, email: alice@example.org, `+identities("alice-1")+`
  - {username: bob, password: bob-pass-2026, email: bob@example.org}
  - {username: dave, `+identities("dave-1")+`
`, func(c *refserver.Config) {
		c.SSO.Providers, c.TwoFactor = []sso.Provider{p.provider("lab")}, identity.FactorsEnforced
	})
	for _, claims := range []map[string]any{user("alice-1", ""), user("bob-1", "bob@example.org")} {
		p.claims = claims
		b := s.Browser()
		signIn(b, p, "lab").Is(http.StatusForbidden).Has("This server requires two-factor authentication of accounts with a password")
		signedOut(b)
	}
	p.claims = user("dave-1", "")
	b := s.Browser()
	signIn(b, p, "lab").LeadsTo("/console/tokens")
	signedInAs(b, "dave")
}

// S-68: a session is as recent as the sign-in at the provider, where the provider says
// when that was.
func TestOldSignInIsNotRecent(t *testing.T) {
	for name, tt := range map[string]struct {
		authTime any
		recent   bool
	}{
		"now":             {time.Duration(0), true},
		"an hour ago":     {-time.Hour, false},
		"in the future":   {time.Hour, true},
		"nothing is said": {nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			p := newOP(t, "lab")
			s := open(t, world(p.issuer()), p.provider("lab"))
			p.claims = user("dave-1", "")
			if d, ok := tt.authTime.(time.Duration); ok {
				p.claims["auth_time"] = s.Now().Add(d).Unix()
			}
			b := s.Browser()
			signIn(b, p, "lab").LeadsTo("/console/tokens")
			page := b.Send(b.Request(http.MethodGet, "/oauth2/device", ""), "same-origin")
			if recent := page.Code == http.StatusOK; recent != tt.recent {
				t.Errorf("recent: %v, want %v: %d %s", recent, tt.recent, page.Code, page.Header().Get("Location"))
			}
		})
	}
}

// A user without a password: the sign-in with one is refused, a second factor is for the
// provider to ask for, and what needs a proof elsewhere needs a recent sign-in.
func TestUserWithoutPassword(t *testing.T) {
	p := newOP(t, "lab")
	s := open(t, world(p.issuer()), p.provider("lab"))
	p.claims = user("dave-1", "")
	p.claims["auth_time"] = s.Now().Unix()
	b := s.Browser()
	signIn(b, p, "lab").LeadsTo("/console/tokens")

	b.Get("/console/profile").Is(http.StatusOK).Submit("/console/profile/email", url.Values{"email": {"dave@lab.example.org"}}).LeadsTo("/console/profile?done=email")
	b.Get("/console/profile").Has("dave@lab.example.org")
	s.Browser().Get("/console/sign-in").
		Submit("/console/sign-in", url.Values{"username": {"dave"}, "password": {"guess"}}).Is(http.StatusForbidden).Has("Wrong user name or password")
}
