package httpkit

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/testfuzz"
)

// infoFor runs a request through Identify and returns its Info and the response.
func infoFor(t *testing.T, r *http.Request, proxies ...string) (Info, *http.Response) {
	t.Helper()
	var prefixes []netip.Prefix
	for _, proxy := range proxies {
		prefixes = append(prefixes, netip.MustParsePrefix(proxy))
	}
	var info Info
	handler := Identify(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { info = InfoOf(r.Context()) }),
		func() time.Time { return time.UnixMilli(1579272357810) }, prefixes)
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, r)
	return info, recorder.Result()
}

func TestRequestID(t *testing.T) {
	form := regexp.MustCompile(`^\d{13}-\d{1,6}$`)
	seen := map[string]bool{}
	for range 100 {
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.Header.Set("X-Request-ID", "made-up")
		info, answer := infoFor(t, r)
		if !form.MatchString(info.RequestID) || !strings.HasPrefix(info.RequestID, "1579272357810-") {
			t.Fatalf("the request ID is %s", info.RequestID)
		}
		if got := answer.Header.Get("X-Request-ID"); got != info.RequestID {
			t.Fatalf("the response has %s, the context %s", got, info.RequestID)
		}
		seen[info.RequestID] = true
	}
	if len(seen) < 90 {
		t.Errorf("100 requests of one millisecond have %d different IDs", len(seen))
	}
}

func TestUserAgent(t *testing.T) {
	for said, want := range map[string]string{
		"":                             "",
		"dx/0.400":                     "dx/0.400",
		strings.Repeat("a", 201):       strings.Repeat("a", 200),
		strings.Repeat("a", 199) + "é": strings.Repeat("a", 199), // a character is not cut in two
		"dx\xff/1":                     "dx/1",
	} {
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.Header.Set("User-Agent", said)
		if info, _ := infoFor(t, r); info.UserAgent != want {
			t.Errorf("%q becomes %q", said, info.UserAgent)
		}
	}
}

func TestInfoOfAnUnidentifiedRequest(t *testing.T) {
	if got := InfoOf(t.Context()); got != (Info{}) {
		t.Errorf("got %+v", got)
	}
}

func TestClientAddress(t *testing.T) {
	const here, there = "10.0.0.0/8", "fd00::/8"
	for _, c := range []struct {
		name    string
		proxies []string
		peer    string
		header  []string
		want    string
	}{
		{"no proxies", nil, "192.0.2.1:1234", nil, "192.0.2.1"},
		{"no proxies, a header", nil, "192.0.2.1:1234", []string{"203.0.113.9"}, "192.0.2.1"},
		{"no proxies, IPv6", nil, "[2001:db8::1]:1234", nil, "2001:db8::1"},
		{"no proxies, IPv4 in IPv6", nil, "[::ffff:192.0.2.1]:1234", nil, "192.0.2.1"},
		{"no proxies, a zone", nil, "[fe80::1%eth0]:1234", nil, "fe80::1"},

		{"without the proxy", []string{here}, "192.0.2.1:1234", []string{"203.0.113.9"}, "192.0.2.1"},
		{"a proxy without a header", []string{here}, "10.0.0.1:1234", nil, "10.0.0.1"},
		{"a proxy with an empty header", []string{here}, "10.0.0.1:1234", []string{""}, "10.0.0.1"},
		{"one proxy", []string{here}, "10.0.0.1:1234", []string{"192.0.2.1"}, "192.0.2.1"},
		{"two proxies", []string{here}, "10.0.0.1:1234", []string{"192.0.2.1, 10.0.0.2"}, "192.0.2.1"},
		{"two proxies, two headers", []string{here}, "10.0.0.1:1234", []string{"192.0.2.1", "10.0.0.2"}, "192.0.2.1"},
		{"two networks of proxies", []string{here, there}, "10.0.0.1:1234", []string{"192.0.2.1,fd00::2"}, "192.0.2.1"},
		{"no blanks, many blanks", []string{here}, "10.0.0.1:1234", []string{"203.0.113.9,192.0.2.1,  10.0.0.2 "}, "192.0.2.1"},
		{"IPv6 client", []string{here}, "10.0.0.1:1234", []string{"2001:db8::1"}, "2001:db8::1"},
		{"IPv6 proxy", []string{there}, "[fd00::1]:1234", []string{"2001:db8::1"}, "2001:db8::1"},
		{"IPv4 in IPv6 proxy", []string{here}, "[::ffff:10.0.0.1]:1234", []string{"::ffff:192.0.2.1"}, "192.0.2.1"},
		{"proxies only", []string{here}, "10.0.0.1:1234", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},

		{"a spoofed header", []string{here}, "10.0.0.1:1234", []string{"203.0.113.9, 192.0.2.1"}, "192.0.2.1"},
		{"a spoofed proxy", []string{here}, "10.0.0.1:1234", []string{"203.0.113.9, 10.0.0.9, 192.0.2.1"}, "192.0.2.1"},
		{"a spoofed first header", []string{here}, "10.0.0.1:1234", []string{"203.0.113.9", "192.0.2.1"}, "192.0.2.1"},
		{"garbage", []string{here}, "10.0.0.1:1234", []string{"unknown"}, "10.0.0.1"},
		{"garbage behind a proxy", []string{here}, "10.0.0.1:1234", []string{"203.0.113.9, unknown, 10.0.0.2"}, "10.0.0.2"},
		{"garbage before the client", []string{here}, "10.0.0.1:1234", []string{"unknown, 192.0.2.1"}, "192.0.2.1"},
		{"a zone is dropped", []string{here}, "10.0.0.1:1234", []string{"fe80::1%x\x1b[2J"}, "fe80::1"},
		{"no address at all", nil, "@", nil, "invalid IP"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodPost, "/", nil)
			r.RemoteAddr = c.peer
			r.Header["X-Forwarded-For"] = c.header
			r.Header.Set("X-Real-Ip", "203.0.113.77")
			r.Header.Set("Forwarded", "for=203.0.113.77")
			if info, _ := infoFor(t, r, c.proxies...); info.Address.String() != c.want {
				t.Errorf("got %s, want %s", info.Address, c.want)
			}
		})
	}
}

func FuzzClientAddress(f *testing.F) {
	for _, seed := range []string{"", ",", "192.0.2.1", "a, ::1", "10.0.0.1%z,", "::ffff:10.0.0.1, 10.0.0.2"} {
		testfuzz.Add(f, seed)
	}
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	f.Fuzz(func(t *testing.T, header string) {
		r := &http.Request{RemoteAddr: "192.0.2.1:1", Header: http.Header{"X-Forwarded-For": {header}}}
		if got := clientAddress(r, proxies); got.String() != "192.0.2.1" {
			t.Errorf("the header of an untrusted client makes its address %s", got)
		}
		r.RemoteAddr = "10.0.0.1:1"
		if got := clientAddress(r, proxies); !got.IsValid() {
			t.Errorf("no address")
		}
	})
}

// S-44: a request with the name of another site, as after DNS rebinding, is refused.
func TestAllowHost(t *testing.T) {
	handler := AllowHost(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}),
		[]string{"dx.example.org", "Auth.Example.org", "port.example.org:8443"})
	for host, want := range map[string]int{
		"localhost":                 http.StatusOK,
		"localhost:8080":            http.StatusOK,
		"LocalHost":                 http.StatusOK,
		"localhost.":                http.StatusOK,
		"127.0.0.1":                 http.StatusOK,
		"127.0.0.1:8080":            http.StatusOK,
		"192.0.2.1":                 http.StatusOK,
		"[::1]":                     http.StatusOK,
		"[::1]:8080":                http.StatusOK,
		"dx.example.org":            http.StatusOK,
		"dx.example.org:443":        http.StatusOK,
		"dx.example.org.":           http.StatusOK,
		"dx.example.org.:443":       http.StatusOK,
		"DX.EXAMPLE.ORG":            http.StatusOK,
		"auth.example.org":          http.StatusOK,
		"port.example.org":          http.StatusOK,
		"":                          http.StatusMisdirectedRequest,
		".":                         http.StatusMisdirectedRequest,
		":8080":                     http.StatusMisdirectedRequest,
		"evil.example":              http.StatusMisdirectedRequest,
		"evil.example:8080":         http.StatusMisdirectedRequest,
		"example.org":               http.StatusMisdirectedRequest,
		"www.dx.example.org":        http.StatusMisdirectedRequest,
		"dx.example.org.evil.com":   http.StatusMisdirectedRequest,
		"localhost.evil.example":    http.StatusMisdirectedRequest,
		"127.0.0.1.evil.example":    http.StatusMisdirectedRequest,
		"127.1":                     http.StatusMisdirectedRequest,
		"2130706433":                http.StatusMisdirectedRequest,
		"evil.example@localhost":    http.StatusMisdirectedRequest,
		"localhost:8080:evil":       http.StatusMisdirectedRequest,
		"dx.example.org..":          http.StatusMisdirectedRequest,
		"dx.example.org,evil.com":   http.StatusMisdirectedRequest,
		"dx.example.org\x00.evil":   http.StatusMisdirectedRequest,
		"[dx.example.org].evil.com": http.StatusMisdirectedRequest,
	} {
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.Host = host
		r.Header.Set("X-Forwarded-Host", "localhost")
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, r)
		if recorder.Code != want {
			t.Errorf("%q: status %d, want %d", host, recorder.Code, want)
		}
		if want != http.StatusOK && strings.Contains(recorder.Body.String(), "evil") {
			t.Errorf("%q is in the response", host)
		}
	}
}

func TestWriteJSON(t *testing.T) {
	recorder := httptest.NewRecorder()
	WriteJSON(recorder, http.StatusTeapot, []byte(`{"ü":1}`))
	if recorder.Code != http.StatusTeapot || recorder.Body.String() != `{"ü":1}` {
		t.Errorf("status %d, body %s", recorder.Code, recorder.Body)
	}
	if got := recorder.Header().Get("Content-Type"); got != "application/json; charset=utf-8" {
		t.Errorf("content type %s", got)
	}
	if got := recorder.Header().Get("Content-Length"); got != "8" {
		t.Errorf("content length %s", got)
	}
}
