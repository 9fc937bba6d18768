// Package molgenis speaks the protocols of MOLGENIS for the reference server:
// the REST API and the forms of the classic generation, and the GraphQL API of
// EMX2. It reads a request, calls package service and writes the response.
// Accounts, tokens, rate limits and the audit log are shared with the DNAnexus
// protocol.
//
// It promises that unmodified clients see no difference: routes with and without
// a slash at the end, fields, statuses and the shape of every error. A POST is
// redirected only where classic redirects it after a form. A route must be in
// the table of [Handler.Routes], an operation in that of [Handler.Operations];
// each row says who may call it.
//
// If the platform is weaker than our own rules, our rules apply;
// docs/protocol.md lists these cases. This package decides no rules itself.
package molgenis

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/httpkit"
	"github.com/dxauth/dxauth/internal/refserver/molgenis/failure"
	"github.com/dxauth/dxauth/internal/refserver/places"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/web"
	wire "github.com/dxauth/dxauth/pkg/molgenis"
)

// Protocol is the name of the protocols of both generations.
const Protocol access.Protocol = "molgenis"

// Handler serves the routes of MOLGENIS.
type Handler struct {
	service    *service.Service
	log        *slog.Logger
	base       web.BasePath
	routes     []Route
	operations []Operation
	places     *places.Places[service.TokenPlace] // in lists of tokens
}

// New returns a handler over a service. It gets requests without the base path.
func New(d *service.Service, log *slog.Logger, base web.BasePath) *Handler {
	handler := &Handler{service: d, log: log, base: base, places: places.New[service.TokenPlace]()}
	handler.routes, handler.operations = handler.Routes(), handler.Operations()
	return handler
}

// Route is a method of a path. In a pattern, "*" stands for one part of the
// path.
type Route struct {
	Method, Pattern string
	Access          web.Access
	handle          handler
}

// changes reports whether a route changes something. Some routes of the platform
// do so on GET, and showing recovery codes once removes them.
func (r Route) changes(query url.Values) bool {
	switch r.Pattern {
	case wire.RouteLogout, wire.RouteFormLogout, wire.RouteTwoFactorActivation, wire.RouteRecoveryCodes, wire.RouteGenerateRecoveryCodes:
		return true
	case pathAccount:
		return query.Has(showCodes)
	default:
		return r.Method != http.MethodGet
	}
}

// call is a request in progress.
type call struct {
	ctx    context.Context
	parts  []string   // the parts for each "*" of the pattern
	query  url.Values // parameters of the URL
	header http.Header
	body   body
	caller service.Caller
	origin service.Origin

	cookie   web.Cookie // holds a session or a partial sign-in
	byCookie bool       // no token was sent
	ticket   ticket     // a partial sign-in, instead of the caller
}

// signedIn reports whether the call has a credential that works.
func (c call) signedIn() bool { return c.caller.User.ID != "" }

// handler returns the response to a call, or returns an error to be translated.
type handler func(call) (response, error)

// ServeHTTP serves a request of the classic generation.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	result, err := h.respond(w, r)
	if away, ok := errors.AsType[*redirectError](err); ok {
		result, err = redirect(away.location), nil
	}
	if err != nil {
		h.refuse(w, r, err)
		return
	}
	result.write(w, h.base)
}

func (h *Handler) respond(w http.ResponseWriter, r *http.Request) (response, error) {
	body, err := readBody(w, r)
	if err != nil {
		return response{}, err
	}
	query, err := readQuery(r.URL.RawQuery)
	if err != nil {
		return response{}, err
	}
	route, parts, err := h.find(tunnelled(r.Method, query, body), r.URL.Path)
	if err != nil {
		return response{}, err
	}
	httpkit.NoteRoute(r.Context(), route.Pattern)
	if r.Method == http.MethodHead && route.changes(query) {
		return response{}, wrongMethod(r.Method, r.URL.Path, route.Method)
	}
	info := httpkit.InfoOf(r.Context())
	c := call{
		ctx: r.Context(), parts: parts, query: query, header: r.Header, body: body,
		origin: service.Origin{Address: info.Address, UserAgent: info.UserAgent, RequestID: info.RequestID, Protocol: Protocol},
	}
	c.cookie = h.base.CookieOf(r, sessionCookie)
	if err := h.authenticate(&c, route.Access); err != nil {
		return response{}, err
	}
	running, end, err := h.service.Begin(c.ctx, c.caller)
	if err != nil {
		return response{}, err
	}
	defer end()
	c.ctx = running
	return route.handle(c)
}

// find returns the route of a path, with or without slashes at its end. If only
// the method is wrong, the error says so.
func (h *Handler) find(method, path string) (Route, []string, error) {
	var allowed []string
	for _, route := range h.routes {
		parts, fits := match(route.Pattern, path)
		switch {
		case !fits:
		case route.Access != web.Nobody && (route.Method == method || route.Method == http.MethodGet && method == http.MethodHead):
			return route, parts, nil
		default:
			allowed = append(allowed, route.Method)
		}
	}
	if allowed == nil {
		return Route{}, nil, nothingAt(path)
	}
	return Route{}, nil, wrongMethod(method, path, allowed...)
}

func wrongMethod(method, path string, allowed ...string) error {
	refused := failure.New(http.StatusMethodNotAllowed, "%s is not a method of %s", method, path)
	slices.Sort(allowed)
	refused.Allow = strings.Join(slices.Compact(allowed), ", ")
	return refused
}

// match returns the parts of a path for each "*" of a pattern.
func match(pattern, path string) (parts []string, fits bool) {
	wanted := strings.Split(strings.TrimRight(pattern, "/"), "/")
	given := strings.Split(strings.TrimRight(path, "/"), "/")
	if len(wanted) != len(given) {
		return nil, false
	}
	for i, part := range given {
		switch {
		case wanted[i] == "*" && part != "":
			parts = append(parts, part)
		case wanted[i] != part:
			return nil, false
		}
	}
	return parts, true
}

// tunnelled returns the method that a POST stands for. Clients that can send
// only GET and POST name it in the query or in a form.
func tunnelled(method string, query url.Values, body body) string {
	if method != http.MethodPost {
		return method
	}
	for _, name := range []string{query.Get("_method"), body.form.Get("_method")} {
		switch named := strings.ToUpper(name); named {
		case http.MethodPut, http.MethodDelete:
			return named
		}
	}
	return method
}
