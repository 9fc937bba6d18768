package refserver

import (
	"io"
	"net/http"
	"path"

	"github.com/dxauth/dxauth/internal/refserver/dnanexus"
	"github.com/dxauth/dxauth/internal/refserver/domain"
)

// Path says who owns a path on the one listener. Patterns are those of
// http.ServeMux.
type Path struct {
	Pattern string
	Methods string // for people and tests; the owner refuses the others
	Content string // of a request
	Owner   string
	handler http.Handler
}

// paths is the whole table. Everything without a line of its own belongs to the
// DNAnexus face, which answers /RESOURCE/METHOD and refuses the rest in the
// platform's way.
func paths(d *domain.Domain, face *dnanexus.Face) []Path {
	return []Path{
		{"/", "POST, OPTIONS", "application/json", "dnanexus", face},
		{"GET /.well-known/dxauth", "GET", "", "server", http.HandlerFunc(discover)},
		{"GET /healthz", "GET", "", "server", http.HandlerFunc(healthy)},
		{"GET /readyz", "GET", "", "server", ready(d)},
		{"POST /oauth2/token", "POST", "application/x-www-form-urlencoded", "oauth", http.HandlerFunc(refuseOAuthToken)},
	}
}

func router(d *domain.Domain, face *dnanexus.Face) http.Handler {
	mux := http.NewServeMux()
	for _, p := range paths(d, face) {
		mux.Handle(p.Pattern, p.handler)
	}
	return verbatim(mux, face)
}

// verbatim keeps the mux from redirecting a path that it would write
// differently: clients of these protocols do not expect to be redirected. No
// path of the table is written so, and the face refuses it.
func verbatim(mux *http.ServeMux, face *dnanexus.Face) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isClean(r.URL.Path) {
			face.ServeHTTP(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// isClean reports whether a path has neither empty parts nor dots.
func isClean(p string) bool {
	clean := path.Clean(p)
	return p == clean || p == clean+"/" && clean != "/"
}

func discover(w http.ResponseWriter, _ *http.Request) {
	writeValue(w, Discovery{Type: "dnanexus", Versions: []string{"1.0.0"}, Capabilities: []string{"idle-timeout", "sessions", "two-factor"}})
}

func healthy(w http.ResponseWriter, _ *http.Request) {
	_, _ = io.WriteString(w, "ok\n")
}
