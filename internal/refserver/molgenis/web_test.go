package molgenis_test

import (
	"encoding/base32"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	wire "github.com/dxauth/dxauth/pkg/molgenis"
)

// browser keeps the cookie of a platform and follows no redirects.
type browser struct {
	*platform
	cookie string // NAME=VALUE; empty if there is none
	header map[string]string
}

func (b *browser) do(line, fields string) reply {
	b.Helper()
	header := map[string]string{}
	for name, value := range b.header {
		header[name] = value
	}
	if b.cookie != "" {
		header["Cookie"] = b.cookie
	}
	var answer reply
	if fields == "" {
		answer = b.send(request{line: line, header: header})
	} else {
		answer = b.form(line, fields, header)
	}
	for _, cookie := range answer.Result().Cookies() {
		b.cookie = cookie.Name + "=" + cookie.Value
		if cookie.MaxAge < 0 {
			b.cookie = ""
		}
	}
	return answer
}

// redirects ends the test unless the response redirects to a location.
func (r reply) redirects(where string) {
	r.t.Helper()
	r.is(http.StatusFound)
	if got := r.Header().Get("Location"); got != where {
		r.t.Fatalf("redirects to %s, want %s", got, where)
	}
}

func (p *platform) browse() *browser { return &browser{platform: p} }

// code returns the code that an authenticator app shows for a seed.
func (p *platform) code(seed string) string {
	decoded, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(seed)
	if err != nil {
		p.Fatal(err)
	}
	return identity.TOTP(decoded, p.Now().Unix()/30)
}

func (b *browser) who() string {
	b.Helper()
	var got wire.ContextResponse
	b.do("GET /app-ui-context", "").is(http.StatusOK).into(&got)
	return got.Username
}

func TestSignInByForm(t *testing.T) {
	p := newPlatform(t)
	b := p.browse()
	b.do("GET /login", "").is(http.StatusOK)
	b.do("POST /login", "username=alice&password=wrong").redirects("/login?error")
	if b.cookie != "" {
		t.Fatalf("a refused sign-in sets %s", b.cookie)
	}
	b.do("POST /login", "username=alice&password=alice-2026").redirects("/")
	if who := b.who(); who != "alice" {
		t.Errorf("the cookie is %s", who)
	}
	b.do("GET /api/v2/sys_sec_Token", "").is(http.StatusOK)

	// S-39: a sign-in sets a new cookie, and the session of the old one ends.
	before := b.cookie
	b.do("POST /login", "username=alice&password=alice-2026").redirects("/")
	old := &browser{platform: p, cookie: before}
	if who := old.who(); before == b.cookie || who != "anonymous" {
		t.Errorf("the old cookie is %s", who)
	}
	signedIn := b.cookie
	b.do("POST /logout", "").redirects("/login?logout")
	if b.cookie != "" {
		t.Error("the cookie is not removed")
	}
	if who := (&browser{platform: p, cookie: signedIn}).who(); who != "anonymous" {
		t.Errorf("after the logout the cookie is %s", who)
	}
	b.do("GET /logout", "").redirects("/login?logout")
}

// The form has no field for a wait, so a header has it.
func TestGuessesByForm(t *testing.T) {
	p := newPlatform(t)
	b := p.browse()
	for range 5 {
		b.do("POST /login", "username=alice&password=wrong").redirects("/login?error")
	}
	answer := b.do("POST /login", "username=alice&password=alice-2026")
	answer.redirects("/login?error")
	if got := answer.Header().Get("Retry-After"); got != "1" {
		t.Errorf("Retry-After: %q", got)
	}
	p.Advance(time.Second)
	b.do("POST /login", "username=alice&password=alice-2026").redirects("/")
}

// A partial sign-in replaces the cookie of a session, which ends: otherwise no
// one could end it any more.
func TestPartialSignInEndsTheOldSession(t *testing.T) {
	b := newPlatform(t).browse()
	b.do("POST /login", "username=alice&password=alice-2026").redirects("/")
	before := b.cookie
	b.do("POST /login", "username=bob&password=wrong").redirects("/login?error")
	if who := b.who(); who != "alice" {
		t.Fatalf("after a refused sign-in the cookie is %s", who)
	}
	b.do("POST /login", "username=bob&password=bob-2026").redirects("/2fa/authenticate")
	if who := (&browser{platform: b.platform, cookie: before}).who(); who != "anonymous" {
		t.Errorf("the old cookie is %s", who)
	}
}

// S-42: the cookie is for this host and for HTTP only. Without TLS it has
// another name, and only a browser on the same machine gets it.
func TestCookie(t *testing.T) {
	p := newPlatform(t)
	signIn := func(url, from string) *http.Response {
		r := httptest.NewRequest(http.MethodPost, url+"/login", strings.NewReader("username=alice&password=alice-2026"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.RemoteAddr = from + ":50000"
		recorder := httptest.NewRecorder()
		p.handler.ServeHTTP(recorder, r)
		return recorder.Result()
	}
	for url, want := range map[string]string{
		"http://127.0.0.1":  `^JSESSIONID=[0-9a-f]{32}; Path=/; Max-Age=43200; HttpOnly; SameSite=Lax$`,
		"https://127.0.0.1": `^__Host-JSESSIONID=[0-9a-f]{32}; Path=/; Max-Age=43200; HttpOnly; Secure; SameSite=Lax$`,
	} {
		if got := signIn(url, "127.0.0.1").Header.Get("Set-Cookie"); !regexp.MustCompile(want).MatchString(got) {
			t.Errorf("%s: %s", url, got)
		}
	}
	if got := signIn("http://192.0.2.1", "192.0.2.7"); got.StatusCode != http.StatusForbidden || got.Header.Get("Set-Cookie") != "" {
		t.Errorf("without TLS from another machine: %d %v", got.StatusCode, got.Header)
	}
}

// S-43: another site cannot make a browser use its cookie or sign in. Programs
// send none of these headers.
func TestOtherSites(t *testing.T) {
	p := newPlatform(t)
	b := p.browse()
	b.do("POST /login", "username=alice&password=alice-2026").redirects("/")
	for _, header := range []map[string]string{{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}} {
		evil := &browser{platform: p, cookie: b.cookie, header: header}
		for _, line := range []string{
			"POST /login", "POST /logout", "GET /logout", "POST /plugin/useraccount/2fa/disable", "GET /plugin/useraccount/generateRecoveryCodes",
			"GET /plugin/useraccount/recoveryCodes", "GET /menu/main/useraccount?showCodes=true", "POST /plugin/useraccount/generateRecoveryCodes", "GET /2fa/activation", "POST /2fa/activation/authenticate",
			"POST /api/v1/sys_sec_Token", "DELETE /api/v2/sys_sec_Token", "POST /account/register", "POST /account/activate",
		} {
			fields := "x=1"
			if strings.HasPrefix(line, "GET ") {
				fields = ""
			}
			evil.do(line, fields).is(http.StatusForbidden)
		}
	}
	if who := b.who(); who != "alice" {
		t.Errorf("now the cookie is %s", who)
	}
	same := &browser{platform: p, cookie: b.cookie, header: map[string]string{"Sec-Fetch-Site": "same-origin"}}
	same.do("POST /logout", "x=1").redirects("/login?logout")
}

// S-47: signing out makes the browser forget what it holds of the site, but no cookie
// of other servers on the same host.
func TestSignOutClearsTheSite(t *testing.T) {
	p := newPlatform(t)
	b := p.browse()
	b.do("POST /login", "username=alice&password=alice-2026").redirects("/")
	token := p.mustSignIn("alice")
	for name, answer := range map[string]reply{
		"the form": b.do("POST /logout", "x=1"),
		"EMX2":     p.query(token, "mutation{signout{status}}", nil),
	} {
		if got := answer.Header().Get("Clear-Site-Data"); got != `"cache", "storage"` {
			t.Errorf("%s: Clear-Site-Data is %q", name, got)
		}
	}
}

// Bodies of sign-ins are small, whatever credential comes with them; those of calls
// with a credential may be larger.
func TestBodiesOfSignInsAreBounded(t *testing.T) {
	p := newPlatform(t)
	long := strings.Repeat("x", 9<<10)
	for _, header := range []map[string]string{nil, {"Cookie": "JSESSIONID=" + aliceToken}, {"x-molgenis-token": aliceToken}} {
		p.form("POST /login", "username=alice&password="+long, header).refused(400, "larger than 8192 bytes")
		p.send(request{"POST /api/v1/login", header, `{"username":"alice","password":"` + long + `"}`}).refused(400, "larger than 8192 bytes")
	}
	p.send(request{"POST /api/graphql", nil, `{"query":"` + long + `"}`}).refused(400, "larger than 8192 bytes")
	p.form("POST /account/register", "username="+long, nil).refused(400, "larger than 8192 bytes")
	if got := p.send(request{"POST /api/v1/sys_sec_Token", map[string]string{"x-molgenis-token": aliceToken}, `{"description":"` + long + `"}`}); strings.Contains(got.Body.String(), "larger than") {
		t.Errorf("with a token: %s", got.Body)
	}
}

// With a second factor, a password gives access to the form for the code and
// nothing else.
func TestCodeByForm(t *testing.T) {
	p := newPlatform(t)
	b := p.browse()
	b.do("POST /login", "username=bob&password=bob-2026").redirects("/2fa/authenticate")
	for _, line := range []string{"GET /app-ui-context", "GET /api/v2/sys_sec_Token", "POST /api/v1/sys_sec_Token", "GET /", "GET /plugin/useraccount/recoveryCodes"} {
		b.do(line, "").redirects("/2fa/authenticate")
	}
	half := b.cookie
	b.with(strings.TrimPrefix(half, "JSESSIONID="), "GET /api/v2/sys_sec_Token", "").refused(401, "Invalid token")
	b.with(aliceToken, "GET /api/v2/sys_sec_Token", "").is(http.StatusOK)

	b.do("GET /2fa/authenticate", "").is(http.StatusOK)
	for _, code := range []string{"000000", "12345", "", "aaaaa-bbbbb"} {
		page := b.do("POST /2fa/validate", "verificationCode="+code).is(http.StatusOK)
		if got := page.Header().Get("Content-Type"); !strings.HasPrefix(got, "text/html") || !strings.Contains(page.Body.String(), "Invalid verification code") {
			t.Errorf("%q: %s %s", code, got, page.Body)
		}
	}
	b.do("POST /2fa/validate", "verificationCode="+p.code(bobSeed)).redirects("/")
	if who := b.who(); who != "bob" || b.cookie == half {
		t.Errorf("the cookie %s is %s", b.cookie, who)
	}
	p.Advance(time.Minute)
	again := &browser{platform: p, cookie: half}
	again.do("POST /2fa/validate", "verificationCode="+p.code(bobSeed)).redirects("/login?error")
}

// A code works once, wrong codes cost a wait, and a recovery code still works.
func TestCodesAreCounted(t *testing.T) {
	p := newPlatform(t)
	b := p.browse()
	b.do("POST /login", "username=bob&password=bob-2026").redirects("/2fa/authenticate")
	used := p.code(bobSeed)
	b.do("POST /2fa/validate", "verificationCode="+used).redirects("/")
	again := p.browse()
	again.do("POST /login", "username=bob&password=bob-2026").redirects("/2fa/authenticate")
	again.do("POST /2fa/validate", "verificationCode="+used).is(http.StatusOK)
	for range 3 {
		again.do("POST /2fa/validate", "verificationCode=000000").is(http.StatusOK)
	}
	locked := again.do("POST /2fa/validate", "verificationCode=000000").is(http.StatusOK)
	if got := locked.Header().Get("Retry-After"); got != "30" || !strings.Contains(locked.Body.String(), "30 s") {
		t.Errorf("Retry-After %q: %s", got, locked.Body)
	}
	p.Advance(30 * time.Second)
	again.do("POST /2fa/recover", "recoveryCode=wrong-wrong").is(http.StatusOK)
	p.Advance(5 * time.Minute)
	again.do("POST /2fa/recover", "recoveryCode=aaaaa-bbbbb").redirects("/")
	if who := again.who(); who != "bob" {
		t.Errorf("the cookie is %s", who)
	}
}

var hiddenKey = regexp.MustCompile(`<input type="hidden" name="secretKey" value="([A-Z2-7]+)">`)

// enroll sets up a second factor and returns its seed.
func (b *browser) enroll() string {
	b.Helper()
	page := b.do("GET /2fa/activation", "").is(http.StatusOK).Body.String()
	key := hiddenKey.FindStringSubmatch(page)
	if key == nil || !strings.Contains(page, "otpauth://totp/") {
		b.Fatalf("the page has no key: %s", page)
	}
	b.do("POST /2fa/activation/authenticate", "verificationCode=000000&secretKey="+key[1]).is(http.StatusOK)
	b.do("POST /2fa/activation/authenticate", "verificationCode="+b.code(key[1])+"&secretKey="+key[1]).redirects(wire.PathSecurity)
	return key[1]
}

func (b *browser) codes(line string) []string {
	b.Helper()
	var got struct{ RecoveryCodes []string }
	b.do(line, "").is(http.StatusOK).into(&got)
	return got.RecoveryCodes
}

func TestSecondFactorByForm(t *testing.T) {
	p := newPlatform(t)
	b := p.browse()
	b.do("POST /login", "username=alice&password=alice-2026").redirects("/")
	b.do("POST /plugin/useraccount/2fa/disable", "x=1").refused(400, "not enabled")
	b.do("POST /plugin/useraccount/2fa/enable", "x=1").redirects("/2fa/activation")
	seed := b.enroll()

	// Only a GET shows the codes; a HEAD must not use them up.
	for _, line := range []string{
		"HEAD /plugin/useraccount/recoveryCodes", "HEAD /menu/main/useraccount?showCodes=true",
		"HEAD /plugin/useraccount/generateRecoveryCodes", "HEAD /2fa/activation", "HEAD /logout", "HEAD /api/v1/logout",
	} {
		if answer := b.do(line, "").is(http.StatusMethodNotAllowed); !strings.HasPrefix(answer.Header().Get("Allow"), "GET") {
			t.Errorf("%s: Allow: %q", line, answer.Header().Get("Allow"))
		}
	}
	b.do("HEAD /menu/main/useraccount", "").is(http.StatusOK)

	// The codes are shown once: the server stores only their hashes.
	if codes := b.codes("GET /plugin/useraccount/recoveryCodes"); len(codes) != 10 {
		t.Fatalf("%v", codes)
	}
	if codes := b.codes("GET /plugin/useraccount/recoveryCodes"); codes == nil || len(codes) != 0 {
		t.Errorf("a second time: %v", codes)
	}
	p.send(request{line: "POST /api/v1/login", body: `{"username":"alice","password":"alice-2026"}`}).refused(401, "two factor authentication")
	if who := whoIs(p, aliceToken); who != "alice" {
		t.Errorf("a token from before the second factor is %s", who)
	}

	// The code of the activation does not sign in, the next one does.
	second := p.browse()
	second.do("POST /login", "username=alice&password=alice-2026").redirects("/2fa/authenticate")
	second.do("POST /2fa/validate", "verificationCode="+p.code(seed)).is(http.StatusOK)
	p.Advance(30 * time.Second)
	second.do("POST /2fa/validate", "verificationCode="+p.code(seed)).redirects("/")

	fresh := second.codes("GET /plugin/useraccount/generateRecoveryCodes")
	if other := second.codes("POST /plugin/useraccount/generateRecoveryCodes"); len(fresh) != 10 || len(other) != 10 || fresh[0] == other[0] {
		t.Errorf("%v, then %v", fresh, other)
	}

	// A new secret replaces the old one only when it is activated.
	second.do("POST /plugin/useraccount/2fa/reset", "x=1").redirects("/2fa/activation")
	p.Advance(time.Minute)
	if another := second.enroll(); another == seed {
		t.Error("the secret stays the same")
	}
	page := second.do("GET /menu/main/useraccount?showCodes=true", "").is(http.StatusOK).Body.String()
	if n := strings.Count(page, "<li><code>"); n != 10 {
		t.Errorf("the account page shows %d codes: %s", n, page)
	}

	p.Advance(6 * time.Minute)
	second.do("POST /plugin/useraccount/2fa/disable", "x=1").refused(401, "Log in again")
	second.do("GET /2fa/activation", "").redirects("/login")
	p.send(request{line: "POST /plugin/useraccount/2fa/disable", header: map[string]string{"x-molgenis-token": aliceToken}}).refused(401, "Log in again")
}

func TestDisableByForm(t *testing.T) {
	p := newPlatform(t)
	b := p.browse()
	b.do("POST /login", "username=bob&password=bob-2026").redirects("/2fa/authenticate")
	b.do("POST /2fa/validate", "verificationCode="+p.code(bobSeed)).redirects("/")
	b.do("POST /plugin/useraccount/2fa/disable", "x=1").redirects("/menu/main/useraccount")
	p.signIn("bob")
	if codes := b.codes("GET /plugin/useraccount/recoveryCodes"); len(codes) != 0 {
		t.Errorf("%v", codes)
	}
	b.do("GET /plugin/useraccount/generateRecoveryCodes", "").refused(400, "not enabled")
}

// If a second factor is enforced, a password gives access to the form to set one
// up and nothing else.
func TestEnforcedByForm(t *testing.T) {
	p := newPlatform(t, func(c *refserver.Config) { c.TwoFactor = identity.FactorsEnforced })
	b := p.browse()
	b.do("POST /login", "username=alice&password=alice-2026").redirects("/2fa/activation")
	b.do("GET /app-ui-context", "").redirects("/2fa/activation")
	b.do("GET /2fa/authenticate", "").redirects("/login")
	b.enroll()
	if who := b.who(); who != "alice" {
		t.Errorf("the cookie is %s", who)
	}
	if codes := b.codes("GET /plugin/useraccount/recoveryCodes"); len(codes) != 10 {
		t.Errorf("%v", codes)
	}
	b.do("POST /plugin/useraccount/2fa/disable", "x=1").refused(403, "required")

	late := p.browse()
	late.do("POST /login", "username=admin&password=admin-2026").redirects("/2fa/activation")
	p.Advance(10 * time.Minute)
	late.do("GET /2fa/activation", "").redirects("/login?error")
	if late.cookie != "" {
		t.Errorf("the cookie of an expired ticket is not removed: %s", late.cookie)
	}
}

func TestDisabledSecondFactor(t *testing.T) {
	p := newPlatform(t, func(c *refserver.Config) { c.TwoFactor = identity.FactorsDisabled })
	b := p.browse()
	b.do("POST /login", "username=alice&password=alice-2026").redirects("/")
	b.do("GET /2fa/activation", "").refused(403, "disabled")
}

// All forms of an account require a sign-in.
func TestFormsNeedASignIn(t *testing.T) {
	b := newPlatform(t).browse()
	for _, line := range []string{"GET /2fa/authenticate", "GET /2fa/activation", "POST /2fa/activation/authenticate"} {
		b.do(line, "").redirects("/login")
	}
	b.do("POST /2fa/validate", "verificationCode=123456").redirects("/login")
	for _, line := range []string{"POST /plugin/useraccount/2fa/enable", "GET /plugin/useraccount/recoveryCodes", "GET /menu/main/useraccount"} {
		b.do(line, "").refused(401, "signed in")
	}
}

// S-45: a page may only send its form to this server, and user input is shown as
// text.
func TestPages(t *testing.T) {
	p := newPlatform(t)
	b := p.browse()
	b.do("POST /login", "username=alice&password=alice-2026").redirects("/")
	b.do("GET /2fa/activation", "")
	page := b.do("POST /2fa/activation/authenticate", "verificationCode=1&secretKey=%22%3E%3Cscript%3E").is(http.StatusOK)
	if strings.Contains(page.Body.String(), "<script>") {
		t.Errorf("%s", page.Body)
	}
	for _, line := range []string{"GET /login", "GET /", "GET /account/activate", "GET /menu/main/useraccount"} {
		answer := b.do(line, "").is(http.StatusOK)
		if got := answer.Header().Get("Content-Security-Policy"); got != "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'" {
			t.Errorf("%s: policy %s", line, got)
		}
		if got := answer.Header().Get("Cache-Control"); got != "no-store" {
			t.Errorf("%s: Cache-Control %s", line, got)
		}
	}
}
