package config

import (
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/testfuzz"
)

func TestParseEndpoint(t *testing.T) {
	tests := []struct{ raw, url, host string }{
		{"https://api.dnanexus.com", "https://api.dnanexus.com", "api.dnanexus.com"},
		{"api.dnanexus.com", "https://api.dnanexus.com", "api.dnanexus.com"},
		{" HTTPS://API.DNAnexus.com:443/ ", "https://api.dnanexus.com", "api.dnanexus.com"},
		{"api.dnanexus.com.", "https://api.dnanexus.com", "api.dnanexus.com"},
		{"https://api.dnanexus.com:", "https://api.dnanexus.com", "api.dnanexus.com"},
		{"https://x.org:0443", "https://x.org", "x.org"},
		{"https://x.org:80", "https://x.org:80", "x.org:80"},
		{"http://x.org:80", "http://x.org", "x.org"},
		{"http://x.org:443", "http://x.org:443", "x.org:443"},
		{"x.org:8443", "https://x.org:8443", "x.org:8443"},
		{"x.org:80", "https://x.org:80", "x.org:80"},
		{"lab_server", "https://lab_server", "lab_server"},
		{"xn--mnchen-3ya.de", "https://xn--mnchen-3ya.de", "xn--mnchen-3ya.de"},

		{"localhost", "http://localhost", "localhost"},
		{"localhost:8080", "http://localhost:8080", "localhost:8080"},
		{"127.0.0.1:8080", "http://127.0.0.1:8080", "127.0.0.1:8080"},
		{"lab.localhost:8080", "https://lab.localhost:8080", "lab.localhost:8080"},
		{"https://localhost:8443", "https://localhost:8443", "localhost:8443"},
		{"192.168.0.1", "https://192.168.0.1", "192.168.0.1"},

		{"[::1]:8080", "http://[::1]:8080", "[::1]:8080"},
		{"http://[::1]", "http://[::1]", "[::1]"},
		{"https://[2001:DB8:0::1]:443", "https://[2001:db8::1]", "[2001:db8::1]"},
		{"[::ffff:127.0.0.1]:8080", "http://127.0.0.1:8080", "127.0.0.1:8080"},
	}
	for _, tt := range tests {
		t.Run(tt.raw, func(t *testing.T) {
			e, err := ParseEndpoint(tt.raw)
			if err != nil {
				t.Fatal(err)
			}
			if e.URL() != tt.url {
				t.Errorf("URL is %q, want %q", e.URL(), tt.url)
			}
			if e.Host() != tt.host {
				t.Errorf("host is %q, want %q", e.Host(), tt.host)
			}
		})
	}
}

func TestParseEndpointWithPath(t *testing.T) {
	tests := []struct{ raw, url, name, path string }{
		{"https://x.org/molgenis", "https://x.org/molgenis", "x.org/molgenis", "/molgenis"},
		{"https://x.org/molgenis/", "https://x.org/molgenis", "x.org/molgenis", "/molgenis"},
		{"https://x.org/molgenis//", "https://x.org/molgenis", "x.org/molgenis", "/molgenis"},
		{" HTTPS://X.ORG:443/Molgenis ", "https://x.org/Molgenis", "x.org/Molgenis", "/Molgenis"},
		{"x.org/a/b", "https://x.org/a/b", "x.org/a/b", "/a/b"},
		{"localhost:8080/a", "http://localhost:8080/a", "localhost:8080/a", "/a"},
		{"[::1]:8080/a", "http://[::1]:8080/a", "[::1]:8080/a", "/a"},
		{"https://x.org/~eva/my-lab_2.0", "https://x.org/~eva/my-lab_2.0", "x.org/~eva/my-lab_2.0", "/~eva/my-lab_2.0"},
		{"https://x.org/apis", "https://x.org/apis", "x.org/apis", "/apis"},
		{"https://x.org/api/lab", "https://x.org/api/lab", "x.org/api/lab", "/api/lab"},
		{"https://x.org//", "https://x.org", "x.org", ""},
	}
	for _, tt := range tests {
		t.Run(tt.raw, func(t *testing.T) {
			e := mustParse(t, tt.raw)
			if e.URL() != tt.url || e.Name() != tt.name || e.Path() != tt.path {
				t.Errorf("got %q, %q, %q", e.URL(), e.Name(), e.Path())
			}
			if e.Host()+e.Path() != e.Name() {
				t.Errorf("the host is %q", e.Host())
			}
		})
	}
	if mustParse(t, "https://x.org/a") == mustParse(t, "https://x.org/A") {
		t.Error("the case of a path does not count")
	}
}

// The address of a page is not that of the server; the error says which one is.
func TestParseEndpointOfAPage(t *testing.T) {
	for raw, want := range map[string]string{
		"https://x.org/login":                   "https://x.org",
		"https://x.org/molgenis/login/":         "https://x.org/molgenis",
		"https://x.org/molgenis/api":            "https://x.org/molgenis",
		"https://x.org/molgenis/api/":           "https://x.org/molgenis",
		"https://x.org/molgenis/api/v1":         "https://x.org/molgenis",
		"https://x.org/api/v2":                  "https://x.org",
		"https://x.org/api/v1/login":            "https://x.org",
		"https://x.org/a/b/api/graphql":         "https://x.org/a/b",
		"localhost:8080/molgenis/menu/main":     "http://localhost:8080/molgenis",
		"https://X.org:443/molgenis/menu/main/": "https://x.org/molgenis",
	} {
		_, err := ParseEndpoint(raw)
		if err == nil || !strings.HasSuffix(err.Error(), "; use "+want) {
			t.Errorf("%s: got %v, want the advice to use %s", raw, err, want)
		}
	}
}

func TestParseEndpointRefuses(t *testing.T) {
	tests := []struct{ raw, want string }{
		{"", "empty"},
		{"  ", "empty"},
		{"https://", "no host"},
		{"https://.", "no host"},
		{":8080", "no host"},
		{"ftp://x.org", "scheme"},
		{"://x.org", "no scheme"},
		{"https://x.org/a//b", "no empty parts"},
		{"https://x.org//a", "no empty parts"},
		{"https://x.org/a/../b", "no .."},
		{"https://x.org/a/.", "no ."},
		{"https://x.org/..", "no .."},
		{"https://x.org/a%2Fb", "has only letters"},
		{"https://x.org/%2e%2e", "has only letters"},
		{"https://x.org/a;b", "has only letters"},
		{"https://x.org/a b", "has only letters"},
		{"https://x.org/a\\b", "has only letters"},
		{"https://x.org/a:8080", "has only letters"},
		{"https://x.org/ü", "has only letters"},
		{"https://x.org/a\x1b[2J", "has only letters"},
		{"https://x.org/a\nb", "has only letters"},
		{"https://x.org/" + strings.Repeat("a", 200), "at most 200"},
		{"https://x.org/a@b", "no user name"},
		{"https://x.org/a?b", "no query"},
		{"x.org:99999/a", "port"},
		{"/a", "no host"},
		{"https://x.org?a=b", "no query"},
		{"https://x.org/?", "no query"},
		{"https://x.org#", "fragment"},
		{"https://bob@x.org", "no user name"},
		{"bob:secret@x.org", "no user name"},
		{"x.org:0", "port"},
		{"x.org:65536", "port"},
		{"x.org:-1", "port"},
		{"x.org:+1", "port"},
		{"x.org:https", "port"},
		{"::1", "brackets"},
		{"[::1", "brackets"},
		{"[::1]8080", "brackets"},
		{"[localhost]", "brackets"},
		{"[fe80::1%eth0]", "not a host name"},
		{"a..org", "not a host name"},
		{"-x.org", "not a host name"},
		{"x y.org", "not a host name"},
		{"x.org\\evil.org", "not a host name"},
		{"%6c.org", "not a host name"},
		{"münchen.de", "not a host name"},
		{"x.org\x1b[2J", "not a host name"},
		{strings.Repeat("a", 64) + ".org", "not a host name"},
		{strings.Repeat("a.", 128), "not a host name"},
	}
	for _, tt := range tests {
		t.Run(tt.raw, func(t *testing.T) {
			e, err := ParseEndpoint(tt.raw)
			if err == nil {
				t.Fatalf("got %s, want an error", e.URL())
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got error %q, want one with %q", err, tt.want)
			}
		})
	}
}

// What is accepted means the same to net/url, and its normal form is stable.
func FuzzParseEndpoint(f *testing.F) {
	for _, seed := range []string{
		"https://api.dnanexus.com", "localhost:8080", "[::1]:8080", "http://x.org:80/", "X.org.", "a@b", "x.org/a/b/", "x.org/a/../b", "x.org/%2e", "[::ffff:1.2.3.4]",
	} {
		testfuzz.Add(f, seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		e, err := ParseEndpoint(raw)
		if err != nil {
			return
		}
		u, err := url.Parse(e.URL())
		if err != nil {
			t.Fatalf("%q became %q: %v", raw, e.URL(), err)
		}
		if u.Scheme != e.Scheme() || u.Hostname() != e.Hostname() || u.Host != e.Host() || u.EscapedPath() != e.Path() || u.User != nil || u.JoinPath("/x").String() != e.URL()+"/x" {
			t.Errorf("%q became %q, which net/url takes for %#v", raw, e.URL(), u)
		}
		if again, err := ParseEndpoint(e.URL()); err != nil || again != e {
			t.Errorf("%q became %q and then %q, %v", raw, e.URL(), again.URL(), err)
		}
	})
}

func TestEndpointParts(t *testing.T) {
	tests := []struct {
		raw, scheme, hostname string
		port                  int
	}{
		{"https://x.org", "https", "x.org", 443},
		{"http://x.org", "http", "x.org", 80},
		{"[::1]:8080", "http", "::1", 8080},
	}
	for _, tt := range tests {
		e := mustParse(t, tt.raw)
		if e.Scheme() != tt.scheme || e.Hostname() != tt.hostname || e.Port() != tt.port {
			t.Errorf("%s: got %s, %s, %d", tt.raw, e.Scheme(), e.Hostname(), e.Port())
		}
	}
	if got := (Endpoint{}).URL(); got != "" {
		t.Errorf("the zero endpoint has the URL %q, want none", got)
	}
}

func TestPlaintextStaysOnThisMachine(t *testing.T) {
	tests := []struct {
		raw      string
		loopback bool
		safe     bool
	}{
		{"http://localhost", true, true},
		{"http://a.b.localhost", false, false},
		{"http://LOCALHOST.", true, true},
		{"http://localhost.localdomain", false, false},
		{"https://a.localhost", false, true},
		{"http://0x7f.1", false, false},
		{"http://2130706433", false, false},
		{"http://127.0.0.1", true, true},
		{"http://127.255.0.9", true, true},
		{"http://[::1]", true, true},
		{"http://[::ffff:127.0.0.1]", true, true},
		{"https://localhost", true, true},
		{"https://x.org", false, true},
		{"http://x.org", false, false},
		{"http://notlocalhost", false, false},
		{"http://localhost.org", false, false},
		{"http://127.0.0.1.org", false, false},
		{"http://127.1", false, false},
		{"http://0.0.0.0", false, false},
		{"http://192.168.0.1", false, false},
		{"http://[::2]", false, false},
	}
	for _, tt := range tests {
		e := mustParse(t, tt.raw)
		if e.Loopback() != tt.loopback {
			t.Errorf("%s: loopback is %v, want %v", tt.raw, e.Loopback(), tt.loopback)
		}
		err := e.CheckPlaintext()
		if safe := err == nil; safe != tt.safe {
			t.Errorf("%s: got %v, want safe = %v", tt.raw, err, tt.safe)
		}
		if err != nil && !strings.Contains(err.Error(), "--insecure-http") {
			t.Errorf("%s: error %q does not name --insecure-http", tt.raw, err)
		}
	}
}

func TestAuthServerFor(t *testing.T) {
	tests := []struct{ api, auth string }{
		{"https://api.dnanexus.com", "https://auth.dnanexus.com"},
		{"https://stagingapi.dnanexus.com", "https://stagingauth.dnanexus.com"},
		{"https://api.cn.dnanexus.com", "https://auth.cn.dnanexus.com:8001"},
		{"https://stagingapi.cn.dnanexus.com", "https://stagingauth.cn.dnanexus.com:7001"},
		{"https://api.dnanexus.com.example.org", "https://api.dnanexus.com.example.org"},
		{"http://localhost:8080", "http://localhost:8080"},
		{"https://lab.org", "https://lab.org"},
	}
	for _, tt := range tests {
		if api := APIServerFor(mustParse(t, tt.auth)); api != mustParse(t, tt.api) {
			t.Errorf("the API server of %s is %s, want %s", tt.auth, api.URL(), tt.api)
		}
		auth := AuthServerFor(mustParse(t, tt.api))
		if auth.URL() != tt.auth {
			t.Errorf("%s: got %s, want %s", tt.api, auth.URL(), tt.auth)
		}
		if again := mustParse(t, auth.URL()); again != auth {
			t.Errorf("%s: %s is not in normal form", tt.api, auth.URL())
		}
	}
}

func TestDefaultServerIsInNormalForm(t *testing.T) {
	if got := mustParse(t, DefaultServer).URL(); got != DefaultServer {
		t.Errorf("got %s, want %s", got, DefaultServer)
	}
}

func mustParse(t *testing.T, raw string) Endpoint {
	t.Helper()
	e, err := ParseEndpoint(raw)
	if err != nil {
		t.Fatalf("%s: %v", strconv.Quote(raw), err)
	}
	return e
}
