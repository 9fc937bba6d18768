package molgenis

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/dxauth/dxauth/internal/refserver/httpkit"
	wire "github.com/dxauth/dxauth/pkg/molgenis"
)

// platformError is an error in the platform's format.
type platformError struct {
	status     int
	errors     []wire.ErrorMessage
	retryAfter int64  // seconds; 0 for no header
	allow      string // the methods of the path, if only the method is wrong
}

func (r *platformError) Error() string { return r.errors[0].Message }

func refusalf(status int, format string, args ...any) *platformError {
	return &platformError{status: status, errors: []wire.ErrorMessage{{Message: fmt.Sprintf(format, args...)}}}
}

// denied refuses what the caller may not do. The platform uses 401 for that even
// if the caller is signed in.
func denied(text string) *platformError { return unauthorized(wire.CodePermissionDenied, text) }

func unauthorized(code, text string) *platformError {
	r := refusalf(http.StatusUnauthorized, "%s", text)
	r.errors[0].Code = code
	return r
}

// notThere refuses what does not exist, with the code of the platform.
func notThere(code, format string, args ...any) *platformError {
	r := refusalf(http.StatusNotFound, format, args...)
	r.errors[0].Code = code
	return r
}

// invalid refuses a value of an attribute.
func invalid(attribute, problem string) error {
	return refusalf(http.StatusBadRequest, "Invalid value for attribute '%s': %s", attribute, problem)
}

// refuse writes an error as the response.
func (h *Handler) refuse(w http.ResponseWriter, r *http.Request, err error) {
	refused := translate(err)
	h.note(r, refused.status, err)
	refused.write(w)
}

func (r *platformError) write(w http.ResponseWriter) {
	if r.allow != "" {
		w.Header().Set("Allow", r.allow)
	}
	httpkit.SetRetryAfter(w, r.retryAfter)
	if r.status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="molgenis"`) // HTTP requires it for a 401
	}
	body, err := json.Marshal(wire.ErrorResponse{Errors: r.errors})
	if err != nil { // impossible: it has only strings
		panic(err)
	}
	httpkit.WriteJSON(w, r.status, body)
}

// note logs a failure of the server.
func (h *Handler) note(r *http.Request, status int, err error) {
	if status >= http.StatusInternalServerError {
		httpkit.LogFault(r, h.log, err)
	}
}

// NotFound serves a path without a route.
func (h *Handler) NotFound(w http.ResponseWriter, r *http.Request) {
	h.refuse(w, r, nothingAt(r.URL.Path))
}

func nothingAt(path string) error {
	return refusalf(http.StatusNotFound, "no route for %s", path)
}

// ServePanic serves a request whose handler panicked.
func (h *Handler) ServePanic(w http.ResponseWriter, r *http.Request) {
	h.refuse(w, r, errors.New("the handler panicked"))
}
