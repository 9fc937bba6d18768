package browser_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver"
	"github.com/dxauth/dxauth/internal/refserver/testpages"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/internal/refserver/web"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
)

// start starts a server for a test.
func start(t *testing.T, options ...func(*refserver.Config)) *testpages.Server {
	t.Helper()
	t.Parallel()
	return testpages.Open(t, testpages.World, options...)
}

func credentials(user, password string) url.Values {
	return url.Values{"username": {user}, "password": {password}}
}

// S-42: a sign-in sets a cookie for the session, and one for the sign-in being recent.
// Browsers send neither to other sites, and the second only from pages of the server.
func TestSignIn(t *testing.T) {
	b := start(t).Browser()
	answer := b.Get(browser.PathSignIn).Is(http.StatusOK).
		Submit(browser.PathSignIn, credentials("alice", testpages.Password("alice"))).LeadsTo(browser.PathHome)
	cookies := answer.Result().Cookies()
	if len(cookies) != 2 {
		t.Fatalf("cookies: %v", cookies)
	}
	for i, want := range []http.Cookie{
		{Name: "dxauth", Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, MaxAge: 18 * 3600},
		{Name: "dxauth-recent", Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode, MaxAge: 300},
	} {
		got := *cookies[i]
		want.Value, want.Raw = got.Value, got.Raw
		if got.String() != want.String() || len(got.Value) < 32 {
			t.Errorf("a cookie is %s, want %s", &got, &want)
		}
	}
	b.Get(browser.PathSignIn).LeadsTo(browser.PathHome)
}

// S-42: with TLS the cookies are bound to the host and to TLS. Over a connection that
// others can read there is no sign-in.
func TestCookiesByConnection(t *testing.T) {
	s := start(t, func(c *refserver.Config) { c.Hosts = []string{"lab.example.org"} })
	b := s.BrowserAt("https://lab.example.org", "192.0.2.7:1234")
	b.SignIn("alice")
	for _, name := range []string{"__Host-dxauth", "__Host-dxauth-recent"} {
		if cookie := b.Cookie(name); cookie == nil || !cookie.Secure || cookie.Domain != "" || cookie.Path != "/" {
			t.Errorf("%s: %v", name, cookie)
		}
	}
	open := s.BrowserAt("http://192.0.2.1", "192.0.2.7:1234")
	answer := open.Post(browser.PathSignIn, credentials("alice", testpages.Password("alice"))).Is(http.StatusForbidden).Has("needs https")
	if cookies := answer.Result().Cookies(); len(cookies) > 0 {
		t.Errorf("cookies: %v", cookies)
	}
}

// A server below a path sends its cookies there only.
func TestBelowABasePath(t *testing.T) {
	s := start(t, func(c *refserver.Config) { c.Type, c.BasePath = refserver.TypeMOLGENIS, web.BasePath("/lab") })
	b := s.Browser()
	b.Get("/lab/console/sign-in?next=/console/tokens").Has(`href="/lab/console/style.css`).
		Submit("/lab/console/sign-in", credentials("alice", testpages.Password("alice"))).LeadsTo("/lab/console/tokens")
	if cookie := b.Cookie("dxauth"); cookie == nil || cookie.Path != "/lab" {
		t.Errorf("the cookie is %v", cookie)
	}
}

// S-04: what is refused looks alike, and says neither that an account exists nor that it
// signs in elsewhere.
func TestRefusedSignIns(t *testing.T) {
	s := start(t)
	var bodies []string
	for _, user := range []string{"alice", "nobod", "carol", "davey", "bobby"} {
		answer := s.Browser().Post(browser.PathSignIn, credentials(user, "wrong-2026")).Is(http.StatusForbidden).Has("Wrong user name or password.")
		bodies = append(bodies, strings.ReplaceAll(answer.Body.String(), user, "USER"))
	}
	sso := s.Browser().Post(browser.PathSignIn, credentials("dave", "anything-2026")).Is(http.StatusForbidden)
	bodies = append(bodies, strings.ReplaceAll(sso.Body.String(), "dave", "USER"))
	for _, body := range bodies[1:] {
		if body != bodies[0] {
			t.Errorf("two refusals differ:\n%s\n%s", bodies[0], body)
		}
	}
}

// S-13: after too many guesses the page has the wait, in its text and in a header.
func TestThrottledSignIn(t *testing.T) {
	s := start(t)
	b := s.Browser()
	for range 5 {
		b.Post(browser.PathSignIn, credentials("alice", "wrong-2026")).Is(http.StatusForbidden)
	}
	answer := b.Post(browser.PathSignIn, credentials("alice", testpages.Password("alice"))).Is(http.StatusTooManyRequests).Has("Wait 1 seconds")
	if got := answer.Header().Get("Retry-After"); got != "1" {
		t.Errorf("Retry-After: %q", got)
	}
	s.Advance(time.Second)
	b.SignIn("alice")
}

// A user with a second factor gives a code, or a recovery code, on a page of its own.
// Only then there is a session.
func TestSignInWithACode(t *testing.T) {
	s := start(t)
	for path, code := range map[string]string{browser.PathCode: testpages.Code(t, testpages.BobSeed, s.Now()), browser.PathRecovery: "aaaaa-bbbbb"} {
		b := s.Browser()
		next := "/console/tokens"
		page := b.Get(browser.PathSignIn+"?next=/console/tokens").
			Submit(browser.PathSignIn, credentials("bob", testpages.Password("bob"))).
			LeadsTo(browser.PathCode + "?next=%2Fconsole%2Ftokens").Follow().Is(http.StatusOK)
		if b.Cookie("dxauth") != nil {
			t.Error("there is a session without a code")
		}
		if path == browser.PathRecovery {
			page.Has("Enter a recovery code instead")
			page, next = b.Get(path+"?next=%2Fconsole%2Ftokens").Is(http.StatusOK), codesLeft+"?next=%2Fconsole%2Ftokens"
		}
		page.Submit(path, url.Values{"code": {"000000"}}).Has("role=\"alert\"").
			Submit(path, url.Values{"code": {code}}).LeadsTo(next)
		if b.Cookie("dxauth") == nil || b.Cookie("dxauth-ticket") != nil {
			t.Errorf("%s: after the code the cookies are %v, %v", path, b.Cookie("dxauth"), b.Cookie("dxauth-ticket"))
		}
	}
}

// A code of the wrong kind is not counted as a guess, and says what the page expects.
func TestCodeOfTheWrongKind(t *testing.T) {
	b := start(t).Browser()
	b.Post(browser.PathSignIn, credentials("bob", testpages.Password("bob")))
	for range 10 {
		b.Post(browser.PathCode, url.Values{"code": {"aaaaa-bbbbb"}}).Is(http.StatusUnprocessableEntity).Has("6 digits")
		b.Post(browser.PathRecovery, url.Values{"code": {"123456"}}).Is(http.StatusUnprocessableEntity).Has("such as")
	}
	b.Post(browser.PathRecovery, url.Values{"code": {"aaaaa-bbbbb"}}).LeadsTo(codesLeft + "?next=%2Fconsole%2F")
}

// S-14: wrong codes are counted, and the page has the wait.
func TestThrottledCode(t *testing.T) {
	b := start(t).Browser()
	b.Post(browser.PathSignIn, credentials("bob", testpages.Password("bob")))
	status := 0
	for range 10 {
		if status = b.Post(browser.PathCode, url.Values{"code": {"000000"}}).Code; status != http.StatusForbidden {
			break
		}
	}
	if status != http.StatusTooManyRequests {
		t.Errorf("after ten wrong codes the status is %d", status)
	}
}

// Without a partial sign-in, and after it expired, the pages for codes lead back.
func TestCodeWithoutAPartialSignIn(t *testing.T) {
	s := start(t)
	b := s.Browser()
	b.Get(browser.PathCode + "?next=/console/tokens").LeadsTo(browser.PathSignIn + "?next=%2Fconsole%2Ftokens")
	b.Post(browser.PathCode, url.Values{"code": {"123456"}}).LeadsTo(browser.PathSignIn + "?ended=late&next=%2Fconsole%2F")
	b.Post(browser.PathSignIn, credentials("bob", testpages.Password("bob")))
	s.Advance(time.Hour)
	b.Post(browser.PathCode, url.Values{"code": {"123456"}}).LeadsTo(browser.PathSignIn + "?ended=late&next=%2Fconsole%2F").Follow().Has("took too long")
}

// S-39: a sign-in gives the browser another session, and ends the one that it had: also
// one that somebody else put there.
func TestSessionFixation(t *testing.T) {
	s := start(t)
	attacker, victim := s.SignedIn("admin"), s.Browser()
	planted := attacker.Cookie("dxauth").Value
	victim.SetCookie("dxauth", planted)
	victim.Post(browser.PathSignIn, credentials("alice", testpages.Password("alice"))).LeadsTo(browser.PathHome)
	if got := victim.Cookie("dxauth").Value; got == planted {
		t.Error("the session from before the sign-in is in use")
	}
	attacker.Get(browser.PathHome).LeadsTo(browser.PathSignIn + "?ended=elsewhere&next=%2Fconsole%2F")

	first := victim.Cookie("dxauth").Value
	victim.Post(browser.PathSignIn, credentials("alice", testpages.Password("alice"))).LeadsTo(browser.PathHome)
	old := s.Browser()
	old.SetCookie("dxauth", first)
	old.Get(browser.PathHome).LeadsTo(browser.PathSignIn + "?ended=elsewhere&next=%2Fconsole%2F")
}

// S-43: another site cannot sign a browser in or out.
func TestLoginCSRF(t *testing.T) {
	s := start(t)
	b := s.SignedIn("alice")
	for path, form := range map[string]url.Values{
		browser.PathSignIn:  credentials("admin", testpages.Password("admin")),
		browser.PathSignOut: {},
		browser.PathCode:    {"code": {"123456"}},
	} {
		request := b.Request(http.MethodPost, path, form.Encode())
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Header.Set("Origin", "https://evil.example")
		b.Send(request, "cross-site").Is(http.StatusForbidden)
	}
	b.Get(browser.PathSignIn).LeadsTo(browser.PathHome)
}

// S-47: a sign-out ends the session on the server, removes the cookies, and clears what
// the browser holds. The page that follows says so.
func TestSignOut(t *testing.T) {
	s := start(t)
	b := s.SignedIn("alice")
	stolen := b.Cookie("dxauth").Value
	answer := b.Post(browser.PathSignOut, nil).LeadsTo(browser.PathSignIn + "?ended=here")
	if got := answer.Header().Get("Clear-Site-Data"); got != `"cache", "storage"` {
		t.Errorf("Clear-Site-Data: %q", got)
	}
	if b.Cookie("dxauth") != nil || b.Cookie("dxauth-recent") != nil {
		t.Error("the cookies are still there")
	}
	const image = "/console/sign-in/signed-out.svg"
	answer.Follow().Is(http.StatusOK).Has("You are signed out.", image)
	if got := b.Get(image).Header().Get("Clear-Site-Data"); got != `"cache", "storage"` {
		t.Errorf("Clear-Site-Data of the page after it: %q", got)
	}
	thief := s.Browser()
	thief.SetCookie("dxauth", stolen)
	thief.Get(browser.PathHome).LeadsTo(browser.PathSignIn + "?ended=elsewhere&next=%2Fconsole%2F")
	b.Post(browser.PathSignOut, nil).LeadsTo(browser.PathSignIn + "?ended=here")
}

// S-47: below a path, the sign-out and the page after it clear what the browser keeps of this
// server, so that the button back shows nothing, and leave alone what others of the host store.
func TestSignOutBelowAPath(t *testing.T) {
	const base = "/lab"
	s := start(t, func(c *refserver.Config) { c.BasePath = base })
	b := s.Browser()
	b.Get(base+browser.PathSignIn).Submit(base+browser.PathSignIn, credentials("alice", testpages.Password("alice"))).LeadsTo(base + browser.PathHome)
	out := b.Post(base+browser.PathSignOut, nil).LeadsTo(base + browser.PathSignIn + "?ended=here")
	image := base + "/console/sign-in/signed-out.svg"
	out.Follow().Is(http.StatusOK).Has(`src="` + image + `"`)
	for name, reply := range map[string]testpages.Reply{"sign-out": out, "image": b.Get(image).Is(http.StatusOK)} {
		if got := reply.Header().Get("Clear-Site-Data"); got != `"cache"` {
			t.Errorf("%s: Clear-Site-Data: %q", name, got)
		}
	}
}

// S-40: an idle session ends, and the sign-in page says why and leads back.
func TestIdleSession(t *testing.T) {
	s := start(t)
	b := s.SignedIn("alice")
	s.Advance(15 * time.Minute)
	b.Get("/console/?page=2").LeadsTo(browser.PathSignIn+"?ended=idle&next=%2Fconsole%2F%3Fpage%3D2").
		Follow().Has("because you did nothing for a while").
		Submit(browser.PathSignIn, credentials("alice", testpages.Password("alice"))).LeadsTo("/console/?page=2")
}

// What anyone may open is open with a session that has ended, too: only the pages of an
// account lead to the sign-in page then.
func TestEndedSessionIsNone(t *testing.T) {
	for name, tt := range map[string]struct {
		send  func(*testpages.Browser) testpages.Reply
		leads string // empty: it is served
	}{
		"style sheet":  {func(b *testpages.Browser) testpages.Reply { return b.Get(browser.PathStyle) }, ""},
		"sign-in page": {func(b *testpages.Browser) testpages.Reply { return b.Get(browser.PathSignIn) }, ""},
		"sign-in": {func(b *testpages.Browser) testpages.Reply {
			return b.Post(browser.PathSignIn, credentials("alice", testpages.Password("alice")))
		}, browser.PathHome},
		"code":     {func(b *testpages.Browser) testpages.Reply { return b.Get(browser.PathCode) }, browser.PathSignIn + "?next=%2Fconsole%2F"},
		"sign-out": {func(b *testpages.Browser) testpages.Reply { return b.Post(browser.PathSignOut, nil) }, browser.PathSignIn + "?ended=here"},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t)
			b := s.SignedIn("alice")
			s.Advance(15 * time.Minute)
			reply := tt.send(b)
			if tt.leads == "" {
				reply.Is(http.StatusOK)
				return
			}
			reply.LeadsTo(tt.leads)
		})
	}
}

// A cookie that the server does not know, of a store that is gone, is removed, and keeps
// nobody of the same network from signing in.
func TestUnknownCookie(t *testing.T) {
	s := start(t)
	b := s.Browser()
	for range 300 {
		b.SetCookie("dxauth", "0123456789abcdefghijABCDEFGHIJ77")
		b.Get(browser.PathSignIn).Is(http.StatusOK)
		if b.Cookie("dxauth") != nil {
			t.Fatal("the cookie stays")
		}
	}
	b.SetCookie("dxauth", "0123456789abcdefghijABCDEFGHIJ77")
	b.SignIn("alice")
	b.Get(browser.PathHome).Is(http.StatusOK)
}

// A token of another protocol, and a token for a project, are not sessions of a browser.
func TestOnlySessionsOfPages(t *testing.T) {
	s := testpages.Open(t, testpages.World+`
tokens:
  - {user: alice, value: 0123456789abcdefghijABCDEFGHIJ01, label: ci}
  - {user: alice, value: 0123456789abcdefghijABCDEFGHIJ02, label: one, scope: {projects: {Exome 2026: VIEW}}}
`)
	for _, value := range []string{"0123456789abcdefghijABCDEFGHIJ01", "0123456789abcdefghijABCDEFGHIJ02", "unknown", "enroll.x"} {
		b := s.Browser()
		b.SetCookie("dxauth", value)
		b.Get(browser.PathHome).LeadsTo(browser.PathSignIn + "?next=%2Fconsole%2F")
	}
}

// S-45: errors are pages with the same headers, and quote nothing of the request.
func TestErrorsArePages(t *testing.T) {
	b := start(t).Browser()
	send := func(method, target, contentType, body string) testpages.Reply {
		request := b.Request(method, target, body)
		request.Header.Set("Content-Type", contentType)
		return b.Send(request, "none")
	}
	const form = "application/x-www-form-urlencoded"
	for name, c := range map[string]struct {
		method, target, contentType, body string
		status                            int
	}{
		"unknown page":      {"GET", "/console/nothing<script>", "", "", 404},
		"unknown method":    {"BREW", browser.PathSignIn, "", "", 405},
		"method":            {"GET", browser.PathSignOut, "", "", 405},
		"JSON":              {"POST", browser.PathSignIn, "application/json", "{}", 422},
		"parts":             {"POST", browser.PathSignIn, "multipart/form-data; boundary=x", "--x--", 422},
		"too large":         {"POST", browser.PathSignIn, form, "password=" + strings.Repeat("x", 9<<10), 422},
		"malformed":         {"POST", browser.PathSignIn, form, "password=%zz", 422},
		"a NUL":             {"POST", browser.PathSignIn, form, "username=a%00b", 422},
		"a NUL in a name":   {"POST", browser.PathSignIn, form, "user%00name=a", 422},
		"no text in a name": {"POST", browser.PathSignIn, form, "user%ffname=a", 422},
		"not UTF-8":         {"POST", browser.PathSignIn, form, "username=%ff", 422},
		"nothing":           {"POST", browser.PathSignIn, form, "", 403},
		"a long password":   {"POST", browser.PathSignIn, form, "username=alice&password=" + strings.Repeat("x", 2000), 422},
		"a script as name":  {"POST", browser.PathSignIn, form, url.Values{"username": {`"><script>alert(1)</script>`}}.Encode(), 403},
		"a script as next":  {"POST", browser.PathSignIn, form, url.Values{"next": {`"><script>alert(1)</script>`}}.Encode(), 403},
		"a script in query": {"GET", browser.PathSignIn + "?ended=<script>&next=<script>", "", "", 200},
	} {
		t.Run(name, func(t *testing.T) {
			answer := send(c.method, c.target, c.contentType, c.body).Is(c.status)
			if !strings.HasPrefix(answer.Header().Get("Content-Type"), "text/html") || !strings.Contains(answer.Body.String(), "<h1>") {
				t.Errorf("no page: %s", answer.Body)
			}
			if strings.Contains(answer.Body.String(), "<script") {
				t.Errorf("a script: %s", answer.Body)
			}
		})
	}
	if got := send("DELETE", browser.PathSignIn, "", "").Header().Get("Allow"); got != "GET, POST" {
		t.Errorf("Allow: %q", got)
	}
}

// awayStore is a store that is away while a test says so.
type awayStore struct {
	transaction.DB
	isAway *atomic.Bool
}

func (s awayStore) Read(ctx context.Context, f func(transaction.Tx) error) error {
	if s.isAway.Load() {
		return transaction.ErrUnavailable
	}
	return s.DB.Read(ctx, f)
}

func (s awayStore) Write(ctx context.Context, f func(transaction.Tx) error) error {
	if s.isAway.Load() {
		return transaction.ErrUnavailable
	}
	return s.DB.Write(ctx, f)
}

func (s awayStore) TokenHolder(ctx context.Context, signature, source string) (transaction.TokenHolder, error) {
	if s.isAway.Load() {
		return transaction.TokenHolder{}, transaction.ErrUnavailable
	}
	return s.DB.TokenHolder(ctx, signature, source)
}

// S-56: while the store is away, pages say so with 503, keep the session, and quote no
// cause.
func TestStoreIsAway(t *testing.T) {
	var isAway atomic.Bool
	s := start(t, func(c *refserver.Config) {
		c.WrapStore = func(db transaction.DB) transaction.DB { return awayStore{db, &isAway} }
	})
	b := s.SignedIn("alice")
	isAway.Store(true)
	for _, path := range []string{browser.PathHome, browser.PathSession, browser.PathSignIn, "/console/tokens"} {
		answer := b.Get(path).Is(http.StatusServiceUnavailable).Has("Try again shortly.")
		if answer.Header().Get("Retry-After") == "" {
			t.Errorf("%s: no Retry-After", path)
		}
	}
	s.Browser().Post(browser.PathSignIn, credentials("alice", testpages.Password("alice"))).Is(http.StatusServiceUnavailable)
	isAway.Store(false)
	b.Get(browser.PathHome).Is(http.StatusOK)
}

// A link of another site leads to the page, with the session; what needs a recent
// sign-in asks for the password then.
func TestLinkOfAnotherSite(t *testing.T) {
	s := start(t)
	b := s.SignedIn("alice")
	b.FollowFromElsewhere(browser.PathSignIn + "?next=/console/tokens").LeadsTo("/console/tokens")
	b.FollowFromElsewhere(browser.PathSignIn+"?confirm=1").Is(http.StatusOK).Has("Sign in again to continue.", "alice")
}

// The style is kept by browsers, under an address that changes with it.
func TestStyle(t *testing.T) {
	b := start(t).Browser()
	page := b.Get(browser.PathSignIn)
	_, rest, _ := strings.Cut(page.Body.String(), `rel="stylesheet" href="`)
	address, _, _ := strings.Cut(rest, `"`)
	answer := b.Get(address).Is(http.StatusOK)
	if got := answer.Header().Get("Cache-Control"); !strings.Contains(got, "immutable") {
		t.Errorf("Cache-Control: %q", got)
	}
	if size := page.Body.Len() + answer.Body.Len(); size > 50_000 {
		t.Errorf("the page has %d bytes", size)
	}
}
