package refserver

import (
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/dxauth/dxauth/internal/refserver/dnanexus"
	"github.com/dxauth/dxauth/internal/refserver/httpkit"
	"github.com/dxauth/dxauth/internal/refserver/molgenis"
	"github.com/dxauth/dxauth/internal/refserver/service"
	wire "github.com/dxauth/dxauth/pkg/dnanexus"
)

// Path says who owns a path on the one listener. In a pattern "*" stands for one
// part, and "/..." at the end for whatever follows, a slash or nothing too.
type Path struct {
	Pattern string
	Methods string // for which it is owned; any: the owner refuses those it does not know
	Content string // of a request
	Owner   string
	handler http.Handler
}

const (
	anyMethod = "any"
	jsonOnly  = "application/json"
	jsonForms = "application/json, forms"
	forms     = "application/x-www-form-urlencoded, multipart/form-data"
)

// faces are the protocols that the server speaks.
type protocols struct {
	dnanexus *dnanexus.Handler
	molgenis *molgenis.Handler
}

func newProtocols(d *service.Service, c Config) protocols {
	return protocols{dnanexus: dnanexus.New(d, c.Log), molgenis: molgenis.New(d, c.Log)}
}

// paths is the whole table; the first line that fits a request counts.
// Everything without a line of its own belongs to the DNAnexus face, which
// answers /RESOURCE/METHOD and refuses the rest in the platform's way.
func paths(d *service.Service, c Config, f protocols) []Path {
	rest := httpkit.Recover(f.molgenis, c.Log, f.molgenis.ServePanic)
	graphQL := httpkit.Recover(http.HandlerFunc(f.molgenis.GraphQL), c.Log, f.molgenis.ServePanic)
	table := []Path{
		{wire.RouteDiscovery, "GET, HEAD", "", "server", discover(c)},
		{"/healthz", "GET, HEAD", "", "server", http.HandlerFunc(healthy)},
		{"/readyz", "GET, HEAD", "", "server", ready(d)},
		{"/oauth2/token", "POST", "application/x-www-form-urlencoded", "oauth", http.HandlerFunc(refuseOAuthToken)},
		{"/api/graphql/...", anyMethod, jsonOnly, "emx2", graphQL},
		{"/apps/*/graphql/...", anyMethod, jsonOnly, "emx2", graphQL},
		{"/*/graphql/...", anyMethod, jsonOnly, "emx2", graphQL},
		{"/api/...", anyMethod, jsonForms, "molgenis", rest},
		{"/app-ui-context/...", anyMethod, "", "molgenis", rest},
		{"/login/...", anyMethod, forms, "molgenis", rest},
		{"/logout/...", anyMethod, forms, "molgenis", rest},
		{"/2fa/...", anyMethod, forms, "molgenis", rest},
		{"/plugin/useraccount/...", anyMethod, forms, "molgenis", rest},
		{"/menu/...", anyMethod, "", "molgenis", rest},
		{"/account/register/...", anyMethod, forms, "molgenis", rest},
		{"/account/activate/...", anyMethod, forms, "molgenis", rest},
		{"/...", anyMethod, jsonOnly, "dnanexus", f.dnanexus},
	}
	if c.Type != TypeDNAnexus {
		table = append([]Path{{"/", "GET, HEAD", "", "molgenis", rest}}, table...)
	}
	return table
}

// route sends each request to its owner. Nothing is redirected: clients of these
// protocols do not expect it. A path with empty parts or dots in it is nobody's,
// and a stranger to it refuses it.
func route(table []Path, stranger http.Handler) http.Handler {
	lines := make([]line, len(table))
	for i, p := range table {
		lines[i] = p.line()
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		owner := stranger
		if isClean(r.URL.Path) {
			parts := strings.Split(r.URL.Path, "/")
			fits := func(l line) bool { return l.owns(r.Method, parts) }
			owner = lines[slices.IndexFunc(lines, fits)].handler // the last line fits always
		}
		owner.ServeHTTP(w, r)
	})
}

// line is a Path in a form that is quick to compare with a request.
type line struct {
	pattern []string // the parts between slashes
	methods []string // none: any
	handler http.Handler
}

func (p Path) line() line {
	l := line{pattern: strings.Split(p.Pattern, "/"), handler: p.handler}
	if p.Methods != anyMethod {
		l.methods = strings.Split(p.Methods, ", ")
	}
	return l
}

// stranger refuses paths that are nobody's, in the words of the platform that the
// client seems to speak to.
func notFound(f protocols) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(path.Clean(r.URL.Path), "/api/") {
			f.molgenis.NotFound(w, r)
			return
		}
		f.dnanexus.ServeHTTP(w, r)
	})
}

func (l line) owns(method string, path []string) bool {
	return (l.methods == nil || slices.Contains(l.methods, method)) && covers(l.pattern, path)
}

// covers reports whether the parts of a path have the form of a pattern.
func covers(pattern, path []string) bool {
	for i, part := range pattern {
		switch {
		case part == "...":
			return true
		case i >= len(path) || part != "*" && part != path[i]:
			return false
		}
	}
	return len(pattern) == len(path)
}

// isClean reports whether a path has neither empty parts nor dots.
func isClean(p string) bool {
	clean := path.Clean(p)
	return p == clean || p == clean+"/" && clean != "/"
}
