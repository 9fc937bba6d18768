package dnanexus

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/dxauth/dxauth/internal/refserver/httpkit"
	"github.com/dxauth/dxauth/internal/refusal"
	wire "github.com/dxauth/dxauth/pkg/dnanexus"
)

// platformError is an error as the platform sends it.
type platformError struct {
	body       wire.ErrorBody
	retryAfter int64 // seconds; 0: no header
}

func (r *platformError) Error() string { return r.body.Type + ": " + r.body.Message }

func refusalf(errorType, format string, args ...any) *platformError {
	return &platformError{body: wire.ErrorBody{Type: errorType, Message: fmt.Sprintf(format, args...)}}
}

// inputError returns an error about the value of a key in the body.
func inputError(key, problem string) error {
	return refusalf(wire.TypeInvalidInput, "expected key %q of input to be %s", key, problem)
}

// missing returns an error about a key that is not in the body.
func missing(key string) error {
	return refusalf(wire.TypeInvalidInput, "Expected input to have property %q", key)
}

// refuse writes the error envelope, and logs what the server failed or was not able to do.
func (h *Handler) refuse(w http.ResponseWriter, r *http.Request, err error) {
	refused := translate(err)
	status := wire.StatusOf(refused.body.Type)
	if status >= http.StatusInternalServerError || refusal.CodeOf(err) == refusal.Unavailable {
		httpkit.LogFault(r, h.log, err)
	}
	httpkit.SetRetryAfter(w, refused.retryAfter)
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", challenge(err))
	}
	body, err := json.Marshal(wire.ErrorEnvelope{Error: refused.body})
	if err != nil { // cannot happen: the body has only strings and a few known types
		panic(err)
	}
	httpkit.WriteJSON(w, status, body)
}

// ServePanic serves a request whose handler panicked.
func (h *Handler) ServePanic(w http.ResponseWriter, r *http.Request) {
	h.refuse(w, r, errors.New("the handler panicked"))
}
