package molgenis

import (
	"errors"
	"net/http"

	"github.com/dxauth/dxauth/internal/refserver/httpkit"
	"github.com/dxauth/dxauth/internal/refserver/molgenis/failure"
)

// refuse writes an error as the response.
func (h *Handler) refuse(w http.ResponseWriter, r *http.Request, err error) {
	refused := failure.Of(err)
	h.note(r, refused.Status, err)
	refused.Write(w)
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
	return failure.New(http.StatusNotFound, "no route for %s", path)
}

// ServePanic serves a request whose handler panicked.
func (h *Handler) ServePanic(w http.ResponseWriter, r *http.Request) {
	h.refuse(w, r, errors.New("the handler panicked"))
}
