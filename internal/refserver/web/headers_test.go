package web_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver/web"
)

func TestSafeHeaders(t *testing.T) {
	recorder := httptest.NewRecorder()
	web.SafeHeaders(http.NotFoundHandler()).ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/", nil))
	for name, want := range map[string]string{
		"Cache-Control":           "no-store",
		"X-Content-Type-Options":  "nosniff",
		"Referrer-Policy":         "no-referrer",
		"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
	} {
		if got := recorder.Header().Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
