package oauth

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/httpkit"
	"github.com/dxauth/dxauth/internal/refusal"
	wire "github.com/dxauth/dxauth/pkg/oauth"
)

// Codes of errors, besides those of package wire (RFC 6749, sections 4.1.2.1 and 5.2).
const (
	errInvalidRequest          = "invalid_request"
	errInvalidClient           = "invalid_client"
	errInvalidScope            = "invalid_scope"
	errUnsupportedResponseType = "unsupported_response_type"
	errServerError             = "server_error"
)

// invalid returns the error of a request that lacks something, or has too much.
func invalid(description string) *wire.Error {
	return &wire.Error{Code: errInvalidRequest, Description: description, Status: http.StatusBadRequest}
}

// codeOf returns the error code and the status of a refusal by its reason. Everything that
// is wrong with a code has the same one (RFC 6749, section 5.2; RFC 8628, section 3.5).
func codeOf(refused *refusal.Error) (code string, status int) {
	switch refused.Reason {
	case refusal.GrantPending:
		return wire.AuthorizationPending, http.StatusBadRequest
	case refusal.SlowDown:
		return wire.SlowDown, http.StatusBadRequest
	case refusal.GrantDenied:
		return wire.AccessDenied, http.StatusBadRequest
	case refusal.GrantExpired:
		return wire.ExpiredToken, http.StatusBadRequest
	case refusal.WrongGrant, refusal.UsedGrant:
		return wire.InvalidGrant, http.StatusBadRequest
	}
	switch refused.Code {
	case refusal.Throttled:
		return wire.TemporarilyUnavailable, http.StatusTooManyRequests
	case refusal.Unavailable:
		return wire.TemporarilyUnavailable, http.StatusServiceUnavailable
	case refusal.Invalid:
		return errInvalidRequest, http.StatusBadRequest
	case refusal.Denied, refusal.WrongCredentials, refusal.Unauthenticated, refusal.SessionEnded, refusal.NotFound, refusal.Conflict:
		return wire.InvalidGrant, http.StatusBadRequest
	default:
		return errServerError, http.StatusInternalServerError
	}
}

// translate turns an error into one of the protocol. The cause of a failure goes only to
// the log.
func translate(err error) *wire.Error {
	if ready, ok := errors.AsType[*wire.Error](err); ok {
		return ready
	}
	refused, ok := errors.AsType[*refusal.Error](err)
	if !ok {
		return internalError()
	}
	code, status := codeOf(refused)
	if code == errServerError {
		return internalError()
	}
	retry := time.Duration(httpkit.RetrySeconds(err)) * time.Second
	return &wire.Error{Code: code, Description: refused.Message, Status: status, Retry: retry}
}

func internalError() *wire.Error {
	return &wire.Error{Code: errServerError, Description: "an internal error occurred", Status: http.StatusInternalServerError}
}

// errorBody is the body of an error (RFC 6749, section 5.2). Its key "error" is a string;
// in the envelope of the platform it is an object.
type errorBody struct {
	Error       string `json:"error"`
	Description string `json:"error_description,omitempty"`
}

// writeError sends an error. A client that could have authenticated in another way learns
// which ways there are: none with a secret.
func writeError(w http.ResponseWriter, e *wire.Error) {
	body, err := json.Marshal(errorBody{e.Code, printable(e.Description)})
	if err != nil { // cannot happen: only strings
		panic(err)
	}
	httpkit.SetRetryAfter(w, int64(e.Retry/time.Second))
	if e.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Basic realm="dxauth"`)
	}
	httpkit.WriteJSON(w, e.Status, body)
}

// printable returns a description with the characters that RFC 6749, section 5.2, allows.
func printable(text string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c > '~' || c == '\\' {
			return -1
		}
		if c == '"' {
			return '\''
		}
		return c
	}, text)
}

// allow reports whether a request has one of the methods of an endpoint, and refuses it
// otherwise.
func allow(w http.ResponseWriter, r *http.Request, methods ...string) bool {
	for _, method := range methods {
		if r.Method == method {
			return true
		}
	}
	w.Header().Set("Allow", strings.Join(methods, ", "))
	writeError(w, &wire.Error{
		Code: errInvalidRequest, Description: "the method must be " + strings.Join(methods, " or "), Status: http.StatusMethodNotAllowed,
	})
	return false
}
