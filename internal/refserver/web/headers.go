package web

import (
	"net/http"

	"github.com/dxauth/dxauth/internal/refserver/httpkit"
)

// SafeHeaders sets the headers of every response: it is not cached, sniffed or framed,
// shares nothing with the windows and pages of other sites, uses nothing of the
// device, and its address is not sent to other sites. With TLS, browsers use the host
// with TLS only from then on, unless other servers of it may have none: if it is
// localhost, or if this server is below a path.
func (b BasePath) SafeHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Cache-Control", "no-store")
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		header.Set("Cross-Origin-Opener-Policy", "same-origin")
		header.Set("Cross-Origin-Resource-Policy", "same-origin")
		header.Set("Permissions-Policy", "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()")
		if b == "" && httpkit.InfoOf(r.Context()).Secure && !httpkit.IsLocalhost(r.Host) {
			header.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// ClearSite makes browsers forget what they hold of this site. It leaves cookies
// alone: they belong to the host, and other servers of it may have some. Those below
// other paths may have the rest, too.
func (b BasePath) ClearSite(header http.Header) {
	if b == "" {
		header.Set("Clear-Site-Data", `"cache", "storage"`)
	}
}
