package molgenis

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/budget"
	"github.com/dxauth/dxauth/internal/refserver/httpkit"
	"github.com/dxauth/dxauth/internal/refserver/molgenis/failure"
	"github.com/dxauth/dxauth/internal/refserver/molgenis/graphql"
	"github.com/dxauth/dxauth/internal/refserver/service"
	wire "github.com/dxauth/dxauth/pkg/molgenis"
	"github.com/dxauth/dxauth/pkg/secret"
)

// GraphQL serves the API of EMX2. Unlike on classic, a cookie has precedence
// over a token, a bad token is an error, and every error except a failure of the
// server has the status 400.
func (h *Handler) GraphQL(w http.ResponseWriter, r *http.Request) {
	result, err := h.graphQL(w, r)
	if err != nil {
		h.refuseGraphQL(w, r, err)
		return
	}
	result.write(w, h.base)
}

// emx2 is a GraphQL request in progress, and what its response needs beside
// data.
type emx2 struct {
	call
	data      map[string]any
	onlyReads bool
	setCookie *http.Cookie // nil if there is none
	signsOut  bool
	wait      int64 // seconds until the server accepts another sign-in

	session *wire.SessionResult // of the caller; nil until a field needs it

	selection *graphql.Selection
}

func (h *Handler) graphQL(w http.ResponseWriter, r *http.Request) (response, error) {
	sent, err := readSent(w, r)
	if err != nil {
		return response{}, err
	}
	info := httpkit.InfoOf(r.Context())
	e := &emx2{data: map[string]any{}, selection: graphql.NewSelection(budget.MaxBytes, typeOf), onlyReads: r.Method != http.MethodPost, call: call{
		ctx: r.Context(), header: r.Header, cookie: h.base.CookieOf(r, sessionCookie),
		origin: service.Origin{Address: info.Address, UserAgent: info.UserAgent, RequestID: info.RequestID, Protocol: Protocol},
	}}
	if err := h.authenticateGraphQL(e); err != nil {
		return response{}, err
	}
	running, end, err := h.service.Begin(e.ctx, e.caller)
	if err != nil {
		return response{}, err
	}
	defer end()
	e.ctx = running
	operation, err := readOperation(r, sent)
	if err != nil {
		return response{}, err
	}
	for _, field := range operation.Fields {
		value, err := h.resolve(e, operation.Kind, field)
		if err != nil {
			return response{}, err
		}
		if e.data[field.Key], err = e.choose(value, field); err != nil {
			return response{}, err
		}
	}
	body, err := json.Marshal(map[string]any{"data": e.data})
	return response{status: http.StatusOK, json: body, cookie: e.setCookie, signsOut: e.signsOut, wait: e.wait}, err
}

// maxAtOnce bounds the cost of a request: each sign-in costs a password hash,
// each token a row.
const maxAtOnce = 20

func needsPost(what string) error {
	refused := failure.New(http.StatusMethodNotAllowed, "%s needs POST", what)
	refused.Allow = http.MethodPost
	return refused
}

// readSent returns the body of a POST. GET has none.
func readSent(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	switch r.Method {
	case http.MethodPost:
		return httpkit.ReadBody(w, r, bodyLimit(r))
	case http.MethodGet, http.MethodHead:
		return nil, nil
	default:
		refused := failure.New(http.StatusMethodNotAllowed, "%s is not a method of GraphQL", r.Method)
		refused.Allow = "GET, POST"
		return nil, refused
	}
}

// readOperation reads the requested operation. A GET must not be a mutation.
func readOperation(r *http.Request, sent []byte) (graphql.Operation, error) {
	in, err := readGraphQL(r, sent)
	if err != nil {
		return graphql.Operation{}, err
	}
	document, err := graphql.Parse(in.Query)
	if err != nil {
		return graphql.Operation{}, failure.New(http.StatusBadRequest, "%s", err)
	}
	operation, err := graphql.Choose(document, in.Operation)
	if err == nil {
		operation, err = operation.Bind(in.Variables)
	}
	if err != nil {
		return graphql.Operation{}, failure.New(http.StatusBadRequest, "%s", err)
	}
	if operation.Kind == graphql.Mutation && r.Method != http.MethodPost {
		return graphql.Operation{}, needsPost("a mutation")
	}
	if len(operation.Fields) > maxAtOnce {
		return graphql.Operation{}, failure.New(http.StatusBadRequest, "at most %d queries or mutations can be requested at once", maxAtOnce)
	}
	return operation, nil
}

func readGraphQL(r *http.Request, sent []byte) (in wire.GraphQLRequest, err error) {
	if r.Method == http.MethodPost {
		return in, httpkit.Decode(sent, &in)
	}
	query, err := readQuery(r.URL.RawQuery)
	if err != nil {
		return in, err
	}
	in.Query, in.Operation = query.Get("query"), query.Get("operationName")
	if variables := query.Get("variables"); variables != "" {
		err = httpkit.Decode([]byte(variables), &in.Variables)
	}
	return in, err
}

// authenticateGraphQL finds the caller. It ignores a bad cookie; a bad token is
// an error.
func (h *Handler) authenticateGraphQL(e *emx2) error {
	if !e.cookie.Value().IsZero() && ticketIn(e.cookie.Value()).lacks == "" {
		caller, err := h.service.Authenticate(e.ctx, e.cookie.Value(), access.WithinScope, e.origin)
		if err == nil {
			e.caller, e.byCookie = caller, true
			return nil
		}
		if !notGood(err) {
			return err
		}
	}
	token, err := e.tokenSent()
	if authKey := strings.TrimSpace(e.header.Get(wire.HeaderAuthKey)); token.IsZero() && authKey != "" {
		token = secret.New(authKey)
	}
	if err != nil || token.IsZero() {
		return err
	}
	e.caller, err = h.service.Authenticate(e.ctx, token, access.WithinScope, e.origin)
	if notGood(err) {
		return failure.New(http.StatusBadRequest, "Invalid token or token expired")
	}
	return err
}

// choose returns the parts of a value that a field selects.
func (e *emx2) choose(value any, field graphql.Field) (any, error) {
	encoded, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	var decoded any
	if err := json.Unmarshal(encoded, &decoded); err != nil {
		return nil, err
	}
	chosen, err := e.selection.Of(decoded, field)
	switch {
	case errors.Is(err, graphql.ErrTooLarge):
		return nil, failure.New(http.StatusBadRequest, "the result would be larger than 1 MiB: select fewer fields")
	case err != nil:
		return nil, failure.New(http.StatusBadRequest, "%s", err)
	}
	return chosen, nil
}

// rootType returns the name of the type that holds all queries or mutations.
func rootType(kind graphql.Kind) string {
	if kind == graphql.Mutation {
		return "Save"
	}
	return "Query"
}

// typeOf returns the name of the type of a field's value, as on the platform.
func typeOf(field string) string {
	switch field {
	case "_session":
		return "MolgenisSession"
	case "_manifest":
		return "MolgenisManifest"
	case "_schemas":
		return "MolgenisSchema"
	case "_settings", "settings":
		return "MolgenisSettings"
	default:
		return "MolgenisResult" // of every mutation
	}
}

// refuseGraphQL writes an error in the format of EMX2.
func (h *Handler) refuseGraphQL(w http.ResponseWriter, r *http.Request, err error) {
	refused := *failure.Of(err)
	switch {
	case refused.Status >= http.StatusInternalServerError, refused.Status == http.StatusMethodNotAllowed:
	case refused.Status == http.StatusTooManyRequests, refused.Status == http.StatusForbidden:
	default:
		refused.Status = http.StatusBadRequest
	}
	h.note(r, refused.Status, err)
	refused.Write(w)
}
