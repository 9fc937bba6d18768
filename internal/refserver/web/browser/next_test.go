package browser_test

import (
	"net/url"
	"path"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver/web/browser"
	"github.com/dxauth/dxauth/internal/testfuzz"
)

// S-46: after a sign-in a browser continues on a page of this server, never elsewhere.
func TestSafeNext(t *testing.T) {
	for text, want := range map[string]string{
		"/console/tokens":                        "/console/tokens",
		"/console/tokens?page=2&sort=name":       "/console/tokens?page=2&sort=name",
		"/oauth2/authorize?redirect_uri=http%3A": "/oauth2/authorize?redirect_uri=http%3A",
		"/sso/google/link":                       "/sso/google/link",
		"/console/":                              "/console/",
		"/console/tokens#top":                    "/console/tokens",
		"/console/caf%C3%A9":                     "",
		"":                                       "",
		"/":                                      "",
		"/logout":                                "", // changes something by GET
		"/console/../logout":                     "",
		"/console/%2e%2e/logout":                 "",
		"/console/%2E%2E%2Flogout":               "",
		"/console//evil.example":                 "",
		"//evil.example":                         "",
		"///evil.example":                        "",
		"/\\evil.example":                        "",
		"\\\\evil.example":                       "",
		"/%2fevil.example":                       "",
		"/%5cevil.example":                       "",
		"/console/%5c":                           "",
		"/console/\t/evil.example":               "",
		"/console/\r\nSet-Cookie: a=b":           "",
		"/console/%0d%0aSet-Cookie:a=b":          "",
		" /console/":                             "",
		"https://evil.example/console/":          "",
		"https:/console/":                        "",
		"javascript:alert(1)":                    "",
		"console/":                               "",
		"?next":                                  "",
		"/console/sign-in?next=/console/sign-in": "",
		"/console/sign-in/code":                  "",
		"/console/sign-out":                      "",
		"/console/session":                       "", // for the script
		"/console/style.css":                     "",
		"/consoles":                              "",
		"/console/%zz":                           "",
		"/console/" + strings.Repeat("x", 5000):  "",
	} {
		if want == "" {
			want = browser.PathHome
		}
		if got := browser.SafeNext(text); got != want {
			t.Errorf("%q leads to %q, want %q", text, got, want)
		}
	}
}

// FuzzSafeNext looks for a text that leads out of the pages, as browsers read it.
func FuzzSafeNext(f *testing.F) {
	for _, seed := range []string{"/console/", "//evil.example", "/\\evil.example", "/console/%2e%2e/logout", "/console/\r\n", "https://evil.example", "/oauth2/authorize?x=//y"} {
		testfuzz.Add(f, seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		next := browser.SafeNext(text)
		base := &url.URL{Scheme: "https", Host: "lab.example.org", Path: "/console/sign-in"}
		led, err := base.Parse(next)
		if err != nil || led.Host != base.Host || led.Scheme != base.Scheme || led.User != nil {
			t.Fatalf("%q leads to %q: %v, %v", text, next, led, err)
		}
		if strings.ContainsAny(next, "\\\r\n\t ") || strings.HasPrefix(next, "//") || path.Clean(led.Path) != strings.TrimSuffix(led.Path, "/") {
			t.Fatalf("%q leads to %q", text, next)
		}
		if !strings.HasPrefix(led.Path, "/console/") && !strings.HasPrefix(led.Path, "/oauth2/") && !strings.HasPrefix(led.Path, "/sso/") {
			t.Fatalf("%q leads out of the pages: %q", text, next)
		}
		if browser.SafeNext(next) != next {
			t.Fatalf("%q leads to %q, which leads to %q", text, next, browser.SafeNext(next))
		}
	})
}
