// Package oauth is the authorization server of programs that have no password of their
// user: the dxauth command, and what exchanges the ID token of a CI job.
//
// It promises that a user sees which program asks, from where, and for which account, and
// clicks, before it gets anything; that a code is sent to the user's own machine only, and
// is of no use without the proof key of the program that asked; that every refusal has the
// form of RFC 6749, section 5.2; and that nothing that is reached by GET changes anything.
//
// It implements RFC 6749 (one grant of its own and those below), 7636 (proof keys), 8252
// (native programs), 8628 (devices), 7009 (revocation), 8414 (metadata) and 9207 (the
// issuer in responses). There are no client secrets, refresh tokens or scopes. Sessions are
// made by package grants; the pages are in the layout of package browser.
package oauth

import (
	"context"
	"embed"
	"log/slog"
	"net/http"
	"net/url"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/httpkit"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/service/grants"
	"github.com/dxauth/dxauth/internal/refserver/web"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
	wire "github.com/dxauth/dxauth/pkg/oauth"
)

// Paths of the endpoints, besides wire.RouteMetadata.
const (
	PathAuthorize           = "/oauth2/authorize"
	PathToken               = "/oauth2/token"
	PathDeviceAuthorization = "/oauth2/device_authorization"
	PathDevice              = "/oauth2/device"
	PathRevoke              = "/oauth2/revoke"
)

// Exchange is a request for a token in exchange for one of another issuer (RFC 8693).
type Exchange struct {
	Form   url.Values // each parameter once, but resource and audience
	Origin service.Origin
}

// Config describes the authorization server.
type Config struct {
	Grants   *grants.Service
	Pages    *browser.Pages
	Address  web.Address
	Log      *slog.Logger
	Protocol access.Protocol // of the sessions that programs get

	// Exchange makes the token for an exchange; nil: exchanges are not offered. Its errors
	// may be those of package wire, or refusals.
	Exchange func(context.Context, Exchange) (wire.TokenResponse, error)
}

// Handler serves the endpoints.
type Handler struct {
	grants    *grants.Service
	pages     *browser.Pages
	address   web.Address
	log       *slog.Logger
	protocol  access.Protocol
	exchange  func(context.Context, Exchange) (wire.TokenResponse, error)
	templates map[string]*browser.Template
	endpoints map[string]http.Handler
}

//go:embed templates/*.html
var files embed.FS

// New returns the handler of an authorization server.
func New(c Config) *Handler {
	h := &Handler{
		grants: c.Grants, pages: c.Pages, address: c.Address, log: c.Log, protocol: c.Protocol, exchange: c.Exchange,
		templates: map[string]*browser.Template{},
	}
	for _, name := range []string{"consent", "code", "approve", "done"} {
		h.templates[name] = c.Pages.Template(files, "templates/"+name+".html")
	}
	pages := c.Pages.Serve(h.Rows())
	h.endpoints = map[string]http.Handler{
		wire.RouteMetadata:      http.HandlerFunc(h.metadata),
		PathAuthorize:           h.checkFirst(pages),
		PathDevice:              pages,
		PathToken:               h.endpoint(h.tokenForm(), h.token),
		PathDeviceAuthorization: h.endpoint(httpkit.MaxAnonymousBody, h.deviceAuthorization),
		PathRevoke:              h.endpoint(httpkit.MaxAnonymousBody, h.revoke),
	}
	return h
}

// Rows returns the table of all pages and their forms.
func (h *Handler) Rows() []browser.Row {
	return []browser.Row{
		{Pattern: "GET " + PathAuthorize, Who: browser.SignedInRecently, Handle: h.consentPage},
		{Pattern: "POST " + PathAuthorize, Who: browser.SignedInRecently, Handle: h.consent},
		{Pattern: "GET " + PathDevice, Who: browser.SignedInRecently, Handle: h.codePage},
		{Pattern: "POST " + PathDevice, Who: browser.SignedInRecently, Handle: h.decide},
	}
}

// ServeHTTP serves an endpoint.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if endpoint, known := h.endpoints[r.URL.Path]; known {
		endpoint.ServeHTTP(w, r)
		return
	}
	writeError(w, &wire.Error{Code: errInvalidRequest, Description: "there is no such endpoint", Status: http.StatusNotFound})
}

// originOf returns where a request of a program comes from.
func (h *Handler) originOf(r *http.Request) service.Origin {
	info := httpkit.InfoOf(r.Context())
	return service.Origin{Address: info.Address, UserAgent: info.UserAgent, RequestID: info.RequestID, Protocol: h.protocol}
}

// show sends a page with a template of this package.
func (h *Handler) show(w http.ResponseWriter, r *http.Request, v browser.Visitor, status int, name, title string, data any, targets ...string) {
	h.pages.Render(w, r, status, browser.Page{Title: title, Content: h.templates[name], Data: data, Visitor: v, FormTargets: targets})
}
