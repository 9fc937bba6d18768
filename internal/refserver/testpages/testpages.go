// Package testpages has a server and browsers for the tests of pages.
//
// It promises that a [Browser] keeps cookies as browsers do, that it sends what browsers
// say about the page that a request comes from, and that it fills a form only with
// fields that the form on the page has, so that a test goes the way of a user without
// scripts. Every response that it gets is checked for the headers that all pages have.
//
// The server has no listener, and its clock stands still until a test moves it.
package testpages

import (
	"cmp"
	"html"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver"
	"github.com/dxauth/dxauth/internal/refserver/fixture"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/passwordhash"
	"github.com/dxauth/dxauth/internal/refserver/store/twice"
	"github.com/dxauth/dxauth/internal/refserver/testclock"
	"github.com/dxauth/dxauth/internal/refserver/teststore"
)

// World is the content of a server, whose passwords are "NAME-pass-2026". Bob has a
// second factor.
const World = `
users:
  - {username: alice, password: alice-pass-2026, email: alice@example.org, first: Alice, last: Liddell}
  - {username: bob, password: bob-pass-2026, email: bob@example.org, totp_secret: ` + BobSeed + `, recovery_codes: [aaaaa-bbbbb, ccccc-ddddd]}
  - {username: carol, password: carol-pass-2026, email: carol@example.org, disabled: true}
  - {username: dave, email: dave@example.org, sso: true}
  - {username: admin, password: admin-pass-2026, email: admin@example.org, superuser: true}
orgs:
  - {handle: genomics, name: Genomics Lab, admins: [alice], members: [bob]}
projects:
  - {name: Exome 2026, id: project-Exome0000000000000000001, createdBy: alice, permissions: {alice: ADMINISTER, bob: VIEW}}
  - {name: Patients, id: project-Patients0000000000000001, createdBy: alice, permissions: {alice: CONTRIBUTE}, containsPHI: true}
`

// BobSeed is the secret of Bob's second factor.
const BobSeed = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"

// Start is the time at which a server starts.
func Start() time.Time { return time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC) }

// Password returns the password of a user of World.
func Password(user string) string { return user + "-pass-2026" }

// Code returns the code that an authenticator app shows for a secret.
func Code(t testing.TB, seed string, now time.Time) string {
	t.Helper()
	decoded, err := identity.DecodeSeed(seed)
	if err != nil {
		t.Fatal(err)
	}
	return identity.TOTP(decoded, now.Unix()/30)
}

// Server is a server without a listener.
type Server struct {
	testing.TB
	*testclock.Clock
	*refserver.Server
}

// Open starts a server with the content of a fixture.
func Open(t testing.TB, world string, options ...func(*refserver.Config)) *Server {
	t.Helper()
	file, err := fixture.Parse([]byte(world))
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{TB: t, Clock: testclock.New(Start())}
	config := refserver.Config{
		Fixture: &file, Now: s.Now, Name: "Lab",
		HashParams: passwordhash.Cheapest(),
		Log:        slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})),
		WrapStore:  twice.Writes,
		Database:   teststore.Open(t),
	}
	for _, option := range options {
		option(&config)
	}
	s.Server, err = refserver.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Server.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// Browser is the browser of a user.
type Browser struct {
	testing.TB
	handler http.Handler
	origin  string // of the server
	Address string // of the user
	cookies map[string]*http.Cookie
}

// Browser returns a browser without cookies on the server's machine.
func (s *Server) Browser() *Browser { return s.BrowserAt("http://127.0.0.1:8080", "127.0.0.1:50000") }

// BrowserAt returns a browser without cookies that reaches the server at an origin, from
// an address. With TLS the origin is https.
func (s *Server) BrowserAt(origin, address string) *Browser {
	return &Browser{TB: s.TB, handler: s.Handler(), origin: origin, Address: address, cookies: map[string]*http.Cookie{}}
}

// SignedIn returns a browser in which a user without a second factor has signed in.
func (s *Server) SignedIn(user string) *Browser {
	s.Helper()
	b := s.Browser()
	b.SignIn(user)
	return b
}

// SignIn signs a user without a second factor in.
func (b *Browser) SignIn(user string) {
	b.Helper()
	b.Get("/console/sign-in").Submit("/console/sign-in", url.Values{"username": {user}, "password": {Password(user)}}).LeadsTo("/console/")
}

// Cookie returns a cookie of the browser, nil if there is none.
func (b *Browser) Cookie(name string) *http.Cookie { return b.cookies[name] }

// SetCookie puts a cookie into the browser.
func (b *Browser) SetCookie(name, value string) {
	b.cookies[name] = &http.Cookie{Name: name, Value: value, Path: "/"}
}

// Get opens a page as a user does who types its address.
func (b *Browser) Get(target string) Reply {
	b.Helper()
	return b.Send(b.Request(http.MethodGet, target, ""), "none")
}

// Post sends a form from a page of the server.
func (b *Browser) Post(target string, form url.Values) Reply {
	b.Helper()
	request := b.Request(http.MethodPost, target, form.Encode())
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Origin", "null") // our pages send no referrer
	return b.Send(request, "same-origin")
}

// FollowFromElsewhere opens a page by a link of another site. Browsers leave out the
// cookies with SameSite=Strict.
func (b *Browser) FollowFromElsewhere(target string) Reply {
	b.Helper()
	return b.Send(b.Request(http.MethodGet, target, ""), "cross-site")
}

// Request returns a request with a body from the address of the user.
func (b *Browser) Request(method, target, body string) *http.Request {
	request := httptest.NewRequest(method, b.origin+target, strings.NewReader(body))
	request.RemoteAddr = b.Address
	request.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0")
	return request
}

// Send sends a request, with the site that it comes from, and keeps the cookies of the
// response.
func (b *Browser) Send(request *http.Request, site string) Reply {
	b.Helper()
	request.Header.Set("Sec-Fetch-Site", site)
	request.Header.Set("Sec-Fetch-Mode", "navigate")
	request.Header.Set("Sec-Fetch-Dest", "document")
	for _, cookie := range b.cookies {
		below := request.URL.Path == cookie.Path || strings.HasPrefix(request.URL.Path, strings.TrimSuffix(cookie.Path, "/")+"/")
		if below && (site != "cross-site" || cookie.SameSite != http.SameSiteStrictMode) {
			request.AddCookie(&http.Cookie{Name: cookie.Name, Value: cookie.Value})
		}
	}
	recorder := httptest.NewRecorder()
	b.handler.ServeHTTP(recorder, request)
	for _, cookie := range recorder.Result().Cookies() {
		if cookie.MaxAge < 0 {
			delete(b.cookies, cookie.Name)
			continue
		}
		b.cookies[cookie.Name] = cookie
	}
	reply := Reply{TB: b.TB, ResponseRecorder: recorder, browser: b, path: request.URL.Path}
	reply.checkHeaders()
	return reply
}

// Reply is a response.
type Reply struct {
	testing.TB
	*httptest.ResponseRecorder
	browser *Browser
	path    string
}

// checkHeaders checks what S-45 requires of every response.
func (r Reply) checkHeaders() {
	r.Helper()
	header := r.Header()
	for name, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
		"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
	} {
		if got := header.Get(name); got != want {
			r.Errorf("%s: %s: %q, want %q", r.path, name, got, want)
		}
	}
	policy := header.Get("Content-Security-Policy")
	for _, part := range []string{"default-src 'none'", "frame-ancestors 'none'"} {
		if !strings.Contains(policy, part) {
			r.Errorf("%s: the policy lacks %s: %s", r.path, part, policy)
		}
	}
	isPage := strings.HasPrefix(header.Get("Content-Type"), "text/html")
	if isPage && (!strings.Contains(policy, "form-action 'self'") || !strings.Contains(policy, "base-uri 'none'") || strings.Contains(policy, "unsafe")) {
		r.Errorf("%s: the policy of a page is %s", r.path, policy)
	}
	isAsset := strings.HasPrefix(header.Get("Content-Type"), "text/css") || strings.HasPrefix(header.Get("Content-Type"), "text/javascript")
	if !isAsset && header.Get("Cache-Control") != "no-store" {
		r.Errorf("%s: Cache-Control: %q", r.path, header.Get("Cache-Control"))
	}
}

// Is checks the status.
func (r Reply) Is(status int) Reply {
	r.Helper()
	if r.Code != status {
		r.Fatalf("%s: status %d, want %d: %s", r.path, r.Code, status, r.Body)
	}
	return r
}

// LeadsTo checks that the response redirects to an address.
func (r Reply) LeadsTo(address string) Reply {
	r.Helper()
	if got := r.Header().Get("Location"); r.Code != http.StatusSeeOther || got != address {
		r.Fatalf("%s: status %d, Location %q, want %q: %s", r.path, r.Code, got, address, r.Body)
	}
	return r
}

// Follow opens the page that the response redirects to.
func (r Reply) Follow() Reply {
	r.Helper()
	location := r.Header().Get("Location")
	if location == "" {
		r.Fatalf("%s: status %d leads nowhere: %s", r.path, r.Code, r.Body)
	}
	return r.browser.Send(r.browser.Request(http.MethodGet, location, ""), "same-origin")
}

// Has checks that the text of the page has all texts.
func (r Reply) Has(texts ...string) Reply {
	r.Helper()
	body := html.UnescapeString(r.Body.String())
	for _, text := range texts {
		if !strings.Contains(body, text) {
			r.Errorf("%s: no %q in %s", r.path, text, body)
		}
	}
	return r
}

// HasNot checks that the page has none of the texts, neither escaped nor as they are.
func (r Reply) HasNot(texts ...string) Reply {
	r.Helper()
	body := r.Body.String()
	for _, text := range texts {
		if strings.Contains(body, text) || strings.Contains(html.UnescapeString(body), text) {
			r.Errorf("%s: %q in %s", r.path, text, body)
		}
	}
	return r
}

// Submit fills in the form of the page with an action, and sends it. Fields that are not
// given keep the value that they have on the page.
func (r Reply) Submit(action string, fields url.Values) Reply {
	r.Helper()
	form, found := r.form(action)
	if !found {
		r.Fatalf("%s: status %d, no form for %s: %s", r.path, r.Code, action, r.Body)
	}
	sent := valuesOf(form)
	for name, values := range fields {
		if !slices.Contains(namesOf(form), name) {
			r.Fatalf("%s: the form for %s has no field %s: %s", r.path, action, name, form)
		}
		sent[name] = values
	}
	return r.browser.Post(action, sent)
}

// form returns the first form with an action that is sent by POST.
func (r Reply) form(action string) (string, bool) {
	for _, form := range regexp.MustCompile(`(?s)<form.*?</form>`).FindAllString(r.Body.String(), -1) {
		if attribute(form, "action") == action && attribute(form, "method") == "post" {
			return form, true
		}
	}
	return "", false
}

func attribute(tag, name string) string {
	found := regexp.MustCompile(`\s` + name + `="([^"]*)"`).FindStringSubmatch(tag)
	if found == nil {
		return ""
	}
	return html.UnescapeString(found[1])
}

func namesOf(form string) (names []string) {
	for _, tag := range regexp.MustCompile(`<(?:input|select|textarea|button)\b[^>]*>`).FindAllString(form, -1) {
		names = append(names, attribute(tag, "name"))
	}
	return names
}

// valuesOf returns what a browser sends of a form in which nothing was changed.
func valuesOf(form string) url.Values {
	values := url.Values{}
	for _, tag := range regexp.MustCompile(`<input\b[^>]*>`).FindAllString(form, -1) {
		kind := attribute(tag, "type")
		isChoice := kind == "checkbox" || kind == "radio"
		if name := attribute(tag, "name"); name != "" && (!isChoice || regexp.MustCompile(`\schecked\b`).MatchString(tag)) {
			value := attribute(tag, "value")
			if isChoice {
				value = cmp.Or(value, "on")
			}
			values.Add(name, value)
		}
	}
	for _, area := range regexp.MustCompile(`(?s)(<textarea\b[^>]*>)(.*?)</textarea>`).FindAllStringSubmatch(form, -1) {
		values.Add(attribute(area[1], "name"), html.UnescapeString(area[2]))
	}
	for _, choice := range regexp.MustCompile(`(?s)<select\b.*?</select>`).FindAllString(form, -1) {
		options := regexp.MustCompile(`<option\b([^>]*)>([^<]*)`).FindAllStringSubmatch(choice, -1)
		chosen := slices.IndexFunc(options, func(option []string) bool { return strings.Contains(option[1], " selected") })
		if name := attribute(choice, "name"); name != "" && len(options) > 0 {
			values.Add(name, valueOf(options[max(chosen, 0)]))
		}
	}
	return values
}

// valueOf returns the value of an option: that of its tag, or its text.
func valueOf(option []string) string {
	if tag := option[1]; strings.Contains(tag, ` value="`) {
		return attribute(tag, "value")
	}
	return html.UnescapeString(option[2])
}
