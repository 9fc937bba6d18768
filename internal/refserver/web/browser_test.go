package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/internal/refserver/httpkit"
	"github.com/dxauth/dxauth/internal/refserver/web"
	"github.com/dxauth/dxauth/pkg/secret"
)

// over returns a request from an address, as a handler sees it.
func over(t *testing.T, address string, secure bool, cookie string) (seen *http.Request) {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.RemoteAddr = "10.0.0.1:1"
	r.Header.Set("X-Forwarded-For", address)
	r.Header.Set("Cookie", cookie)
	if secure {
		r.Header.Set("X-Forwarded-Proto", "https")
	}
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	keep := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen = r })
	httpkit.Identify(keep, time.Now, proxies).ServeHTTP(httptest.NewRecorder(), r)
	return seen
}

// S-42: with TLS the cookie has the prefix that binds it to this host; without TLS it has
// another name and is used only on loopback.
func TestCookie(t *testing.T) {
	const sent = "SESSION=plain; __Host-SESSION=secure"
	for name, c := range map[string]struct {
		address string
		secure  bool
		want    string // the value read
		set     string
	}{
		"with TLS":    {"192.0.2.7", true, "secure", "__Host-SESSION=v; Path=/; Max-Age=60; HttpOnly; Secure; SameSite=Lax"},
		"loopback":    {"127.0.0.1", false, "plain", "SESSION=v; Path=/; Max-Age=60; HttpOnly; SameSite=Lax"},
		"without TLS": {"192.0.2.7", false, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			cookie := web.BasePath("").CookieOf(over(t, c.address, c.secure, sent), "SESSION")
			if got := cookie.Value().Reveal(); got != c.want || cookie.IsPossible() != (c.set != "") {
				t.Errorf("read %q, possible: %v", got, cookie.IsPossible())
			}
			if got := cookie.With(secret.New("v"), time.Minute).String(); got != c.set {
				t.Errorf("set %q, want %q", got, c.set)
			}
			if gone := cookie.Removed(); gone.MaxAge != -1 || gone.Value != "" {
				t.Errorf("removed by %q", gone)
			}
		})
	}
}

// navigation returns the headers of a browser that opens a page.
func navigation(site, mode, destination string) http.Header {
	return http.Header{"Sec-Fetch-Site": {site}, "Sec-Fetch-Mode": {mode}, "Sec-Fetch-Dest": {destination}}
}

// S-43: what a browser says about the site of a request decides before its body is
// read. Only pages of listed origins get further, and only to what is open to them.
func TestCrossSite(t *testing.T) {
	const listed = "https://lab.example.org"
	for name, c := range map[string]struct {
		line   string // method and address
		header http.Header
		want   string // "served", "refused", or "allowed" for a request of a listed origin
	}{
		"no browser":                              {"POST /", nil, "served"},
		"the user typed the address":              {"GET /", http.Header{"Sec-Fetch-Site": {"none"}}, "served"},
		"this site":                               {"POST /", http.Header{"Sec-Fetch-Site": {"same-origin"}, "Origin": {"https://example.com"}}, "served"},
		"a form of this site sends no origin":     {"POST /", http.Header{"Sec-Fetch-Site": {"same-origin"}, "Origin": {"null"}}, "served"},
		"an old browser, this site":               {"POST /", http.Header{"Origin": {"https://example.com"}}, "served"},
		"an old browser, the port spelled out":    {"POST /", http.Header{"Origin": {"https://EXAMPLE.com:443"}}, "served"},
		"another site":                            {"POST /", http.Header{"Sec-Fetch-Site": {"cross-site"}}, "refused"},
		"another site reads":                      {"GET /", http.Header{"Sec-Fetch-Site": {"cross-site"}}, "refused"},
		"another site asks for the headers":       {"HEAD /", http.Header{"Sec-Fetch-Site": {"cross-site"}}, "refused"},
		"another port of this host":               {"POST /", http.Header{"Sec-Fetch-Site": {"same-site"}, "Origin": {"https://example.com:8443"}}, "refused"},
		"a value that no browser sends":           {"POST /", http.Header{"Sec-Fetch-Site": {"Same-Origin"}}, "refused"},
		"an empty value":                          {"POST /", http.Header{"Sec-Fetch-Site": {""}}, "refused"},
		"two values":                              {"POST /", http.Header{"Sec-Fetch-Site": {"same-origin", "cross-site"}}, "refused"},
		"headers that contradict each other":      {"POST /", http.Header{"Sec-Fetch-Site": {"same-origin"}, "Origin": {"https://evil.example"}}, "refused"},
		"an old browser, another site":            {"POST /", http.Header{"Origin": {"https://evil.example"}}, "refused"},
		"an old browser, the same name without s": {"POST /", http.Header{"Origin": {"http://example.com"}}, "refused"},
		"an old browser, a page without origin":   {"POST /", http.Header{"Origin": {"null"}}, "refused"},
		"an empty origin":                         {"POST /", http.Header{"Origin": {""}}, "refused"},
		"an origin with a path":                   {"POST /", http.Header{"Origin": {"https://example.com/x"}}, "refused"},
		"a listed origin":                         {"POST /open", http.Header{"Sec-Fetch-Site": {"cross-site"}, "Origin": {listed}}, "allowed"},
		"a listed origin elsewhere":               {"POST /", http.Header{"Sec-Fetch-Site": {"cross-site"}, "Origin": {listed}}, "refused"},
		"an origin that begins like a listed one": {"POST /open", http.Header{"Origin": {listed + ".evil.example"}}, "refused"},
		"a listed origin by plain http":           {"POST /open", http.Header{"Origin": {"http://lab.example.org"}}, "refused"},
		"a listed origin beside another":          {"POST /open", http.Header{"Origin": {listed, "https://evil.example"}}, "refused"},
		"a link of another site to a page":        {"GET /page", navigation("cross-site", "navigate", "document"), "served"},
		"a link of another port to a page":        {"GET /page", navigation("same-site", "navigate", "document"), "served"},
		"a link of another site elsewhere":        {"GET /", navigation("cross-site", "navigate", "document"), "refused"},
		"a form of another site for a page":       {"POST /page", navigation("cross-site", "navigate", "document"), "refused"},
		"a form with an origin for a page":        {"GET /page", http.Header{"Sec-Fetch-Site": {"cross-site"}, "Sec-Fetch-Mode": {"navigate"}, "Sec-Fetch-Dest": {"document"}, "Origin": {"null"}}, "refused"},
		"another site asks a page's headers":      {"HEAD /page", navigation("cross-site", "navigate", "document"), "refused"},
		"another site frames a page":              {"GET /page", navigation("cross-site", "navigate", "iframe"), "refused"},
		"another site embeds a page":              {"GET /page", navigation("cross-site", "navigate", "embed"), "refused"},
		"another site fetches a page":             {"GET /page", navigation("cross-site", "no-cors", "document"), "refused"},
		"another site loads a page as an image":   {"GET /page", navigation("cross-site", "no-cors", "image"), "refused"},
		"a page, with two destinations":           {"GET /page", http.Header{"Sec-Fetch-Site": {"cross-site"}, "Sec-Fetch-Mode": {"navigate"}, "Sec-Fetch-Dest": {"document", "iframe"}}, "refused"},
		"a page, without what it is for":          {"GET /page", http.Header{"Sec-Fetch-Site": {"cross-site"}}, "refused"},
	} {
		t.Run(name, func(t *testing.T) {
			method, path, _ := strings.Cut(c.line, " ")
			body := strings.NewReader("body")
			r := httptest.NewRequest(method, "https://example.com"+path, body)
			r.Header = c.header.Clone()
			got := "refused"
			protection := web.CrossSite{Listed: []web.Origin{listed}, Open: func(r *http.Request) bool { return r.URL.Path == "/open" }, Page: func(r *http.Request) bool { return r.URL.Path == "/page" }}
			handler := protection.Guard(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				got = "served"
				if w.Header().Get("Access-Control-Allow-Origin") == listed {
					got = "allowed"
				}
			}))
			recorder := httptest.NewRecorder()
			httpkit.Identify(handler, time.Now, nil).ServeHTTP(recorder, r)
			if got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
			if got == "refused" && (recorder.Code != http.StatusForbidden || body.Len() != 4) {
				t.Errorf("status %d, %d bytes of the body were left", recorder.Code, body.Len())
			}
			if origin := recorder.Header().Get("Access-Control-Allow-Origin"); got == "refused" && origin != "" {
				t.Errorf("a refusal lets %s read it", origin)
			}
		})
	}
}

// An origin has a scheme and a host, and nothing else.
func TestParseOrigin(t *testing.T) {
	for text, want := range map[string]web.Origin{
		"https://lab.example.org":     "https://lab.example.org",
		"HTTPS://Lab.Example.org:443": "https://lab.example.org",
		"http://localhost:3000":       "http://localhost:3000",
		"http://[::1]:3000":           "http://[::1]:3000",
		"https://lab.example.org/":    "",
		"https://lab.example.org/x":   "",
		"https://lab.example.org?x":   "",
		"https://me@lab.example.org":  "",
		"lab.example.org":             "",
		"ftp://lab.example.org":       "",
		"https://":                    "",
		"null":                        "",
		"*":                           "",
		"":                            "",
		"https://lab.example.org\x00": "",
	} {
		got, err := web.ParseOrigin(text)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
}

// S-45, S-46: text cannot become markup, and a page can only submit its forms.
func TestPage(t *testing.T) {
	recorder := httptest.NewRecorder()
	web.BasePath("").WritePage(recorder, web.Page{
		Title: "<b>", Message: `"><script>`, URI: secret.New("otpauth://totp/a?secret=B"), Codes: []secret.Text{secret.New("aaaa-bbbb")},
		Forms: []web.Form{{Action: "javascript:alert(1)", Button: "Go", Fields: []web.Input{
			{Name: "user", Label: "User", Kind: "text"}, {Name: "key", Kind: "hidden", Value: secret.New(`"k`)},
		}}},
		Note: "Ask.",
	})
	want := `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>&lt;b&gt;</title></head><body>
<h1>&lt;b&gt;</h1>
<p role="alert">&#34;&gt;&lt;script&gt;</p>
<p>Give your authenticator app this address, or the key in it: <code id="otpauth">otpauth://totp/a?secret=B</code></p>
<p>Keep these recovery codes; they are not shown again.</p>
<ul><li><code>aaaa-bbbb</code></li></ul>
<form method="post" action="#ZgotmplZ">
<label>User <input type="text" name="user"></label>
<input type="hidden" name="key" value="&#34;k">
<button>Go</button>
</form>
<p>Ask.</p>
</body></html>
`
	if diff := cmp.Diff(want, recorder.Body.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if policy := recorder.Header().Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'; form-action 'self'") {
		t.Errorf("the policy is %q", policy)
	}
}

func TestALinkReplacesTheNote(t *testing.T) {
	recorder := httptest.NewRecorder()
	web.BasePath("").WritePage(recorder, web.Page{Title: "T", Link: web.Link{Address: "/account/register", Text: "Sign up"}, Note: "Ask."})
	if got := recorder.Body.String(); !strings.Contains(got, `<p><a href="/account/register">Sign up</a></p>`) || strings.Contains(got, "Ask.") {
		t.Error(got)
	}
}
