package dnanexus

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/httpkit"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/service"
	wire "github.com/dxauth/dxauth/pkg/dnanexus"
)

// refusal is an error in the platform's words.
type refusal struct {
	body       wire.ErrorBody
	retryAfter int64 // seconds; 0: no header
}

func (r *refusal) Error() string { return r.body.Type + ": " + r.body.Message }

func refusalf(errorType, format string, args ...any) *refusal {
	return &refusal{body: wire.ErrorBody{Type: errorType, Message: fmt.Sprintf(format, args...)}}
}

// errAnonymous refuses a call that needs somebody signed in.
var errAnonymous = refusalf(wire.TypeInvalidAuthentication, "You need to be logged in to use this method")

// inputError refuses a value in the body by its key.
func inputError(key, problem string) error {
	return refusalf(wire.TypeInvalidInput, "expected key %q of input to be %s", key, problem)
}

// missing refuses a body that lacks a key.
func missing(key string) error {
	return refusalf(wire.TypeInvalidInput, "Expected input to have property %q", key)
}

// plain maps the refusals that carry no data to type and text. The texts are
// those that clients and their tests know, where one is known.
var plain = []struct {
	err       error
	errorType string
	message   string
}{
	{identity.ErrWrongCredentials, wire.TypeUsernameOrPassword, "Incorrect username and/or password"},
	{identity.ErrCodeRequired, wire.TypeOTPRequired, "A verification code is required"},
	{identity.ErrCodeUsed, wire.TypeOTPMismatch, "Incorrect verification code: it was used before"},
	{identity.ErrCodeMismatch, wire.TypeOTPMismatch, "Incorrect verification code"},
	{identity.ErrSSORequired, wire.TypeSSORequired, "The user is registered via single sign-on and may only log in through the identity provider"},
	{identity.ErrUsernameTaken, wire.TypeUsernameTaken, "The user name is taken"},
	{identity.ErrEmailTaken, wire.TypeEmailTaken, "The e-mail address is taken"},
	{identity.ErrPasswordTooShort, wire.TypeInvalidInput, "The password must have at least 8 characters"},
	{identity.ErrPasswordObvious, wire.TypeInvalidInput, "The password must be more than a name or an address that belongs to its user"},
	{identity.ErrNewPasswordLong, wire.TypeInvalidInput, "The password must have at most 128 characters"},
	{identity.ErrPasswordCommon, wire.TypeInvalidInput, "The password is one of those that are guessed first"},
	{identity.ErrPasswordUnchanged, wire.TypeInvalidInput, "The new password is the present one"},
	{identity.ErrPasswordTooLong, wire.TypeInvalidInput, "The password is too long"},
	{identity.ErrFactorsDisabled, wire.TypeInvalidState, "Two-factor authentication is disabled on this server"},
	{identity.ErrFactorsEnforced, wire.TypeInvalidState, "Two-factor authentication is required on this server and can't be turned off"},
	{identity.ErrFactorOff, wire.TypeInvalidState, "Two-factor authentication is off"},
	{identity.ErrNoEnrolment, wire.TypeInvalidState, "No enrollment is under way, or its time is over; begin again"},
	{identity.ErrNotConfirmed, wire.TypeInvalidState, "The enrollment has to be confirmed with a verification code first"},
	{identity.ErrNoTicket, wire.TypeInvalidAuthentication, "The enrollment ticket could not be found, or its time is over; log in again"},
	{identity.ErrNoUser, wire.TypeResourceNotFound, "The user could not be found"},
	{identity.ErrBusy, wire.TypeServiceUnavailable, "Some resource was temporarily unavailable; please try again later"},
	{access.ErrUnknownToken, wire.TypeInvalidAuthentication, "The token could not be found"},
	{access.ErrNoSuchToken, wire.TypeResourceNotFound, "The token could not be found among those of the user"},
	{access.ErrReauthenticate, wire.TypeReauthenticationRequired, "Log in again, or give username and password with this request"},
	{access.ErrBeyondScope, wire.TypePermissionDenied, "The token in use does not reach that far"},
	{access.ErrNoSession, wire.TypeResourceNotFound, "The session could not be found"},
	{access.ErrAmbiguousID, wire.TypeInvalidInput, `expected key "ids" of input to name one session each`},
	{access.ErrOver, wire.TypeInvalidState, "The token has ended already"},
	{access.ErrExpiresLater, wire.TypeInvalidInput, `expected key "expires" of input to be no later than before`},
	{access.ErrExpiresInPast, wire.TypeInvalidInput, `expected key "expires" of input to be in the future`},
	{directory.ErrNoProject, wire.TypeResourceNotFound, "The project could not be found"},
	{directory.ErrNoOrg, wire.TypeResourceNotFound, "The org could not be found"},
	{directory.ErrNoFolder, wire.TypeResourceNotFound, "The specified folder could not be found"},
	{directory.ErrNoInvitee, wire.TypeResourceNotFound, "The invitee could not be found"},
	{directory.ErrFolderThere, wire.TypeInvalidState, "The folder exists already"},
	{directory.ErrFolderFull, wire.TypeInvalidState, "The folder is not empty; recurse removes what is in it"},
	{directory.ErrVersion, wire.TypeInvalidState, "The project has another version by now"},
	{directory.ErrLastAdmin, wire.TypeInvalidState, "A project needs at least one member with ADMINISTER access"},
	{directory.ErrOrgExists, wire.TypeInvalidState, "An org with this handle exists already"},
	{directory.ErrNoMember, wire.TypeResourceNotFound, "The user is not a member of the org"},
	{directory.ErrIsMember, wire.TypeInvalidState, "The user is a member of the org already"},
	{directory.ErrLastOfOrg, wire.TypeInvalidState, "An org needs at least one member with ADMIN access"},
	{directory.ErrNonceReused, wire.TypeInvalidInput, "nonce was reused in an earlier request but some of the input arguments were different"},
	{directory.ErrUnlicensed, wire.TypePermissionDenied, "User creation features must be enabled for the org"},
	{service.ErrNotSuperuser, wire.TypePermissionDenied, "Only an administrator of the platform may do this"},
	{service.ErrOwnAccount, wire.TypeInvalidState, "Nobody can disable their own account"},
	{service.ErrBadEntryCode, wire.TypeEntryCode, "The code is not good: it is wrong, was used, or is too old"},
	{service.ErrHasPassword, wire.TypeInvalidState, "The account is active already"},
	{service.ErrNotManaged, wire.TypePermissionDenied, "The org did not make this account, so its administrators may not change it"},
	{service.ErrAlreadyReset, wire.TypeInvalidState, "MFA is already reset for the user"},
	{service.ErrOwnFactor, wire.TypePermissionDenied, "Your own second factor is turned off with a verification code, not reset"},
	{service.ErrUnavailable, wire.TypeServiceUnavailable, "Some resource was temporarily unavailable; please try again later"},
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
	if r := translateAccount(err); r != nil {
		return r
	}
	for _, p := range plain {
		if errors.Is(err, p.err) {
			r := refusalf(p.errorType, "%s", p.message)
			if p.errorType == wire.TypeServiceUnavailable {
				r.retryAfter = httpkit.BusySeconds
			}
			return r
		}
	}
	return refusalf(wire.TypeInternalError, "An internal error occurred")
}

// translateTyped handles the errors that carry data.
func translateTyped(err error) *refusal {
	var (
		malformed *httpkit.MalformedError
		mistyped  *httpkit.TypeError
		throttled *identity.ThrottledError
		halfway   *service.HalfwayError
		ended     *access.EndedError
		denied    *directory.DeniedError
		noAdmin   *directory.OrgDeniedError
		input     *directory.InputError
		licence   *directory.LicenceError
		billing   *directory.BillingError
	)
	switch {
	case errors.As(err, &malformed):
		return refusalf(wire.TypeMalformedJSON, "%s", malformed.Problem)
	case errors.As(err, &mistyped):
		return refusalf(wire.TypeInvalidInput, "%s", mistyped)
	case errors.As(err, &throttled):
		return tooManyAttempts(throttled.Seconds())
	case errors.As(err, &halfway):
		return enrolmentRequired(halfway)
	case errors.As(err, &ended):
		return tokenEnded(ended.Reason)
	case errors.As(err, &denied):
		return refusalf(wire.TypePermissionDenied, "Requires %s access to the project", denied.Needs)
	case errors.As(err, &noAdmin):
		return refusalf(wire.TypePermissionDenied, "%s to %s required to perform this operation", standings[noAdmin.Needs], noAdmin.OrgID)
	case errors.As(err, &input):
		return refusalf(wire.TypeInvalidInput, "%s %s", input.Key, input.Problem)
	case errors.As(err, &licence):
		return refusalf(wire.TypePermissionDenied, "%s", licence)
	case errors.As(err, &billing):
		return refusalf(wire.TypePermissionDenied, "%s", billing)
	default:
		return nil
	}
}

// standings are the platform's words for what somebody is in an org.
var standings = map[directory.OrgLevel]string{directory.Admin: "Administrator access", directory.Member: "Member access"}

func tooManyAttempts(seconds int64) *refusal {
	r := refusalf(wire.TypeTooManyAttempts, "Too many failed attempts; try again in %d s", seconds)
	r.body.Details = wire.WaitDetails{RetryAfter: seconds}
	r.retryAfter = seconds
	return r
}

func enrolmentRequired(halfway *service.HalfwayError) *refusal {
	r := refusalf(wire.TypeEnrollmentRequired, "Two-factor authentication is required on this server; enroll to log in")
	r.body.Details = wire.EnrollmentDetails{Ticket: halfway.Ticket.OnWire(), Expires: halfway.Expires.UnixMilli()}
	return r
}

func tokenEnded(reason access.Reason) *refusal {
	text := "The token could not be found"
	switch reason {
	case access.Expired:
		text = "The supplied authentication token has expired"
	case access.Idle:
		text = "The supplied authentication token has expired after inactivity"
	}
	r := refusalf(wire.TypeInvalidAuthentication, "%s", text)
	r.body.Details = wire.EndDetails{Reason: string(reason)}
	return r
}

// refuse writes the error envelope. A server's fault goes to the log.
func (f *Face) refuse(w http.ResponseWriter, r *http.Request, err error) {
	refused := translate(err)
	status := wire.StatusOf(refused.body.Type)
	if status >= http.StatusInternalServerError {
		httpkit.LogFault(r, f.log, err)
	}
	httpkit.AskToWait(w, refused.retryAfter)
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", challenge(err))
	}
	body, err := json.Marshal(wire.ErrorEnvelope{Error: refused.body})
	if err != nil { // the body is made of strings and a few known types
		panic(err)
	}
	httpkit.WriteJSON(w, status, body)
}

// Fault answers a request whose handler panicked.
func (f *Face) Fault(w http.ResponseWriter, r *http.Request) {
	f.refuse(w, r, errors.New("the handler panicked"))
}
