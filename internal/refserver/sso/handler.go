package sso

import (
	"embed"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/idtoken"
	"github.com/dxauth/dxauth/internal/refserver/keylock"
	"github.com/dxauth/dxauth/internal/refserver/service/linking"
	"github.com/dxauth/dxauth/internal/refserver/web"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
)

//go:embed templates/*.html
var files embed.FS

// Settings describe the relying party of a server.
type Settings struct {
	Providers []Provider
	Linking   *linking.Service
	Pages     *browser.Pages
	BasePath  web.BasePath
	URL       string // of the server, to which providers send browsers back; empty: as the browser reached it
	Now       func() time.Time
	Random    io.Reader // fit for secrets
	Log       *slog.Logger
}

// Handler serves the pages under /sso/.
type Handler struct {
	linking   *linking.Service
	pages     *browser.Pages
	base      web.BasePath
	url       string
	now       func() time.Time
	random    io.Reader
	log       *slog.Logger
	providers map[string]*provider // by name
	exchanges *keylock.Locks       // by provider
	networks  *keylock.Locks       // by the network that the browser is in
	templates map[string]*browser.Template
	handler   http.Handler
}

// provider is a provider with what is known of it.
type provider struct {
	Provider
	issuer *idtoken.Issuer
}

// New returns the handler. It returns an error for a provider whose settings are not
// valid. It asks no provider.
func New(s Settings) (*Handler, error) {
	h := &Handler{
		linking: s.Linking, pages: s.Pages, base: s.BasePath, url: s.URL, now: s.Now, random: s.Random, log: s.Log,
		providers: map[string]*provider{}, exchanges: keylock.New(exchangesAtOnce()), networks: keylock.New(exchangesOfANetwork()), templates: map[string]*browser.Template{},
	}
	for _, p := range s.Providers {
		if err := p.check(); err != nil {
			return nil, fmt.Errorf("provider %s: %w", p.Name, err)
		}
		issuer, err := idtoken.New(idtoken.Config{Issuer: p.Issuer, Hosts: p.Hosts, Roots: p.Roots, Now: s.Now})
		if err != nil {
			return nil, fmt.Errorf("provider %s: %w", p.Name, err)
		}
		h.providers[p.Name] = &provider{p, issuer}
	}
	for _, name := range []string{"leave", "confirm", "link", "own", "attach", "refused"} {
		h.templates[name] = s.Pages.Template(files, "templates/"+name+".html")
	}
	h.handler = s.Pages.Serve(h.rows())
	return h, nil
}

// exchangesAtOnce bounds the calls to one provider, each of which anybody can cause.
func exchangesAtOnce() keylock.Limits {
	return keylock.Limits{Slots: 8, Waiting: 32, Wait: 5 * time.Second}
}

// exchangesOfANetwork bounds the share of one network in these calls, so that users of
// others sign in nevertheless.
func exchangesOfANetwork() keylock.Limits {
	return keylock.Limits{Slots: 2, Waiting: 16, Wait: 5 * time.Second}
}

// ServeHTTP serves a page.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.handler.ServeHTTP(w, r) }

// rows returns the table of all pages and forms.
func (h *Handler) rows() []browser.Row {
	return []browser.Row{
		{Pattern: "POST /sso/{name}/start", Who: browser.Anyone, Handle: h.start},
		{Pattern: "GET /sso/callback/{name}", Who: browser.Anyone, Handle: h.during(textNotBegun, h.callback)},
		{Pattern: "GET /sso/confirm/{name}", Who: browser.Anyone, Handle: h.during(textTooLong, h.confirm)},
		{Pattern: "POST /sso/{name}/continue", Who: browser.Anyone, Handle: h.during(textTooLong, h.signIn)},
		{Pattern: "POST /sso/{name}/link", Who: browser.Anyone, Handle: h.during(textTooLong, h.link)},
		{Pattern: "GET /sso/own/{name}/begin", Who: browser.SignedInRecently, Handle: h.ownPage},
		{Pattern: "POST /sso/own/{name}/begin", Who: browser.SignedInRecently, Handle: h.startOwn},
		{Pattern: "GET /sso/own/{name}/attach", Who: browser.SignedIn, Handle: h.toIdentities},
		{Pattern: "POST /sso/own/{name}/attach", Who: browser.SignedIn, Handle: h.during(textTooLong, h.attach)},
	}
}

// What a page says without a sign-in in progress.
const (
	textNotBegun = "This sign-in did not begin in this browser, or it took too long."
	textTooLong  = "The sign-in took too long."
)

// during returns the page of a step of a sign-in, which the cookie of the browser
// describes. Without one, the page says a text and where to start again.
func (h *Handler) during(otherwise string, step func(http.ResponseWriter, *http.Request, browser.Visitor, *provider, attempt)) func(http.ResponseWriter, *http.Request, browser.Visitor) {
	return func(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
		p, found := h.find(w, r, v)
		if !found {
			return
		}
		a, found := h.readAttempt(r, p.Name)
		if !found {
			h.startAgain(w, r, otherwise)
			return
		}
		step(w, r, v, p, a)
	}
}

// Buttons returns the buttons of the sign-in page.
func Buttons(providers []Provider) func() []browser.Provider {
	buttons := make([]browser.Provider, len(providers))
	for i, p := range providers {
		buttons[i] = browser.Provider{Name: p.Name, Title: p.Title, Start: "/sso/" + p.Name + "/start"}
	}
	return func() []browser.Provider { return buttons }
}

// LinkingProviders returns what package linking needs of the providers of a server.
func LinkingProviders(providers []Provider, factors identity.FactorMode) []linking.Provider {
	list := make([]linking.Provider, len(providers))
	for i, p := range providers {
		list[i] = linking.Provider{Name: p.Name, Issuer: p.Issuer, Rules: p.rules(factors)}
	}
	return list
}

// find returns the provider of the path, or shows that there is none.
func (h *Handler) find(w http.ResponseWriter, r *http.Request, v browser.Visitor) (*provider, bool) {
	p, found := h.providers[r.PathValue("name")]
	if !found {
		h.pages.Refuse(w, r, v, errNoProvider)
	}
	return p, found
}

// redirectURI returns the address to which a provider sends browsers back. It is another
// one for each provider, so that none can pass off its response as that of another (RFC
// 9700, section 4.4.2).
func (h *Handler) redirectURI(r *http.Request, name string) string {
	return web.Address{BasePath: h.base, URL: h.url}.For(r) + "/sso/callback/" + name
}

// show renders a page of this package.
func (h *Handler) show(w http.ResponseWriter, r *http.Request, status int, name string, page browser.Page) {
	page.Content = h.templates[name]
	h.pages.Render(w, r, status, page)
}
