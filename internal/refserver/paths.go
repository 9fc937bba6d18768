package refserver

import (
	"context"
	"crypto/rand"
	"net/http"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/console"
	"github.com/dxauth/dxauth/internal/refserver/dnanexus"
	"github.com/dxauth/dxauth/internal/refserver/httpkit"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/molgenis"
	"github.com/dxauth/dxauth/internal/refserver/oauth"
	"github.com/dxauth/dxauth/internal/refserver/outbox"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/service/grants"
	"github.com/dxauth/dxauth/internal/refserver/service/linking"
	"github.com/dxauth/dxauth/internal/refserver/service/mailing"
	"github.com/dxauth/dxauth/internal/refserver/service/signups"
	"github.com/dxauth/dxauth/internal/refserver/sso"
	"github.com/dxauth/dxauth/internal/refserver/web"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
	wire "github.com/dxauth/dxauth/pkg/dnanexus"
	wireoauth "github.com/dxauth/dxauth/pkg/oauth"
)

// Path says which handler serves a path. In a pattern "*" stands for one part, and
// "/..." at the end for anything that follows, a slash or nothing included.
type Path struct {
	Pattern string
	Methods string // that the handler serves; any: it refuses unknown ones itself
	Content string // of a request
	Owner   string
	handler http.Handler
}

// Owners of paths.
const (
	ownerDNAnexus = "dnanexus" // the routes that pages of other origins may call
	ownerConsole  = "console"
	ownerOAuth    = "oauth"
	ownerSSO      = "sso"
)

// ownersOfPages own the pages that users may reach by a link or a redirect of another
// site. What they serve by GET changes nothing.
func ownersOfPages() []string { return []string{ownerConsole, ownerOAuth, ownerSSO} }

const (
	anyMethod = "any"
	anyPath   = "/..."
	jsonOnly  = "application/json"
	jsonForms = "application/json, forms"
	form      = "application/x-www-form-urlencoded"
	forms     = "application/x-www-form-urlencoded, multipart/form-data"
)

// protocols are the handlers of the protocols that the server speaks.
type protocols struct {
	dnanexus *dnanexus.Handler
	molgenis *molgenis.Handler
	pages    *browser.Pages
	console  *console.Console
	oauth    *oauth.Handler
	sso      *sso.Handler
}

func newProtocols(s *service.Service, c Config) (protocols, error) {
	pages, trusts := newPages(s, c), newTrust(s, c)
	links := linking.New(linking.Config{Service: s, Providers: sso.LinkingProviders(c.SSO.Providers, c.TwoFactor), Random: rand.Reader, Mail: c.outbox})
	party, err := sso.New(sso.Settings{
		Providers: c.SSO.Providers, Linking: links, Pages: pages,
		BasePath: c.BasePath, URL: c.URL, Now: c.Now, Random: rand.Reader, Log: c.Log,
	})
	return protocols{
		dnanexus: dnanexus.New(s, dnanexus.Extensions{Trust: trusts, Linking: links}, c.Log), molgenis: molgenis.New(s, c.Log, c.BasePath),
		pages: pages, sso: party,
		console: console.New(console.Config{
			Service: s, Linking: links, Mailing: mailing.New(s, c.outbox), SignUps: signups.New(s, c.outbox, rand.Reader), Trust: trusts, Pages: pages,
		}),
		oauth: oauth.New(oauth.Config{
			Grants: newGrants(s, c), Pages: pages, Address: web.Address{BasePath: c.BasePath, URL: c.URL}, Log: c.Log, Protocol: access.Protocol(ProtocolOf(c.Type)),
			Exchange: exchanger(trusts),
		}),
	}, err
}

// newGrants returns the use cases of programs that users approve.
func newGrants(s *service.Service, c Config) *grants.Service {
	return grants.New(grants.Config{Service: s, Random: rand.Reader, Form: c.tokenForm()})
}

// tokenForm returns the form of tokens that clients of the platform expect.
func (c Config) tokenForm() access.Form {
	if c.Type == TypeDNAnexus {
		return access.Base62
	}
	return access.Hex
}

func newPages(s *service.Service, c Config) *browser.Pages {
	menu := console.Menu
	if c.mailMode() == outbox.Shown {
		menu = console.MenuWithMail
	}
	return browser.New(browser.Config{
		Service: s, BasePath: c.BasePath, Log: c.Log, Key: c.key, Name: c.Name, Menu: menu, SignUp: signUpPath(c),
		Providers: sso.Buttons(c.SSO.Providers),
	})
}

// signUpPath returns the path of the page where users sign up, if the server allows it.
func signUpPath(c Config) string {
	if c.SignUp == identity.SignUpOpen || c.SignUp == identity.SignUpModerated {
		return console.PathSignUp
	}
	return ""
}

// paths returns the table of all paths; the first row that matches a request counts.
// The last row sends everything else to the DNAnexus handler, which serves
// /RESOURCE/METHOD. The rest is refused in the way of the server's type.
func paths(s *service.Service, c Config, p protocols, risks func(context.Context) ([]string, error)) []Path {
	rest := httpkit.Recover(p.molgenis, c.Log, p.molgenis.ServePanic)
	graphQL := httpkit.Recover(http.HandlerFunc(p.molgenis.GraphQL), c.Log, p.molgenis.ServePanic)
	table := []Path{
		{wire.RouteDiscovery, "GET, HEAD", "", "server", discover(c)},
		{"/healthz", "GET, HEAD", "", "server", http.HandlerFunc(healthy)},
		{"/readyz", "GET, HEAD", "", "server", ready(s, risks)},
		{"/console", "GET, HEAD", "", ownerConsole, p.toHome()},
		{browser.PathSignIn + anyPath, anyMethod, form, ownerConsole, p.pages},
		{browser.PathSignOut, anyMethod, form, ownerConsole, p.pages},
		{browser.PathSession, anyMethod, form, ownerConsole, p.pages},
		{browser.PathCodesFile, anyMethod, form, ownerConsole, p.pages},
		{browser.PathStyle, "GET, HEAD", "", ownerConsole, p.pages},
		{browser.PathScript, "GET, HEAD", "", ownerConsole, p.pages},
		{"/console/...", anyMethod, form, ownerConsole, p.console},
		{"/sso/...", anyMethod, form, ownerSSO, p.sso},
		{wireoauth.RouteMetadata, anyMethod, "", ownerOAuth, p.oauth},
		{oauth.PathAuthorize, anyMethod, form, ownerOAuth, p.oauth},
		{oauth.PathDevice, anyMethod, form, ownerOAuth, p.oauth},
		{oauth.PathToken, anyMethod, form, ownerOAuth, p.oauth},
		{oauth.PathDeviceAuthorization, anyMethod, form, ownerOAuth, p.oauth},
		{oauth.PathRevoke, anyMethod, form, ownerOAuth, p.oauth},
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
		{anyPath, anyMethod, jsonOnly, ownerDNAnexus, p.dnanexus},
	}
	if c.Type == TypeDNAnexus {
		return append([]Path{{"/", "GET, HEAD", "", ownerConsole, p.toHome()}}, table...)
	}
	table[len(table)-1].handler = p.dnanexusOr(http.HandlerFunc(p.molgenis.NotFound))
	return append([]Path{{"/", "GET, HEAD", "", "molgenis", rest}}, table...)
}

// toHome leads browsers to the start page.
func (p protocols) toHome() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { p.pages.Redirect(w, browser.PathHome) })
}

// dnanexusOr serves the routes of DNAnexus, and sends everything else to other.
func (p protocols) dnanexusOr(other http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p.dnanexus.Serves(r) {
			p.dnanexus.ServeHTTP(w, r)
			return
		}
		other.ServeHTTP(w, r)
	})
}

// route sends each request to the handler of its path. It does not redirect:
// clients of these protocols do not expect it. A path with empty parts, dots or text
// that is not UTF-8 goes to notFound. A protocol with a table of its own notes its
// row for the log afterwards.
func route(table []Path, notFound http.Handler) http.Handler {
	lines := linesOf(table)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isClean(r.URL.Path) {
			notFound.ServeHTTP(w, r)
			return
		}
		line := lineOf(lines, r.Method, r.URL.Path)
		httpkit.NoteRoute(r.Context(), line.logged)
		line.handler.ServeHTTP(w, r)
	})
}

// lineOf returns the first line that matches a clean path; the last one always does.
func lineOf(lines []line, method, path string) *line {
	parts := strings.Split(path, "/")
	at := 0
	for !lines[at].matches(method, parts) {
		at++
	}
	return &lines[at]
}

// openPaths returns a function that reports whether a request is for a route that
// pages of listed origins may call. Only the DNAnexus handler has some: it knows no
// cookie.
func openPaths(table []Path, p protocols) func(*http.Request) bool {
	lines := linesOf(table)
	return func(r *http.Request) bool {
		return isClean(r.URL.Path) && lineOf(lines, web.IntendedMethod(r), r.URL.Path).owner == ownerDNAnexus && p.dnanexus.IsOpen(r)
	}
}

// linkedPages returns a function that reports whether a request is for a page that
// users may reach by a link of another site.
func linkedPages(table []Path) func(*http.Request) bool {
	lines, owners := linesOf(table), ownersOfPages()
	return func(r *http.Request) bool {
		return isClean(r.URL.Path) && slices.Contains(owners, lineOf(lines, r.Method, r.URL.Path).owner)
	}
}

func linesOf(table []Path) []line {
	lines := make([]line, len(table))
	for i, p := range table {
		lines[i] = p.line()
	}
	return lines
}

// line is a Path in a form that is fast to compare with a request.
type line struct {
	pattern []string // the parts between slashes
	methods []string // none: any
	owner   string
	handler http.Handler
	logged  string
}

func (p Path) line() line {
	l := line{pattern: strings.Split(p.Pattern, "/"), owner: p.Owner, handler: p.handler, logged: p.Pattern}
	if p.Pattern == anyPath {
		l.logged = httpkit.NoRoute
	}
	if p.Methods != anyMethod {
		l.methods = strings.Split(p.Methods, ", ")
	}
	return l
}

// notFound refuses paths that no handler serves, in the protocol that the type of the
// server or the path suggests.
func notFound(p protocols, kind string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if kind != TypeDNAnexus || strings.HasPrefix(path.Clean(r.URL.Path), "/api/") {
			p.molgenis.NotFound(w, r)
			return
		}
		p.dnanexus.ServeHTTP(w, r)
	})
}

func (l line) matches(method string, path []string) bool {
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
	return utf8.ValidString(p) && (p == clean || p == clean+"/" && clean != "/")
}

// outside serves what a server below a path has outside of it: the metadata of its
// authorization server, at the root of the host (RFC 8414, section 3.1).
func (p protocols) outside(base web.BasePath) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == wireoauth.RouteMetadata+string(base) {
			httpkit.NoteRoute(r.Context(), wireoauth.RouteMetadata)
			p.oauth.Metadata().ServeHTTP(w, r)
			return
		}
		p.molgenis.NotFound(w, r)
	})
}
