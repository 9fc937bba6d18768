// Package molgenis speaks the protocols of MOLGENIS for the reference server: the
// REST API and the forms of the classic generation, and the GraphQL API of EMX2.
// It reads a request, calls package service and writes the answer; accounts,
// tokens, waits and the audit log are those of the DNAnexus protocol, too.
//
// It promises that unmodified clients notice no difference in what they read:
// the routes with and without a slash at the end, the fields, the statuses and
// the shape of every error. A POST is never redirected, except where classic
// answers a form so. No route can be called that is not in the table of
// [Handler.Routes], and no operation that is not in that of [Handler.Operations];
// each row says who may call it.
//
// Where the platform is weaker than our own rules, ours hold; docs/protocol.md
// lists those places. Rules are not decided here.
package molgenis

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/dxauth/dxauth/internal/refserver/httpkit"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/web"
	wire "github.com/dxauth/dxauth/pkg/molgenis"
)

// Handler answers the routes of MOLGENIS.
type Handler struct {
	service    *service.Service
	log        *slog.Logger
	routes     []Route
	operations []Operation
	crossSite  web.CrossSite
}

// New returns the handler of a service.
func New(d *service.Service, log *slog.Logger) *Handler {
	handler := &Handler{service: d, log: log, crossSite: web.NewCrossSite()}
	handler.routes, handler.operations = handler.Routes(), handler.Operations()
	return handler
}

// Route is one method of a path. A pattern is a path, in which "*" stands for
// one part.
type Route struct {
	Method, Pattern string
	Access          web.Access
	handle          handler
}

// changes reports whether calling a route changes something. Some of the platform
// do that by GET, and codes that can be read once are gone after it.
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

// call is one request on its way through the handler.
type call struct {
	ctx    context.Context
	parts  []string   // what stands in the place of each "*"
	query  url.Values // of the path
	header http.Header
	body   body
	caller service.Caller
	origin service.Origin

	cookie   web.Cookie // of a session, or of a partial sign-in
	byCookie bool       // no token was sent
	ticket   ticket     // of a partial sign-in, in place of the caller
}

// signedIn reports whether a route was called with a good credential.
func (c call) signedIn() bool { return c.caller.User.ID != "" }

// handler answers a call, or refuses it with an error to translate.
type handler func(call) (answer, error)

// ServeHTTP answers a request of the classic generation.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer, err := h.answer(w, r)
	if away, ok := errors.AsType[*redirectError](err); ok {
		answer, err = redirect(away.location), nil
	}
	if err != nil {
		h.refuse(w, r, err)
		return
	}
	answer.write(w)
}

func (h *Handler) answer(w http.ResponseWriter, r *http.Request) (answer, error) {
	body, err := readBody(w, r)
	if err != nil {
		return answer{}, err
	}
	query, err := readQuery(r.URL.RawQuery)
	if err != nil {
		return answer{}, err
	}
	route, parts, err := h.find(tunnelled(r.Method, query, body), r.URL.Path)
	if err != nil {
		return answer{}, err
	}
	if r.Method == http.MethodHead && route.changes(query) {
		return answer{}, wrongMethod(r.Method, r.URL.Path, route.Method)
	}
	info := httpkit.InfoOf(r.Context())
	c := call{
		ctx: r.Context(), parts: parts, query: query, header: r.Header, body: body,
		origin: service.Origin{Address: info.Address, UserAgent: info.UserAgent, RequestID: info.RequestID},
	}
	c.cookie = web.CookieOf(r, sessionCookie)
	if err := h.authenticate(&c, route.Access); err != nil {
		return answer{}, err
	}
	if err := h.checkOrigin(r, route, c); err != nil {
		return answer{}, err
	}
	return route.handle(c)
}

// find looks for the route of a path, with or without slashes at its end. Where
// only the method is wrong it says so.
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
	refused := refusalf(http.StatusMethodNotAllowed, "%s is not a method of %s", method, path)
	slices.Sort(allowed)
	refused.allow = strings.Join(slices.Compact(allowed), ", ")
	return refused
}

// match returns what stands in the place of each "*" of a pattern.
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

// tunnelled returns the method that a POST stands for: some clients send no
// other, and name it in the query or in a form.
func tunnelled(method string, query url.Values, body body) string {
	if method != http.MethodPost {
		return method
	}
	for _, name := range []string{query.Get("_method"), body.form.Get("_method")} {
		switch meant := strings.ToUpper(name); meant {
		case http.MethodPut, http.MethodDelete:
			return meant
		}
	}
	return method
}
