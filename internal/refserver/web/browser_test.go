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
	"github.com/dxauth/dxauth/internal/refusal"
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
			cookie := web.CookieOf(over(t, c.address, c.secure, sent), "SESSION")
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

// S-43: the headers of a browser say where a request comes from.
func TestCrossSite(t *testing.T) {
	for name, c := range map[string]struct {
		method, site, origin string
		check, change        bool // whether it is allowed
	}{
		"no browser":                   {"POST", "", "", true, true},
		"this site":                    {"POST", "same-origin", "", true, true},
		"another site":                 {"POST", "cross-site", "", false, false},
		"another site reads":           {"GET", "cross-site", "", true, false},
		"a sibling":                    {"POST", "same-site", "", false, false},
		"an old browser, same site":    {"POST", "", "https://example.com", true, true},
		"an old browser, another site": {"POST", "", "https://evil.example", false, false},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(c.method, "https://example.com/", nil)
			r.Header.Set("Sec-Fetch-Site", c.site)
			if c.site == "" {
				r.Header.Del("Sec-Fetch-Site")
			}
			if c.origin != "" {
				r.Header.Set("Origin", c.origin)
			}
			protection := web.NewCrossSite()
			for what, err := range map[string]error{"check": protection.Check(r), "change": protection.CheckChange(r)} {
				want := map[string]bool{"check": c.check, "change": c.change}[what]
				if (err == nil) != want || err != nil && refusal.ReasonOf(err) != refusal.CrossSite {
					t.Errorf("%s: %v", what, err)
				}
			}
			if r.Method != c.method {
				t.Error("the request was changed")
			}
		})
	}
}

// S-45, S-46: text cannot become markup, and a page can only submit its forms.
func TestPage(t *testing.T) {
	recorder := httptest.NewRecorder()
	web.Page{
		Title: "<b>", Message: `"><script>`, URI: secret.New("otpauth://totp/a?secret=B"), Codes: []secret.Text{secret.New("aaaa-bbbb")},
		Forms: []web.Form{{Action: "javascript:alert(1)", Button: "Go", Fields: []web.Input{
			{Name: "user", Label: "User", Kind: "text"}, {Name: "key", Kind: "hidden", Value: secret.New(`"k`)},
		}}},
		Note: "Ask.",
	}.Write(recorder)
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
	web.Page{Title: "T", Link: web.Link{Address: "/account/register", Text: "Sign up"}, Note: "Ask."}.Write(recorder)
	if got := recorder.Body.String(); !strings.Contains(got, `<p><a href="/account/register">Sign up</a></p>`) || strings.Contains(got, "Ask.") {
		t.Error(got)
	}
}
