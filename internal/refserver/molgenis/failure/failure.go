// Package failure has the errors of MOLGENIS: what a client gets in place of a result, and
// how every refusal of the server is put in words that clients of the platform know.
//
// It promises that only refusals are shown: of any other error the client gets the status 500
// and one fixed text, and its own text is only logged. Statuses are those of the platform, which
// uses 401 also for what a signed-in user may not do.
package failure

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/dxauth/dxauth/internal/refserver/httpkit"
	"github.com/dxauth/dxauth/internal/refusal"
	wire "github.com/dxauth/dxauth/pkg/molgenis"
)

const (
	textTwoFactor = "Login using /api/v1/login is disabled: " + wire.TextTwoFactor + " is enabled for this account"
	textInternal  = "An internal error occurred"
	textBusy      = "The server is busy; please try again later"
	textClosed    = "Sign-up is closed: ask the administrator for an account"
)

// Error is an error in the platform's format.
type Error struct {
	Status     int
	Messages   []wire.ErrorMessage // at least one
	RetryAfter int64               // seconds; 0 for no header
	Allow      string              // the methods of the path, if only the method is wrong
}

func (e *Error) Error() string { return e.Messages[0].Message }

// New returns an error with one message.
func New(status int, format string, args ...any) *Error {
	return &Error{Status: status, Messages: []wire.ErrorMessage{{Message: fmt.Sprintf(format, args...)}}}
}

// Denied refuses what the caller may not do. The platform uses 401 for that even
// if the caller is signed in.
func Denied(text string) *Error {
	return withCode(wire.CodePermissionDenied, New(http.StatusUnauthorized, "%s", text))
}

func withCode(code string, e *Error) *Error {
	e.Messages[0].Code = code
	return e
}

// NotFound refuses what does not exist, with the code of the platform.
func NotFound(code, format string, args ...any) *Error {
	return withCode(code, New(http.StatusNotFound, format, args...))
}

// Invalid refuses a value of an attribute.
func Invalid(attribute, problem string) error {
	return New(http.StatusBadRequest, "Invalid value for attribute '%s': %s", attribute, problem)
}

// Write sends the error as the response.
func (e *Error) Write(w http.ResponseWriter) {
	if e.Allow != "" {
		w.Header().Set("Allow", e.Allow)
	}
	httpkit.SetRetryAfter(w, e.RetryAfter)
	if e.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="molgenis"`) // HTTP requires it for a 401
	}
	body, err := json.Marshal(wire.ErrorResponse{Errors: e.Messages})
	if err != nil { // impossible: it has only strings
		panic(err)
	}
	httpkit.WriteJSON(w, e.Status, body)
}

// wording is the platform's status and text for a refusal.
type wording struct {
	reason refusal.Reason
	status int
	code   string // that clients match; mostly empty
	text   string // empty for the refusal's own
}

// wordings lists the reasons for which the platform has its own status or text.
func wordings() []wording {
	return []wording{
		{refusal.WrongPassword, http.StatusUnauthorized, "", "Bad credentials"},
		{refusal.OTPRequired, http.StatusUnauthorized, "", textTwoFactor},
		{refusal.EnrollmentRequired, http.StatusUnauthorized, "", textTwoFactor},
		{refusal.WrongOTP, http.StatusUnauthorized, "", "Invalid verification code"},
		{refusal.UsedOTP, http.StatusUnauthorized, "", "Invalid verification code"},
		{refusal.SSORequired, http.StatusUnauthorized, "", "Bad credentials"},
		{refusal.FactorsDisabled, http.StatusForbidden, "", "Two factor authentication is disabled on this server"},
		{refusal.FactorsEnforced, http.StatusForbidden, "", "Two factor authentication is required on this server"},
		{refusal.FactorOff, http.StatusBadRequest, "", "Two factor authentication is not enabled for this account"},
		{refusal.ProtocolClosed, http.StatusForbidden, "", "This server does not let users change their accounts over MOLGENIS's protocol"},
		{refusal.SignUpClosed, http.StatusForbidden, "", textClosed},
		{refusal.OutboxFull, http.StatusServiceUnavailable, "", "The e-mail that this needs cannot be sent: too many are waiting. Try again later, or ask the administrator"},
		{refusal.SignUpsFull, http.StatusServiceUnavailable, "", "Too many sign-ups wait for activation: ask the administrator"},
		{refusal.NoUser, http.StatusNotFound, "", "Unknown user"},
		{refusal.LimitReached, http.StatusConflict, wire.CodeLimitReached, ""},
		{refusal.UserExists, http.StatusConflict, "", "The user name or e-mail address is in use already"},
		{refusal.UsernameTaken, http.StatusConflict, "", "Username is in use already"},
		{refusal.EmailTaken, http.StatusConflict, "", "Email is in use already"},
		{refusal.NotOwner, http.StatusBadRequest, "", "The password and the e-mail address of an account can be changed by its owner only"},
		{refusal.OwnAccount, http.StatusBadRequest, "", "You can't make your own account inactive"},
		{refusal.Busy, http.StatusServiceUnavailable, "", textBusy},
		{refusal.NotSignedIn, http.StatusUnauthorized, wire.CodePermissionDenied, "You need to be signed in to read or change this"},
		{refusal.UnknownToken, http.StatusUnauthorized, "", "Invalid token"},
		{refusal.NoToken, http.StatusNotFound, "", "Unknown entity of '" + wire.EntityToken + "'"},
		{refusal.ExpiresInPast, http.StatusBadRequest, "", "Invalid value for attribute 'expirationDate': it is in the past"},
		{refusal.ExpiresLater, http.StatusBadRequest, "", "Invalid value for attribute 'expirationDate': the life of a token can't be extended"},
		{refusal.TokenEnded, http.StatusNotFound, "", "Unknown entity of '" + wire.EntityToken + "'"},
		{refusal.NoStore, http.StatusServiceUnavailable, "", textBusy},
		{refusal.UnknownOutcome, http.StatusServiceUnavailable, "", ""},
		{refusal.Reauthentication, http.StatusUnauthorized, wire.CodeReauthenticate, "Log in again: this needs a sign-in of the last five minutes"},
		{refusal.BeyondScope, http.StatusUnauthorized, wire.CodePermissionDenied, "The token in use does not reach that far"},
		{refusal.NotSuperuser, http.StatusUnauthorized, wire.CodePermissionDenied, "Only an administrator may do that"},
	}
}

// statusOf returns the status of a refusal whose reason has no wording. The
// platform refuses what is forbidden with 401.
func statusOf(code refusal.Code) int {
	switch code {
	case refusal.Unauthenticated, refusal.SessionEnded, refusal.WrongCredentials, refusal.Denied:
		return http.StatusUnauthorized
	case refusal.NotFound:
		return http.StatusNotFound
	case refusal.Invalid:
		return http.StatusBadRequest
	case refusal.Conflict:
		return http.StatusConflict
	case refusal.Throttled:
		return http.StatusTooManyRequests
	case refusal.Unavailable:
		return http.StatusServiceUnavailable
	default:
		return http.StatusInternalServerError
	}
}

// Of returns an error as the platform says it. Any error that is not a refusal becomes an
// internal error, whose text is only logged.
func Of(err error) *Error {
	if ready, ok := errors.AsType[*Error](err); ok {
		return ready
	}
	refused, ok := errors.AsType[*refusal.Error](err)
	if !ok || statusOf(refused.Code) == http.StatusInternalServerError {
		return New(http.StatusInternalServerError, textInternal)
	}
	if wait, ok := refused.Details.(refusal.Wait); ok {
		return tooManyAttempts(wait.Seconds())
	}
	if refused.Code == refusal.SessionEnded {
		return New(http.StatusUnauthorized, "Invalid token: it has ended (%s)", refused.Reason)
	}
	words := wordingOf(refused)
	translated := withCode(words.code, New(words.status, "%s", words.text))
	translated.RetryAfter = httpkit.RetrySeconds(err)
	return translated
}

func wordingOf(refused *refusal.Error) wording {
	words := wording{status: statusOf(refused.Code), text: refused.Message}
	if refused.Code == refusal.Denied {
		words.code = wire.CodePermissionDenied
	}
	for _, own := range wordings() {
		if own.reason == refused.Reason {
			words = own
			words.text = cmp.Or(own.text, refused.Message)
		}
	}
	return words
}

func tooManyAttempts(seconds int64) *Error {
	e := New(http.StatusTooManyRequests, "Too many failed attempts; try again in %d s", seconds)
	e.RetryAfter = seconds
	return e
}
