package web

import (
	"maps"
	"net/http"

	"github.com/dxauth/dxauth/internal/refserver/httpkit"
)

// SafeHeaders sets the headers of every response: it is not cached, sniffed or framed,
// shares nothing with the windows and pages of other sites, uses nothing of the
// device, and its address is not sent to other sites. With TLS, browsers use the host
// with TLS only from then on, unless other servers of it may have none: if it is
// localhost, or if this server is below a path.
func (b BasePath) SafeHeaders(next http.Handler) http.Handler {
	always := http.Header{ // its lists are shared: Set and Add copy them
		"Cache-Control":                {"no-store"},
		"X-Content-Type-Options":       {"nosniff"},
		"Referrer-Policy":              {"no-referrer"},
		"Content-Security-Policy":      {"default-src 'none'; frame-ancestors 'none'"},
		"Cross-Origin-Opener-Policy":   {"same-origin"},
		"Cross-Origin-Resource-Policy": {"same-origin"},
		"Permissions-Policy":           {"camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"},
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		maps.Copy(header, always)
		if b == "" && httpkit.InfoOf(r.Context()).Secure && !httpkit.IsLocalhost(r.Host) {
			header.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// ClearSite makes browsers forget what they hold of this site. It leaves cookies
// alone: they belong to the host, and other servers of it may have some. Those below
// other paths may have stored data, too, so that is left alone there. What is cached,
// which includes the pages behind the button back, they only load again.
func (b BasePath) ClearSite(header http.Header) {
	if b == "" {
		header.Set("Clear-Site-Data", `"cache", "storage"`)
		return
	}
	header.Set("Clear-Site-Data", `"cache"`)
}
