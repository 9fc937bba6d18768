// Package dnanexus implements the DNAnexus protocol of the reference server. It
// decodes a request, calls package service and encodes the result in the
// platform's terms.
//
// It promises that unmodified clients notice no difference in what they read:
// routes, fields, headers, and the error envelope with its types, texts and
// statuses. Only routes in the table of [Handler.Routes] can be called, and each
// says who may call it. A wrong password or a lockout never gets status 429 or
// 503, because clients repeat such requests forever.
//
// It makes no rules; they belong in identity, access or directory.
package dnanexus

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"reflect"
	"strings"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/budget"
	"github.com/dxauth/dxauth/internal/refserver/httpkit"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/service/linking"
	"github.com/dxauth/dxauth/internal/refserver/service/trust"
	"github.com/dxauth/dxauth/internal/refserver/web"
	wire "github.com/dxauth/dxauth/pkg/dnanexus"
)

// Protocol is the name of this protocol.
const Protocol access.Protocol = "dnanexus"

// Extensions are the use cases of dxauth's own routes that are not in package service.
type Extensions struct {
	Trust   *trust.Service
	Linking *linking.Service
}

// Handler serves the DNAnexus routes.
type Handler struct {
	service *service.Service
	trust   *trust.Service
	linking *linking.Service
	log     *slog.Logger
	routes  map[routeKey]Route
	unknown httpkit.UnknownKeys
}

// New returns the handler that serves the DNAnexus routes with s and its extensions.
func New(s *service.Service, extensions Extensions, log *slog.Logger) *Handler {
	h := &Handler{service: s, trust: extensions.Trust, linking: extensions.Linking, log: log, routes: map[routeKey]Route{}}
	for _, route := range h.Routes() {
		route.pattern = "/" + route.Resource + "/" + route.Method
		h.routes[routeKey{route.Resource, route.Method}] = route
	}
	return h
}

// Route is one method of a resource. The resource of an entity is its class
// followed by "-*".
type Route struct {
	Resource, Method string
	Access           web.Access
	handle           handler
	emptyBody        bool   // an empty body counts as {}
	pattern          string // of its path; set by New
}

type routeKey struct{ resource, method string }

// call is one request being handled.
type call struct {
	ctx    context.Context
	entity string // the ID in the path; empty for system, project/new and the like
	caller service.Caller
	origin service.Origin
	header http.Header
	body   []byte

	noteUnknown func(known reflect.Type) // counts the keys of the body that a type does not have
}

// handler returns a value to encode, or an error to translate.
type handler func(call) (any, error)

// takes returns a handler that decodes the body into the input of f.
func takes[In, Out any](f func(call, In) (Out, error)) handler {
	return func(c call) (any, error) {
		var in In
		if err := httpkit.Decode(c.body, &in); err != nil {
			return nil, err
		}
		c.noteUnknown(reflect.TypeFor[In]())
		return f(c, in)
	}
}

// takesPart is takes for a route of which this server does a part only, so that keys
// which it does not know are as expected.
func takesPart[In, Out any](f func(call, In) (Out, error)) handler {
	handle := takes(f)
	return func(c call) (any, error) {
		c.noteUnknown = func(reflect.Type) {}
		return handle(c)
	}
}

// ServeHTTP serves a request for /RESOURCE/METHOD.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := h.respond(w, r)
	if err != nil {
		h.refuse(w, r, err)
		return
	}
	httpkit.WriteJSON(w, http.StatusOK, body)
}

// respond returns the body of the response. It is encoded before the request ends, because
// that takes long for a list.
func (h *Handler) respond(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	route, entity, known := h.find(r.URL.Path)
	if !known || !route.serves(r) {
		return nil, refusalf(wire.TypeResourceNotFound, "The route %s %s does not exist", r.Method, r.URL.Path)
	}
	httpkit.NoteRoute(r.Context(), route.pattern)
	body, err := httpkit.ReadBody(w, r, httpkit.BodyLimit(r.Header.Get("Authorization") != ""))
	if err != nil {
		return nil, err
	}
	if route.emptyBody && len(body) == 0 {
		body = []byte("{}")
	}
	info := httpkit.InfoOf(r.Context())
	c := call{
		ctx: r.Context(), entity: entity, header: r.Header, body: body,
		origin: service.Origin{Address: info.Address, UserAgent: info.UserAgent, RequestID: info.RequestID, Protocol: Protocol},
	}
	c.noteUnknown = func(known reflect.Type) {
		h.unknown.Note(h.log, route.pattern, body, known)
	}
	if c.caller, err = h.authenticate(c, route.Access, r.Header); err != nil {
		return nil, err
	}
	running, end, err := h.service.Begin(c.ctx, c.caller)
	if err != nil {
		return nil, err
	}
	defer end()
	c.ctx = running
	if route.isList() {
		if _, err := budget.Turn(running); err != nil {
			return nil, err
		}
	}
	result, err := route.handle(c)
	if err != nil {
		return nil, err
	}
	return json.Marshal(result)
}

// Serves reports whether a request is for a route.
func (h *Handler) Serves(r *http.Request) bool {
	route, _, known := h.find(r.URL.Path)
	return known && route.serves(r)
}

func (r Route) serves(request *http.Request) bool {
	return request.Method == http.MethodPost && r.Access != web.Nobody
}

// find returns the route of a path, and the ID of the entity in it.
func (h *Handler) find(path string) (route Route, entity string, known bool) {
	resource, method, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if class := wire.ClassOf(resource); class != "" {
		entity, resource = resource, class+"-*"
	}
	route, known = h.route(resource, method)
	return route, entity, known
}

// IsOpen reports whether a request is for a route that the pages of listed origins
// may call.
func (h *Handler) IsOpen(r *http.Request) bool {
	route, _, known := h.find(r.URL.Path)
	return known && web.IntendedMethod(r) == http.MethodPost && route.isOpen()
}

// isList reports whether a route reads many rows, for which its requests take turns.
func (r Route) isList() bool {
	return strings.HasPrefix(r.Method, "find") || strings.HasPrefix(r.Method, "list")
}

// isOpen reports whether a route serves the pages of listed origins: those that need
// a token, and the one that makes it, but none that changes an account.
func (r Route) isOpen() bool {
	switch r.Resource {
	case "account", "admin", "user":
		return false
	case "user-*":
		return r.Method == "describe"
	case "org-*":
		if strings.Contains(r.Method, "TrustRule") { // may have the password
			return false
		}
	}
	isSignIn := r.Resource == "system" && r.Method == "newAuthToken"
	return isSignIn || r.Access == web.Token || r.Access == web.WholeAccount
}

// route returns the route of a method, or else that for all methods of the resource.
func (h *Handler) route(resource, method string) (route Route, known bool) {
	if route, known = h.routes[routeKey{resource, method}]; !known {
		route, known = h.routes[routeKey{resource, anyMethod}]
	}
	return route, known
}

// authenticate returns the caller if the route asks for one. The token PUBLIC
// counts as no token.
func (h *Handler) authenticate(c call, needs web.Access, header http.Header) (service.Caller, error) {
	if needs == web.Anyone {
		return service.Caller{}, nil
	}
	token, err := httpkit.Bearer(header)
	if err != nil {
		return service.Caller{}, err
	}
	if !token.IsZero() && token.Reveal() != wire.Public {
		return h.service.Authenticate(c.ctx, token, needs.Need(), c.origin)
	}
	if needs.NeedsCredential() {
		return service.Caller{}, web.ErrNotSignedIn
	}
	return service.Caller{}, nil
}

// signedIn reports whether the request has a token.
func (c call) signedIn() bool { return c.caller.User.ID != "" }
