package web_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/httpkit"
	"github.com/dxauth/dxauth/internal/refserver/web"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Only the path itself and what is below it gets to the server, without the path.
func TestStrip(t *testing.T) {
	show := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.URL.RequestURI()) })
	outside := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "outside") })
	for _, tt := range []struct {
		base         web.BasePath
		asked, wants string
	}{
		{"", "/a/b?c", "/a/b?c"},
		{"/m", "/m", "/"},
		{"/m", "/m/", "/"},
		{"/m", "/m?c", "/?c"},
		{"/m", "/m/a/b?c", "/a/b?c"},
		{"/m", "/m/m/a", "/m/a"},
		{"/m", "/m//a", "//a"},
		{"/m", "/m/../a", "/../a"},
		{"/m", "/%6d/a", "/a"},
		{"/m", "/m/a%20b", "/a%20b"},
		{"/m/n", "/m/n/a", "/a"},
		{"/m", "/", "outside"},
		{"/m", "/a", "outside"},
		{"/m", "/mm/a", "outside"},
		{"/m", "/M/a", "outside"},
		{"/m", "//m/a", "outside"},
		{"/m", "/./m/a", "outside"},
		{"/m/n", "/m/a", "outside"},
		{"/m/n", "/m", "outside"},
		{"/m/n", "/n/a", "outside"},
	} {
		recorder := httptest.NewRecorder()
		request := httptest.NewRequest(http.MethodGet, tt.asked, nil)
		tt.base.Strip(show, outside).ServeHTTP(recorder, request)
		if got := recorder.Body.String(); got != tt.wants {
			t.Errorf("%s below %q: the server sees %s, want %s", tt.asked, tt.base, got, tt.wants)
		}
		if got := request.URL.RequestURI(); got != tt.asked {
			t.Errorf("%s: afterwards the request is for %s", tt.asked, got)
		}
	}
}

// S-42: a cookie of a server below a path goes to that path only, and with TLS has the
// prefix that the path allows.
func TestCookieBelowAPath(t *testing.T) {
	const sent = "SESSION=plain; __Host-SESSION=of the host; __Secure-SESSION=secure"
	for name, c := range map[string]struct {
		address string
		secure  bool
		want    string // the value read
		set     string
	}{
		"with TLS":    {"192.0.2.7", true, "secure", "__Secure-SESSION=v; Path=/lab/molgenis; Max-Age=60; HttpOnly; Secure; SameSite=Lax"},
		"loopback":    {"127.0.0.1", false, "plain", "SESSION=v; Path=/lab/molgenis; Max-Age=60; HttpOnly; SameSite=Lax"},
		"without TLS": {"192.0.2.7", false, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			cookie := web.BasePath("/lab/molgenis").CookieOf(over(t, c.address, c.secure, sent), "SESSION")
			if got := cookie.Value().Reveal(); got != c.want || cookie.IsPossible() != (c.set != "") {
				t.Errorf("read %q, possible: %v", got, cookie.IsPossible())
			}
			if got := cookie.With(secret.New("v"), time.Minute).String(); got != c.set {
				t.Errorf("set %q, want %q", got, c.set)
			}
		})
	}
}

// S-45: a server below a path decides nothing for the others of its host.
func TestHeadersBelowAPath(t *testing.T) {
	handler := func(base web.BasePath) http.Handler {
		leaves := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { base.ClearSite(w.Header()) })
		return httpkit.Identify(base.SafeHeaders(leaves), time.Now, nil)
	}
	for base, want := range map[web.BasePath]map[string]string{
		"":          {"Strict-Transport-Security": "max-age=31536000", "Clear-Site-Data": `"cache", "storage"`},
		"/molgenis": {"Strict-Transport-Security": "", "Clear-Site-Data": `"cache"`}, // what is cached is loaded again
	} {
		recorder := httptest.NewRecorder()
		handler(base).ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "https://lab.example.org/", nil))
		for name, value := range want {
			if got := recorder.Header().Get(name); got != value {
				t.Errorf("below %q: %s is %q, want %q", base, name, got, value)
			}
		}
		if got := recorder.Header().Get("X-Content-Type-Options"); got != "nosniff" {
			t.Errorf("below %q: X-Content-Type-Options is %q", base, got)
		}
	}
}

func TestPageBelowAPath(t *testing.T) {
	recorder := httptest.NewRecorder()
	forms := []web.Form{{Action: "/login", Button: "Go"}, {Action: "/2fa/recover", Button: "Go"}}
	web.BasePath("/m").WritePage(recorder, web.Page{Title: "T", Forms: forms, Link: web.Link{Address: "/account/register", Text: "Sign up"}})
	for _, want := range []string{`action="/m/login"`, `action="/m/2fa/recover"`, `href="/m/account/register"`} {
		if !strings.Contains(recorder.Body.String(), want) {
			t.Errorf("no %s in\n%s", want, recorder.Body)
		}
	}
	if forms[0].Action != "/login" {
		t.Error("the page of the caller was changed")
	}
}
