package httpkit

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"testing"
)

// A header says whether a request came over TLS only if a trusted proxy sent it.
func TestSecure(t *testing.T) {
	for name, c := range map[string]struct {
		peer, proto string
		tls         bool
		want        bool
	}{
		"plain":               {"192.0.2.1:1", "", false, false},
		"TLS":                 {"192.0.2.1:1", "", true, true},
		"a spoofed header":    {"192.0.2.1:1", "https", false, false},
		"a known proxy":       {"10.0.0.1:1", "https", false, true},
		"a known plain proxy": {"10.0.0.1:1", "http", false, false},
		"a silent proxy":      {"10.0.0.1:1", "", false, false},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = c.peer
		r.Header.Set("X-Forwarded-Proto", c.proto)
		if c.tls {
			r.TLS = &tls.ConnectionState{}
		}
		if info, _ := infoFor(t, r, "10.0.0.0/8"); info.Secure != c.want {
			t.Errorf("%s: %v", name, info.Secure)
		}
	}
}
