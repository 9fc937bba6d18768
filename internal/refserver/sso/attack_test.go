package sso_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver"
	"github.com/dxauth/dxauth/internal/refserver/sso"
	"github.com/dxauth/dxauth/internal/refserver/testpages"
)

// Texts of pages that end a sign-in.
const (
	notBegun  = "This sign-in did not begin in this browser, or it took too long."
	usedTwice = "This sign-in was used before"
	badReply  = "LAB sent a response that this server cannot accept."
)

// S-63: a response of the provider is good in the browser that asked for it, once, for ten
// minutes.
func TestResponsesOfOthers(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(p *op, s *testpages.Server, b *testpages.Browser, address string) (*testpages.Browser, string)
		want   string
	}{
		"without a state": {without("state"), notBegun},
		"with another state": {func(_ *op, _ *testpages.Server, b *testpages.Browser, address string) (*testpages.Browser, string) {
			return b, strings.Replace(address, "state=", "state=x", 1)
		}, notBegun},
		"with two states": {func(_ *op, _ *testpages.Server, b *testpages.Browser, address string) (*testpages.Browser, string) {
			return b, address + "&state=x"
		}, notBegun},
		"without a code": {without("code"), badReply},
		"with two codes": {func(_ *op, _ *testpages.Server, b *testpages.Browser, address string) (*testpages.Browser, string) {
			return b, address + "&code=x"
		}, badReply},
		"with the code of somebody else": {func(p *op, s *testpages.Server, b *testpages.Browser, address string) (*testpages.Browser, string) {
			other := codeOf(p.authorize(start(s.Browser(), "lab")))
			return b, strings.Replace(address, "code="+codeOf(address), "code="+other, 1)
		}, badReply},
		"in a browser that asked for nothing": {func(_ *op, s *testpages.Server, _ *testpages.Browser, address string) (*testpages.Browser, string) {
			return s.Browser(), address
		}, notBegun},
		"in a browser that asked for another": {func(_ *op, s *testpages.Server, _ *testpages.Browser, address string) (*testpages.Browser, string) {
			other := s.Browser()
			start(other, "lab")
			return other, address
		}, notBegun},
		"after ten minutes": {func(_ *op, s *testpages.Server, b *testpages.Browser, address string) (*testpages.Browser, string) {
			s.Advance(10 * time.Minute)
			return b, address
		}, notBegun},
	} {
		t.Run(name, func(t *testing.T) {
			p := newOP(t, "lab")
			s := open(t, world(p.issuer()), p.provider("lab"))
			p.claims = user("dave-1", "")
			b := s.Browser()
			b, address := tt.change(p, s, b, p.authorize(start(b, "lab")))
			goBack(b, address).Has(tt.want)
			signedOut(b)
		})
	}
}

// S-63: a page of another site that leads the browser here does not end a sign-in that is
// in progress.
func TestOtherSitesEndNoSignIn(t *testing.T) {
	for _, path := range []string{
		"/sso/callback/lab?state=x&code=y", "/sso/callback/lab", "/sso/callback/other?state=x&code=y", "/sso/confirm/lab", "/sso/confirm/other",
	} {
		t.Run(path, func(t *testing.T) {
			p, other := newOP(t, "lab"), newOP(t, "other")
			s := open(t, world(p.issuer()), p.provider("lab"), other.provider("other"))
			p.claims = user("dave-1", "")
			b := s.Browser()
			address := p.authorize(start(b, "lab"))
			b.FollowFromElsewhere(path).Is(http.StatusForbidden)
			goBack(b, address).Follow().Submit("/sso/lab/continue", nil).LeadsTo("/console/tokens")
		})
	}
}

// A session that ends while its user is at the provider does not end the sign-in, and the
// code of the provider is in no address of ours.
func TestSessionEndsDuringTheSignIn(t *testing.T) {
	p := newOP(t, "lab")
	s := open(t, world(p.issuer()), p.provider("lab"))
	p.claims = user("dave-1", "")
	p.claims["auth_time"] = s.Now().Unix()
	b := s.SignedIn("alice")
	request := start(b, "lab")
	s.SignedIn("alice").Post("/console/security/sessions/end", url.Values{"password": {testpages.Password("alice")}}).Is(http.StatusSeeOther)
	goBack(b, p.authorize(request)).LeadsTo("/sso/confirm/lab").Follow().Submit("/sso/lab/continue", nil).LeadsTo("/console/tokens")
	signedInAs(b, "dave")
}

func without(name string) func(*op, *testpages.Server, *testpages.Browser, string) (*testpages.Browser, string) {
	return func(p *op, _ *testpages.Server, b *testpages.Browser, address string) (*testpages.Browser, string) {
		parsed, err := url.Parse(address)
		if err != nil {
			p.t.Fatal(err)
		}
		query := parsed.Query()
		query.Del(name)
		parsed.RawQuery = query.Encode()
		return b, parsed.String()
	}
}

func codeOf(address string) string {
	_, query, _ := strings.Cut(address, "?")
	values, _ := url.ParseQuery(query)
	return values.Get("code")
}

// A response that was used is not used again, neither with its code, which the provider
// refuses, nor with another one that belongs to the same request.
func TestResponseUsedTwice(t *testing.T) {
	p := newOP(t, "lab")
	s := open(t, world(p.issuer()), p.provider("lab"))
	p.claims = user("dave-1", "")
	b := s.Browser()
	request := start(b, "lab")
	cookie := b.Cookie("dxauth-sso").Value
	first, second := p.authorize(request), p.authorize(request)
	goBack(b, first).Follow().Submit("/sso/lab/continue", nil).LeadsTo("/console/tokens")

	thief := s.Browser()
	thief.SetCookie("dxauth-sso", cookie)
	goBack(thief, first).Has(badReply)
	thief.SetCookie("dxauth-sso", cookie)
	goBack(thief, second).Has(usedTwice)
	thief.SetCookie("dxauth-sso", cookie)
	thief.Post("/sso/lab/continue", nil).Has(usedTwice)
	signedOut(thief)
}

// A confirmed sign-in is spent once, however many browsers press Continue.
func TestOneContinues(t *testing.T) {
	p := newOP(t, "lab")
	s := open(t, world(p.issuer()), p.provider("lab"))
	p.claims = user("dave-1", "")
	p.now = s.Now
	for range 5 {
		b := s.Browser()
		arrive(b, p, "lab")
		cookie := b.Cookie("dxauth-sso").Value
		var signedIn atomic.Int32
		var all sync.WaitGroup
		for range 10 {
			all.Go(func() {
				other := s.Browser()
				other.SetCookie("dxauth-sso", cookie)
				if other.Post("/sso/lab/continue", nil).Code == http.StatusSeeOther {
					signedIn.Add(1)
				}
			})
		}
		all.Wait()
		if n := signedIn.Load(); n != 1 {
			t.Errorf("%d of 10 were signed in", n)
		}
		s.Advance(time.Hour) // the counts of unknown tickets are per network
	}
}

// Continue comes from a page of this server, with the cookie of the sign-in.
func TestContinue(t *testing.T) {
	p := newOP(t, "lab")
	s := open(t, world(p.issuer()), p.provider("lab"))
	p.claims = user("dave-1", "")

	b := s.Browser()
	b.Post("/sso/lab/continue", nil).Is(http.StatusForbidden).Has("The sign-in took too long.")
	start(b, "lab")
	b.Post("/sso/lab/continue", nil).Is(http.StatusForbidden).Has(usedTwice) // before the provider said who it is
	signedOut(b)

	b = s.Browser()
	arrive(b, p, "lab")
	request := b.Request(http.MethodPost, "/sso/lab/continue", "")
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Origin", "https://evil.example")
	if reply := b.Send(request, "cross-site"); reply.Code != http.StatusForbidden || reply.Header().Get("Set-Cookie") != "" {
		t.Errorf("another site continues: %d", reply.Code)
	}
	b.Get("/sso/lab/continue").Is(http.StatusMethodNotAllowed)
	signedOut(b)
	s.Advance(10 * time.Minute)
	b.Post("/sso/lab/continue", nil).Has("The sign-in took too long.")
	signedOut(b)
}

// The cookie belongs to the whole sign-in: one that was changed fits no response.
func TestChangedCookie(t *testing.T) {
	p := newOP(t, "lab")
	s := open(t, world(p.issuer()), p.provider("lab"))
	p.claims = user("dave-1", "")
	b := s.Browser()
	address := p.authorize(start(b, "lab"))
	good := b.Cookie("dxauth-sso").Value
	for _, bad := range []string{"", "x", good[:len(good)-8], good[4:], good + "AAAA", strings.Repeat("A", len(good))} {
		b.SetCookie("dxauth-sso", bad)
		goBack(b, address).Has(notBegun)
	}
	signedOut(b)
}

// S-46: the sign-in continues on a page of this server only.
func TestNextIsOwn(t *testing.T) {
	for _, next := range []string{"https://evil.example/", "//evil.example", "/\\evil.example", "/logout", "javascript:alert(1)"} {
		p := newOP(t, "lab")
		s := open(t, world(p.issuer()), p.provider("lab"))
		p.claims = user("dave-1", "")
		b := s.Browser()
		leave := b.Post("/sso/lab/start", url.Values{"next": {next}}).Is(http.StatusOK)
		address := strings.TrimPrefix(leave.Header().Get("Refresh"), "0; url=")
		goBack(b, p.authorize(address)).Follow().Submit("/sso/lab/continue", nil).LeadsTo("/console/")
	}
}

// A path that would not fit into a cookie is left out, and the longest that is kept fits.
func TestLongNext(t *testing.T) {
	p := newOP(t, "lab")
	s := open(t, world(p.issuer()), p.provider("lab"))
	p.claims = user("dave-1", "")
	for _, tt := range []struct {
		length int
		kept   bool
	}{{2 << 10, true}, {2<<10 + 1, false}} {
		next := "/console/tokens?name=" + strings.Repeat("x", tt.length-len("/console/tokens?name="))
		want := "/console/"
		if tt.kept {
			want = next
		}
		b := s.Browser()
		leave := b.Post("/sso/lab/start", url.Values{"next": {next}}).Is(http.StatusOK)
		if size := len(leave.Header().Get("Set-Cookie")); size > 4096 {
			t.Errorf("%d bytes: the cookie has %d", tt.length, size)
		}
		address := strings.TrimPrefix(leave.Header().Get("Refresh"), "0; url=")
		goBack(b, p.authorize(address)).Follow().Submit("/sso/lab/continue", nil).LeadsTo(want)
	}
}

// S-66: a second provider cannot speak for the first (RFC 9207; RFC 9700, section 4.4).
func TestMixUp(t *testing.T) {
	honest, evil := newOP(t, "honest"), newOP(t, "evil")
	s := open(t, world(honest.issuer()), honest.provider("honest"), evil.provider("evil"))
	honest.claims = user("dave-1", "")

	t.Run("the response of another provider", func(t *testing.T) {
		b := s.Browser()
		address := honest.authorize(start(b, "honest"))
		goBack(b, strings.Replace(address, "/callback/honest", "/callback/evil", 1)).Has(notBegun)
		signedOut(b)
	})
	t.Run("a code of the honest one is not sent to the other", func(t *testing.T) {
		b := s.Browser()
		request := start(b, "evil")
		state := url.QueryEscape(parameter(t, request, "state"))
		stolen := honest.authorize(start(s.Browser(), "honest"))
		for _, iss := range []string{"&iss=" + url.QueryEscape(honest.issuer()), "", "&iss=" + url.QueryEscape(evil.issuer()) + "&iss=" + url.QueryEscape(honest.issuer())} {
			goBack(b, server+"/sso/callback/evil?code="+codeOf(stolen)+"&state="+state+iss).Has("another provider sent the response")
			b.SetCookie("dxauth-sso", "")
			request = start(b, "evil")
			state = url.QueryEscape(parameter(t, request, "state"))
		}
		if evil.exchanges != 0 {
			t.Errorf("the evil provider got %d codes", evil.exchanges)
		}
	})
	t.Run("a token of the honest one is not taken from the other", func(t *testing.T) {
		evil.token = func(claims map[string]any) string {
			claims["iss"], claims["aud"], claims["sub"] = honest.issuer(), evil.client, "dave-1"
			return honest.sign(claims)
		}
		b := s.Browser()
		goBack(b, evil.authorize(start(b, "evil"))).Has("no key that its issuer publishes made its signature")
		signedOut(b)
	})
	t.Run("the other one names the subject of the honest one", func(t *testing.T) {
		evil.token = nil
		evil.claims = user("dave-1", "dave@example.org")
		b := s.Browser()
		signIn(b, evil, "evil").Has("Ask the administrator")
		signedOut(b)
	})
	if first, second := parameter(t, start(s.Browser(), "honest"), "redirect_uri"), parameter(t, start(s.Browser(), "evil"), "redirect_uri"); first == second {
		t.Errorf("both providers send browsers back to %s", first)
	}
}

func parameter(t *testing.T, address, name string) string {
	t.Helper()
	parsed, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return parsed.Query().Get(name)
}

// S-64: what the provider sends as an ID token is verified; package idtoken has a test for
// each rule.
func TestBadTokens(t *testing.T) {
	for name, change := range map[string]func(p *op){
		"for another client":          func(p *op) { p.claims["aud"] = "other" },
		"of another sign-in":          func(p *op) { p.claims["nonce"] = "other" },
		"without a nonce":             func(p *op) { p.claims["nonce"] = nil },
		"expired":                     func(p *op) { p.claims["exp"] = p.now().Add(-time.Hour).Unix() },
		"without a subject":           func(p *op) { p.claims["sub"] = nil },
		"not signed":                  func(p *op) { p.token = func(map[string]any) string { return "eyJhbGciOiJub25lIn0.e30." } },
		"none":                        func(p *op) { p.token = func(map[string]any) string { return "" } },
		"but a refusal":               func(p *op) { p.endpoint = respond(http.StatusBadRequest, `{"error":"invalid_grant"}`) },
		"but a refusal with a script": func(p *op) { p.endpoint = respond(http.StatusBadRequest, `{"error":"<script>"}`) },
		"but a page":                  func(p *op) { p.endpoint = respond(http.StatusOK, "<html>") },
		"but a redirect":              func(p *op) { p.endpoint = respond(http.StatusFound, "") },
		"but an access token alone":   func(p *op) { p.endpoint = respond(http.StatusOK, `{"access_token":"a","token_type":"Bearer"}`) },
		"as a number": func(p *op) {
			p.endpoint = respond(http.StatusOK, `{"access_token":"a","token_type":"Bearer","id_token":1}`)
		},
		"but a response without limit": func(p *op) { p.endpoint = respond(http.StatusOK, strings.Repeat(" ", 2<<20)) },
	} {
		t.Run(name, func(t *testing.T) {
			p := newOP(t, "lab")
			s := open(t, world(p.issuer()), p.provider("lab"))
			p.claims = user("dave-1", "")
			change(p)
			b := s.Browser()
			reply := goBack(b, p.authorize(start(b, "lab"))).Is(http.StatusBadGateway)
			reply.Has("Sign-in failed").HasNot("<script>alert", p.issuer())
			signedOut(b)
			if b.Cookie("dxauth-sso") != nil {
				t.Error("the sign-in can be tried again")
			}
		})
	}
}

func respond(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Location", "/token")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

// What the provider reports to the browser is shown only if it is one of the words of the
// protocol (RFC 6749, section 4.1.2.1), and only to the browser that asked.
func TestErrorsOfTheProvider(t *testing.T) {
	for code, want := range map[string]string{
		"access_denied":             "You cancelled the sign-in at LAB.",
		"temporarily_unavailable":   "the provider reports temporarily_unavailable",
		"<script>alert(1)</script>": "the provider reports an unknown error",
		"Call 555-1234 now":         "the provider reports an unknown error",
		"":                          "the provider reports an unknown error",
	} {
		p := newOP(t, "lab")
		p.response = func(_, response url.Values) {
			response.Del("code")
			response.Set("error", code)
			response.Set("error_description", "Call 555-1234 now")
		}
		s := open(t, world(p.issuer()), p.provider("lab"))
		b := s.Browser()
		address := p.authorize(start(b, "lab"))
		goBack(s.Browser(), address).Has(notBegun).HasNot("555-1234", "alert(1)")
		goBack(b, address).Has(want).HasNot("555-1234", "alert(1)")
		signedOut(b)
	}
}

// S-67: a provider that is dead, slow or strange is named, with nothing about this
// server's network, and the rest of the server works.
func TestProviderFails(t *testing.T) {
	for name, change := range map[string]func(t *testing.T, p *op){
		"dead":                             func(_ *testing.T, p *op) { p.server.Close() },
		"another issuer":                   func(_ *testing.T, p *op) { p.metadata = map[string]any{"issuer": "https://evil.example"} },
		"a token endpoint of another host": func(_ *testing.T, p *op) { p.metadata = map[string]any{"token_endpoint": "https://evil.example/"} },
		"a sign-in page of another host": func(_ *testing.T, p *op) {
			p.metadata = map[string]any{"authorization_endpoint": "https://evil.example/"}
		},
		"no sign-in page":                    func(_ *testing.T, p *op) { p.metadata = map[string]any{"authorization_endpoint": ""} },
		"an address of this server's inside": func(_ *testing.T, p *op) { p.metadata = map[string]any{"jwks_uri": "http://127.0.0.1:1/"} },
	} {
		t.Run(name, func(t *testing.T) {
			p := newOP(t, "lab")
			s := open(t, world(p.issuer()), p.provider("lab"))
			change(t, p)
			b := s.Browser()
			b.Post("/sso/lab/start", nil).Is(http.StatusBadGateway).
				Has("This server cannot reach LAB now.", "tell the administrator of this server").HasNot("127.0.0.1", "evil.example", "refused")
			signedInAs(s.SignedIn("alice"), "alice")
		})
	}
}

// Calls to a provider hold no transaction: while one takes long, others sign in and
// change things.
func TestSlowProviderHoldsNothing(t *testing.T) {
	p := newOP(t, "lab")
	asked, answer := make(chan struct{}), make(chan struct{})
	p.endpoint = func(w http.ResponseWriter, _ *http.Request) {
		close(asked)
		<-answer
		w.WriteHeader(http.StatusInternalServerError)
	}
	s := open(t, world(p.issuer()), p.provider("lab"))
	b := s.Browser()
	address := p.authorize(start(b, "lab"))
	var signIn sync.WaitGroup
	t.Cleanup(signIn.Wait)
	respond := sync.OnceFunc(func() { close(answer) })
	t.Cleanup(respond)
	signIn.Go(func() { goBack(b, address).Is(http.StatusBadGateway) })
	<-asked
	signedInAs(s.SignedIn("alice"), "alice")
	respond()
	signIn.Wait()
}

// Anybody can make up sign-ins that cost a call to the provider each. However many come
// from one network, users of others sign in.
func TestOneNetworkKeepsNobodyOut(t *testing.T) {
	const flood, refused = 60, 20 // more than can be at work and wait, and those beyond
	p := newOP(t, "lab")
	answer := make(chan struct{})
	answerAll := sync.OnceFunc(func() { close(answer) })
	p.endpoint = func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("code") == "flood" {
			p.mutex.Unlock()
			<-answer
			p.mutex.Lock()
		}
		p.write(w, http.StatusBadRequest, map[string]any{"error": "invalid_grant"})
	}
	s := open(t, world(p.issuer()), p.provider("lab"))
	var all sync.WaitGroup
	t.Cleanup(all.Wait)
	t.Cleanup(answerAll)
	turnedAway := make(chan struct{}, flood)
	for range flood {
		b := s.Browser()
		address := p.authorize(start(b, "lab"))
		address = strings.Replace(address, "code="+codeOf(address), "code=flood", 1)
		all.Go(func() {
			if goBack(b, address).Code == http.StatusServiceUnavailable {
				turnedAway <- struct{}{}
			}
		})
	}
	for range refused {
		<-turnedAway
	}
	b := s.Browser()
	b.Address = "[::1]:40000"
	goBack(b, p.authorize(start(b, "lab"))).Is(http.StatusBadGateway).Has("sent a response")
	answerAll()
	all.Wait()
}

// A browser that reaches the server over plain http from another machine gets no cookie,
// and is not sent to the provider.
func TestPlainHTTP(t *testing.T) {
	p := newOP(t, "lab")
	s := open(t, world(p.issuer()), p.provider("lab"))
	b := s.BrowserAt("http://192.0.2.1:8080", "192.0.2.7:50000")
	b.Post("/sso/lab/start", nil).Is(http.StatusForbidden).Has("Signing in with a browser needs https")
}

// With TLS the cookie belongs to the host alone, and is sent with the provider's response
// but with no request of another site.
func TestCookie(t *testing.T) {
	p := newOP(t, "lab")
	s := open(t, world(p.issuer()), p.provider("lab"))
	b := s.BrowserAt("https://192.0.2.1", "192.0.2.7:50000")
	b.Post("/sso/lab/start", nil).Is(http.StatusOK)
	cookie := b.Cookie("__Host-dxauth-sso")
	if cookie == nil || !cookie.Secure || !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode || cookie.Path != "/" || cookie.MaxAge != 600 {
		t.Errorf("got %v", cookie)
	}
}

// The provider sends browsers back to the URL of the server, which a request does not
// decide, to a path of its own.
func TestRedirectURI(t *testing.T) {
	p := newOP(t, "lab")
	for url, want := range map[string]string{
		"":                              server + "/sso/callback/lab",
		"https://platform.example.org":  "https://platform.example.org/sso/callback/lab",
		"https://lab.example.org/data/": "https://lab.example.org/data/sso/callback/lab",
	} {
		s := testpages.Open(t, world(p.issuer()), func(c *refserver.Config) {
			c.SSO.Providers, c.URL = []sso.Provider{p.provider("lab")}, url
		})
		if got := parameter(t, start(s.Browser(), "lab"), "redirect_uri"); got != want {
			t.Errorf("a server at %q: the provider sends browsers back to %s, want %s", url, got, want)
		}
	}
}

// No page of a provider that is not configured.
func TestUnknownProvider(t *testing.T) {
	s := open(t, world("https://login.example.org"))
	b := s.Browser()
	b.Post("/sso/none/start", nil).Is(http.StatusNotFound)
	b.Get("/sso/callback/none?code=a&state=b").Is(http.StatusNotFound)
	b.Get("/sso/confirm/none").Is(http.StatusNotFound)
	b.Post("/sso/none/continue", nil).Is(http.StatusNotFound)
	b.Post("/sso/none/link", url.Values{"password": {"x"}}).Is(http.StatusNotFound)
	b.Get("/console/sign-in").HasNot("Sign in with")
}

// Settings that are not valid stop the server at its start.
func TestInvalidProvider(t *testing.T) {
	p := sso.Provider{Name: "lab", Issuer: "http://login.example.org", ClientID: "a", Scopes: []string{"openid"}}
	server, err := refserver.Open(context.WithoutCancel(t.Context()), refserver.Config{SSO: sso.Config{Providers: []sso.Provider{p}}})
	if err == nil || !strings.Contains(err.Error(), "must begin with https://") {
		t.Errorf("got %v, %v", server, err)
	}
}

// A wrong password of the account to link counts like one at the sign-in.
func TestLinkIsThrottled(t *testing.T) {
	p := newOP(t, "lab")
	s := open(t, world(p.issuer()), p.provider("lab"))
	p.claims = user("alice-1", "alice@example.org")
	b := s.Browser()
	signIn(b, p, "lab").Has("Password of alice")
	var last testpages.Reply
	for range 30 {
		last = b.Post("/sso/lab/link", url.Values{"password": {"guess"}})
	}
	last.Is(http.StatusTooManyRequests).Has("Too many attempts", "Password of alice")
}

// While the password page is open, the account may get another address or a second
// factor: then it is not linked any more.
func TestLinkChecksAgain(t *testing.T) {
	p := newOP(t, "lab")
	s := open(t, world(p.issuer()), p.provider("lab"))
	p.claims = user("alice-1", "alice@example.org")
	b := s.Browser()
	page := signIn(b, p, "lab").Has("Password of alice")
	changed := call(t, s, "alice", "/user-alice/updateEmail", `{"newEmail":"new@example.org","username":"alice","password":"alice-pass-2026"}`)
	if changed.Code != http.StatusOK {
		t.Fatalf("updateEmail: %s", changed.Body)
	}
	page.Submit("/sso/lab/link", url.Values{"password": {testpages.Password("alice")}}).Has("Ask the administrator")
	signedOut(b)
}

// call calls a route of the platform with a session of a user, and returns the response.
func call(t *testing.T, s *testpages.Server, name, route, body string) *httptest.ResponseRecorder {
	t.Helper()
	send := func(route, body, token string) *httptest.ResponseRecorder {
		request := httptest.NewRequest(http.MethodPost, server+route, strings.NewReader(body))
		request.Header.Set("Content-Type", "application/json")
		request.RemoteAddr = "127.0.0.1:50001"
		if token != "" {
			request.Header.Set("Authorization", "Bearer "+token)
		}
		recorder := httptest.NewRecorder()
		s.Handler().ServeHTTP(recorder, request)
		return recorder
	}
	var session struct {
		Token string `json:"access_token"`
	}
	signedIn := send("/system/newAuthToken", `{"username":"`+name+`","password":"`+testpages.Password(name)+`"}`, "")
	if err := json.Unmarshal(signedIn.Body.Bytes(), &session); err != nil || session.Token == "" {
		t.Fatalf("%s cannot sign in: %s", name, signedIn.Body)
	}
	return send(route, body, session.Token)
}
