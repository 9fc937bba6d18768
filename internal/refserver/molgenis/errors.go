package molgenis

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/httpkit"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/service"
	wire "github.com/dxauth/dxauth/pkg/molgenis"
)

// refusal is an error in the platform's words.
type refusal struct {
	status     int
	errors     []wire.ErrorMessage
	retryAfter int64  // seconds; 0: no header
	allow      string // the methods of a path, where the method is wrong
}

func (r *refusal) Error() string { return r.errors[0].Message }

func refusalf(status int, format string, args ...any) *refusal {
	return &refusal{status: status, errors: []wire.ErrorMessage{{Message: fmt.Sprintf(format, args...)}}}
}

// errAnonymous refuses a call that needs somebody signed in, with the status
// and code of a missing right.
var errAnonymous = denied("You need to be signed in to read or change this")

// denied refuses what the caller has no right to. The platform answers 401 for
// that, whether or not somebody is signed in.
func denied(text string) *refusal { return unauthorized(wire.CodePermissionDenied, text) }

func unauthorized(code, text string) *refusal {
	r := refusalf(http.StatusUnauthorized, "%s", text)
	r.errors[0].Code = code
	return r
}

// invalid refuses the value of an attribute.
func invalid(attribute, problem string) error {
	return refusalf(http.StatusBadRequest, "Invalid value for attribute '%s': %s", attribute, problem)
}

const (
	textTwoFactor = "Login using /api/v1/login is disabled: " + wire.TextTwoFactor + " is enabled for this account"
	textUnhappy   = "An internal error occurred"
	textBusy      = "The server is busy; please try again later"
)

// plain maps the refusals that carry no data to status and text.
var plain = []struct {
	err     error
	status  int
	message string
}{
	{identity.ErrWrongCredentials, http.StatusUnauthorized, "Bad credentials"},
	{identity.ErrCodeRequired, http.StatusUnauthorized, textTwoFactor},
	{identity.ErrEnrolmentRequired, http.StatusUnauthorized, textTwoFactor},
	{identity.ErrCodeMismatch, http.StatusUnauthorized, "Invalid verification code"},
	{identity.ErrSSORequired, http.StatusUnauthorized, "This account signs in through its identity provider"},
	{identity.ErrNewPasswordLong, http.StatusBadRequest, identity.ErrNewPasswordLong.Error()},
	{identity.ErrPasswordCommon, http.StatusBadRequest, identity.ErrPasswordCommon.Error()},
	{identity.ErrPasswordUnchanged, http.StatusBadRequest, identity.ErrPasswordUnchanged.Error()},
	{identity.ErrPasswordTooLong, http.StatusBadRequest, identity.ErrPasswordTooLong.Error()},
	{identity.ErrPasswordTooShort, http.StatusBadRequest, identity.ErrPasswordTooShort.Error()},
	{identity.ErrPasswordObvious, http.StatusBadRequest, identity.ErrPasswordObvious.Error()},
	{identity.ErrFactorsDisabled, http.StatusForbidden, "Two factor authentication is disabled on this server"},
	{identity.ErrFactorsEnforced, http.StatusForbidden, "Two factor authentication is required on this server"},
	{identity.ErrFactorOff, http.StatusBadRequest, "Two factor authentication is not enabled for this account"},
	{identity.ErrSignUpClosed, http.StatusForbidden, textSignUpClosed},
	{identity.ErrTooManyWait, http.StatusServiceUnavailable, "Too many people wait to be let in: ask the administrator"},
	{identity.ErrNoUser, http.StatusNotFound, "Unknown user"},
	{identity.ErrUserExists, http.StatusConflict, "The user name or e-mail address is in use already"},
	{identity.ErrUsernameTaken, http.StatusConflict, "Username is in use already"},
	{identity.ErrEmailTaken, http.StatusConflict, "Email is in use already"},
	{service.ErrTooManyUsers, http.StatusBadRequest, service.ErrTooManyUsers.Error()},
	{service.ErrNotOwner, http.StatusBadRequest, "The password and the e-mail address of an account are changed by its owner only"},
	{service.ErrOwnAccount, http.StatusBadRequest, "Nobody can make their own account inactive"},
	{identity.ErrBusy, http.StatusServiceUnavailable, textBusy},
	{access.ErrUnknownToken, http.StatusUnauthorized, "Invalid token"},
	{access.ErrNoSuchToken, http.StatusNotFound, "Unknown entity of '" + wire.EntityToken + "'"},
	{access.ErrExpiresInPast, http.StatusBadRequest, "Invalid value for attribute 'expirationDate': it is in the past"},
	{access.ErrExpiresLater, http.StatusBadRequest, "Invalid value for attribute 'expirationDate': a token is never prolonged"},
	{access.ErrOver, http.StatusNotFound, "Unknown entity of '" + wire.EntityToken + "'"},
	{service.ErrUnavailable, http.StatusServiceUnavailable, textBusy},
}

// coded maps those that clients know by a code; each is a 401.
var coded = []struct {
	err           error
	code, message string
}{
	{access.ErrReauthenticate, wire.CodeReauthenticate, "Log in again: this needs a sign-in of the last five minutes"},
	{access.ErrBeyondScope, wire.CodePermissionDenied, "The token in use does not reach that far"},
	{service.ErrNotSuperuser, wire.CodePermissionDenied, "Only an administrator may do that"},
}

// translate says an error in the platform's words. What it does not know is an
// internal error, whose text stays in the log.
func translate(err error) *refusal {
	var ready *refusal
	if errors.As(err, &ready) {
		return ready
	}
	if r := translateTyped(err); r != nil {
		return r
	}
	for _, p := range plain {
		if errors.Is(err, p.err) {
			r := refusalf(p.status, "%s", p.message)
			if p.status == http.StatusServiceUnavailable {
				r.retryAfter = httpkit.BusySeconds
			}
			return r
		}
	}
	for _, c := range coded {
		if errors.Is(err, c.err) {
			return unauthorized(c.code, c.message)
		}
	}
	return refusalf(http.StatusInternalServerError, textUnhappy)
}

// translateTyped handles the errors that carry data.
func translateTyped(err error) *refusal {
	var (
		malformed *httpkit.MalformedError
		mistyped  *httpkit.TypeError
		throttled *identity.ThrottledError
		ended     *access.EndedError
		draft     *identity.DraftError
	)
	switch {
	case errors.As(err, &malformed):
		return refusalf(http.StatusBadRequest, "%s", malformed.Problem)
	case errors.As(err, &mistyped):
		return refusalf(http.StatusBadRequest, "%s", mistyped)
	case errors.As(err, &throttled):
		r := refusalf(http.StatusTooManyRequests, "Too many failed attempts; try again in %d s", throttled.Seconds())
		r.retryAfter = throttled.Seconds()
		return r
	case errors.As(err, &draft):
		return refusalf(http.StatusBadRequest, "%s", draft)
	case errors.As(err, &ended):
		return refusalf(http.StatusUnauthorized, "Invalid token: it has ended (%s)", ended.Reason)
	default:
		return nil
	}
}

// refuse writes an error.
func (f *Face) refuse(w http.ResponseWriter, r *http.Request, err error) {
	refused := translate(err)
	f.note(r, refused.status, err)
	refused.write(w)
}

func (r *refusal) write(w http.ResponseWriter) {
	if r.allow != "" {
		w.Header().Set("Allow", r.allow)
	}
	httpkit.AskToWait(w, r.retryAfter)
	if r.status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="molgenis"`) // HTTP allows no 401 without it
	}
	body, err := json.Marshal(wire.ErrorResponse{Errors: r.errors})
	if err != nil { // it is made of strings
		panic(err)
	}
	httpkit.WriteJSON(w, r.status, body)
}

// note writes a server's fault to the log.
func (f *Face) note(r *http.Request, status int, err error) {
	if status >= http.StatusInternalServerError {
		httpkit.LogFault(r, f.log, err)
	}
}

// Lost answers a request for a path that is no route of anybody.
func (f *Face) Lost(w http.ResponseWriter, r *http.Request) {
	f.refuse(w, r, nothingAt(r.URL.Path))
}

func nothingAt(path string) error {
	return refusalf(http.StatusNotFound, "there is nothing at %s", path)
}

// Fault answers a request whose handler panicked.
func (f *Face) Fault(w http.ResponseWriter, r *http.Request) {
	f.refuse(w, r, errors.New("the handler panicked"))
}
