package web_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver/web"
	"github.com/dxauth/dxauth/internal/testfuzz"
)

// An origin has a scheme and a host, and is its own origin.
func FuzzParseOrigin(f *testing.F) {
	for _, seed := range []string{"https://lab.example.org", "http://127.0.0.1:8080", "https://LAB:443", "https://[::1]:80", "https://a/", "null",
		"https://a@b", "https://a?b", "https://a#b", "javascript://a", "https://a:b", "https://%41", "https://a,b"} {
		testfuzz.Add(f, seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		origin, err := web.ParseOrigin(text)
		if err != nil {
			return
		}
		u, err := url.Parse(string(origin))
		if err != nil || u.Host == "" || u.User != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "" || strings.ContainsAny(string(origin), " ,\r\n") {
			t.Errorf("%q is the origin %q", text, origin)
		}
		if again, err := web.ParseOrigin(string(origin)); err != nil || again != origin {
			t.Errorf("%q is the origin %q, which is %q, %v", text, origin, again, err)
		}
	})
}
