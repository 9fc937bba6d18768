package web_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/httpkit"
	"github.com/dxauth/dxauth/internal/refserver/web"
)

// S-45: every response has these headers, and with TLS one more, except on localhost.
func TestSafeHeaders(t *testing.T) {
	for address, transport := range map[string]string{
		"http://192.0.2.7/":        "",
		"http://localhost/":        "",
		"https://localhost:8443/":  "",
		"https://192.0.2.7/":       "max-age=31536000",
		"https://lab.example.org/": "max-age=31536000",
	} {
		recorder := httptest.NewRecorder()
		handler := httpkit.Identify(web.BasePath("").SafeHeaders(http.NotFoundHandler()), time.Now, nil)
		handler.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, address, nil))
		for name, want := range map[string]string{
			"Cache-Control":                "no-store",
			"X-Content-Type-Options":       "nosniff",
			"Referrer-Policy":              "no-referrer",
			"Content-Security-Policy":      "default-src 'none'; frame-ancestors 'none'",
			"Cross-Origin-Opener-Policy":   "same-origin",
			"Cross-Origin-Resource-Policy": "same-origin",
			"Permissions-Policy":           "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
			"Strict-Transport-Security":    transport,
		} {
			if got := recorder.Header().Get(name); got != want {
				t.Errorf("%s has %s: %q, want %q", address, name, got, want)
			}
		}
	}
}
