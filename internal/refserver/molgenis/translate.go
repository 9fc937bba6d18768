package molgenis

import (
	"cmp"
	"errors"
	"net/http"

	"github.com/dxauth/dxauth/internal/refserver/httpkit"
	"github.com/dxauth/dxauth/internal/refusal"
	wire "github.com/dxauth/dxauth/pkg/molgenis"
)

const (
	textTwoFactor = "Login using /api/v1/login is disabled: " + wire.TextTwoFactor + " is enabled for this account"
	textInternal  = "An internal error occurred"
	textBusy      = "The server is busy; please try again later"
)

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
		{refusal.SignUpClosed, http.StatusForbidden, "", textSignUpClosed},
		{refusal.OutboxFull, http.StatusServiceUnavailable, "", "Too many e-mails wait to be sent: try again later"},
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
// platform answers a forbidden request with 401.
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

// translate turns an error into the platform's. Any error that is not a refusal
// becomes an internal error, whose text is only logged.
func translate(err error) *platformError {
	if ready, ok := errors.AsType[*platformError](err); ok {
		return ready
	}
	refused, ok := errors.AsType[*refusal.Error](err)
	if !ok || statusOf(refused.Code) == http.StatusInternalServerError {
		return refusalf(http.StatusInternalServerError, textInternal)
	}
	if wait, ok := refused.Details.(refusal.Wait); ok {
		return tooManyAttempts(wait.Seconds())
	}
	if refused.Code == refusal.SessionEnded {
		return refusalf(http.StatusUnauthorized, "Invalid token: it has ended (%s)", refused.Reason)
	}
	words := wordingOf(refused)
	translated := refusalf(words.status, "%s", words.text)
	translated.errors[0].Code = words.code
	if words.status == http.StatusServiceUnavailable {
		translated.retryAfter = httpkit.BusySeconds
	}
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

func tooManyAttempts(seconds int64) *platformError {
	r := refusalf(http.StatusTooManyRequests, "Too many failed attempts; try again in %d s", seconds)
	r.retryAfter = seconds
	return r
}
