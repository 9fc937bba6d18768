package platform

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/dxauth/dxauth/internal/duration"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/molgenis"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Errors by what can be done about them. [errors.Is] finds them by code and
// reason, whatever the server said.
var (
	ErrWrongPassword = &refusal.Error{Code: refusal.WrongCredentials, Reason: refusal.WrongPassword, Message: "incorrect username and/or password"}
	ErrCodeRequired  = &refusal.Error{Code: refusal.Denied, Reason: refusal.OTPRequired, Message: "a verification code is required"}
	ErrWrongCode     = &refusal.Error{Code: refusal.WrongCredentials, Reason: refusal.WrongOTP, Message: "incorrect verification code"}
	// ErrAccessCode means that a code for a first password is not valid.
	ErrAccessCode = &refusal.Error{Code: refusal.WrongCredentials, Reason: refusal.WrongAccessCode, Message: "the code is wrong, was used, or is too old"}
	// ErrSignedOut means that the server does not accept the credential any more.
	// [EndReason] says why.
	ErrSignedOut = &refusal.Error{Code: refusal.SessionEnded, Reason: reasonSignedOut, Message: "the server does not accept the credential any more"}
	// ErrReauthenticate asks a signed-in user for the password, and for a code if
	// the account has two-factor authentication.
	ErrReauthenticate = &refusal.Error{Code: refusal.Denied, Reason: refusal.Reauthentication, Message: "the password is needed: the last sign-in is too long ago"}
	// ErrEnrollmentRequired means that the server requires two-factor
	// authentication and the user has not set it up. The password was right.
	// Details are a [Ticket].
	ErrEnrollmentRequired = &refusal.Error{Code: refusal.Denied, Reason: refusal.EnrollmentRequired, Message: "two-factor authentication has to be set up first"}
	// ErrSSORequired means that the account has no password: it signs in through its
	// identity provider, in a browser.
	ErrSSORequired = &refusal.Error{Code: refusal.Denied, Reason: refusal.SSORequired, Message: "the account signs in through its identity provider"}
	// ErrTooManyAttempts means that the server takes no tries for a while, which
	// Details say as a [time.Duration].
	ErrTooManyAttempts = &refusal.Error{Code: refusal.Throttled, Reason: refusal.TooManyAttempts, Message: "too many wrong tries"}

	ErrNotFound = &refusal.Error{Code: refusal.NotFound, Reason: reasonMissing, Message: "not found"}
	// ErrNotOffered means that the platform has no such call.
	ErrNotOffered = &refusal.Error{Code: refusal.Denied, Reason: reasonNotOffered, Message: "this platform offers it on its web page only"}
	// ErrCannotRevoke means that the platform can't end a token before its time.
	ErrCannotRevoke = &refusal.Error{Code: refusal.Denied, Reason: reasonCannotRevoke, Message: "this platform can't end a token before its time"}
	// ErrTokenEnded is returned for a token that has ended already.
	ErrTokenEnded = &refusal.Error{Code: refusal.Conflict, Reason: refusal.TokenEnded, Message: "the token has ended already"}
	// ErrNoScriptToken means that the user may not make a token, even for a script
	// of their own.
	ErrNoScriptToken = &refusal.Error{Code: refusal.Denied, Reason: reasonNoScriptToken, Message: "this server makes no tokens for you"}
	// ErrLimitReached means that a user, project or org can have no more of something. The
	// words of the server say of what, and what to do.
	ErrLimitReached = &refusal.Error{Code: refusal.Conflict, Reason: refusal.LimitReached, Message: "a limit of the server is reached"}
	// ErrUnknownOutcome means that the server does not know whether it made a change.
	ErrUnknownOutcome = &refusal.Error{Code: refusal.Unavailable, Reason: refusal.UnknownOutcome, Message: "the server does not know whether the change was made"}
	// ErrOutboxFull means that the server did not make a change because it cannot send the
	// e-mail that belongs to it.
	ErrOutboxFull = &refusal.Error{Code: refusal.Unavailable, Reason: refusal.OutboxFull, Message: "too many e-mails are waiting to be sent"}
	// ErrApproved means that an account does not wait for approval.
	ErrApproved = &refusal.Error{Code: refusal.Conflict, Reason: reasonApproved, Message: "the account is open already"}
)

// Reasons that no server gives: the client finds out what they mean.
const (
	reasonSignedOut     refusal.Reason = "signed_out"
	reasonMissing       refusal.Reason = "missing" // whatever it is
	reasonNotOffered    refusal.Reason = "not_offered"
	reasonCannotRevoke  refusal.Reason = "cannot_revoke"
	reasonNoScriptToken refusal.Reason = "no_script_token"
	reasonApproved      refusal.Reason = "approved"
)

// Ticket stands for a sign-in that needs a second factor to be set up, for the
// calls of [TwoFactor].
type Ticket struct {
	Secret  secret.Text
	Expires time.Time // zero: not known
}

// Answer is what a server said when it refused: Details of the errors here that
// name no others.
type Answer struct {
	Type    string    // the platform's name for it
	Message string    // the platform's words
	Date    time.Time // by the server's clock; zero: not known
}

// EndReason returns why a session has ended, such as idle, expired or revoked;
// empty where the server did not say.
func EndReason(err error) refusal.Reason {
	reason, _ := refusal.DetailsOf[refusal.Reason](err)
	return reason
}

// notOffered is ErrNotOffered in other words.
func notOffered(message string) *refusal.Error {
	refused := ErrNotOffered.With(nil)
	refused.Message = message
	return refused
}

// cannotRevoke is ErrCannotRevoke for a token that ends at a time; zero: not
// known.
func cannotRevoke(until time.Time) *refusal.Error {
	refused := ErrCannotRevoke.With(until)
	if !until.IsZero() {
		refused.Message += ", which is " + until.Format(time.RFC3339)
	}
	return refused
}

// Explain types what a client returned by what can be done about it. An error
// that is typed already, or that is not a refusal, is returned as it is. It takes
// the words of the server, so it is called before anything is wrapped around err.
func Explain(err error) error {
	if _, typed := errors.AsType[*refusal.Error](err); typed {
		return err
	}
	if answer, ok := errors.AsType[*dnanexus.Error](err); ok {
		return explainDNAnexus(answer).Wrap(err)
	}
	if answer, ok := errors.AsType[*molgenis.Error](err); ok {
		return explainMOLGENIS(answer, err).Wrap(err)
	}
	if refused := explainOAuth(err); refused != nil {
		return refused.Wrap(err)
	}
	return err
}

// offered is Explain for a call that may not be there at all: then its route is
// what is not found.
func offered(err error) error {
	if err = Explain(err); errors.Is(err, ErrNotFound) {
		return ErrNotOffered
	}
	return err
}

func explainDNAnexus(answer *dnanexus.Error) *refusal.Error {
	switch answer.Type {
	case dnanexus.TypeInvalidAuthentication:
		return signedOut(answer)
	case dnanexus.TypeTooManyAttempts:
		return tooManyAttempts(waitOf(answer), answer.Message)
	case dnanexus.TypeEnrollmentRequired:
		return enrollmentRequired(answer)
	}
	said := Answer{Type: answer.Type, Message: answer.Message, Date: answer.Date}
	if kind := kindOf(answer); kind != nil {
		return said.as(kind)
	}
	return said.plain(codeOf(answer))
}

// kindOf returns the error of this package for a refusal; nil: there is none.
func kindOf(answer *dnanexus.Error) *refusal.Error {
	switch {
	case answer.Type == dnanexus.TypeUsernameOrPassword:
		return ErrWrongPassword
	case answer.Type == dnanexus.TypeOTPRequired:
		return ErrCodeRequired
	case answer.Type == dnanexus.TypeOTPMismatch:
		return ErrWrongCode
	case answer.Type == dnanexus.TypeSSORequired:
		return ErrSSORequired
	case answer.Type == dnanexus.TypeReauthenticationRequired:
		return ErrReauthenticate
	case answer.Type == dnanexus.TypeEntryCode:
		return ErrAccessCode
	case answer.Type == dnanexus.TypeUnknownOutcome:
		return ErrUnknownOutcome
	case answer.Type == dnanexus.TypeOutboxFull:
		return ErrOutboxFull
	case answer.Type == dnanexus.TypeLimitReached:
		return ErrLimitReached
	case answer.Status == http.StatusNotFound:
		return ErrNotFound
	default:
		return nil
	}
}

// codeOf returns the code of a refusal that has no error of its own here.
func codeOf(answer *dnanexus.Error) refusal.Code {
	switch {
	case answer.Type == dnanexus.TypeInvalidInput:
		return refusal.Invalid
	case answer.Type == dnanexus.TypeInvalidState:
		return refusal.Conflict
	case answer.Status >= http.StatusInternalServerError:
		return refusal.Unavailable
	default:
		return refusal.Denied
	}
}

// as is an error of this package in the words of the server.
func (a Answer) as(kind *refusal.Error) *refusal.Error {
	refused := kind.With(a)
	refused.Message = a.Message
	return refused
}

// plain is a refusal that has no error in this package.
func (a Answer) plain(code refusal.Code) *refusal.Error {
	return refusal.New(code, "%s (%s)", a.Message, a.Type).With(a)
}

func signedOut(answer *dnanexus.Error) *refusal.Error {
	var details dnanexus.EndDetails
	if err := json.Unmarshal(answer.Details, &details); err != nil || details.Reason == "" {
		return ErrSignedOut
	}
	ended := ErrSignedOut.With(refusal.Reason(details.Reason))
	ended.Message = "the session has ended: " + details.Reason
	return ended
}

// waitOf is how long the server takes no more tries.
func waitOf(answer *dnanexus.Error) time.Duration {
	var details dnanexus.WaitDetails
	if err := json.Unmarshal(answer.Details, &details); err != nil || details.RetryAfter <= 0 {
		return answer.Retry // the header says it, too
	}
	return durationOf(details.RetryAfter, time.Second)
}

func tooManyAttempts(wait time.Duration, message string) *refusal.Error {
	refused := ErrTooManyAttempts.With(wait).WithHint("try again later")
	if wait > 0 {
		refused.Hint = "try again in " + duration.Format(wait)
	}
	refused.Message = message
	return refused
}

func enrollmentRequired(answer *dnanexus.Error) *refusal.Error {
	var details dnanexus.EnrollmentDetails
	if err := json.Unmarshal(answer.Details, &details); err != nil || details.Ticket.IsZero() {
		return refusal.New(refusal.Denied, "two-factor authentication has to be set up first, in a way that dxauth does not know")
	}
	required := ErrEnrollmentRequired.With(Ticket{Secret: details.Ticket.Text(), Expires: timeOfMillis(details.Expires)})
	required.Message = answer.Message
	return required
}

func explainMOLGENIS(answer *molgenis.Error, err error) *refusal.Error {
	switch {
	case answer.Retry > 0:
		return tooManyAttempts(answer.Retry, "too many wrong tries; wait "+duration.Format(answer.Retry))
	case errors.Is(err, molgenis.ErrSignedOut):
		return ErrSignedOut
	case errors.Is(err, molgenis.ErrWrongPassword):
		return ErrWrongPassword // the platform's words tell whether there is such a user
	}
	said := Answer{Type: typeOfMOLGENIS(answer), Message: cmp.Or(answer.Message, answer.Error())}
	switch {
	case errors.Is(err, molgenis.ErrWrongCode):
		return said.as(ErrWrongCode)
	case errors.Is(err, molgenis.ErrTwoFactor):
		return said.as(ErrCodeRequired)
	case errors.Is(err, molgenis.ErrNotFound):
		return said.as(ErrNotFound)
	case errors.Is(err, molgenis.ErrLimitReached):
		return said.as(ErrLimitReached)
	default:
		return said.plain(refusal.Denied)
	}
}

// typeOfMOLGENIS names a refusal: the platform has few names of its own.
func typeOfMOLGENIS(answer *molgenis.Error) string {
	switch {
	case errors.Is(answer, molgenis.ErrPermission):
		return "PermissionDenied"
	case errors.Is(answer, molgenis.ErrPasswordReset):
		return "PasswordResetRequired"
	case answer.Code != "":
		return answer.Code
	default:
		return fmt.Sprintf("status %d", answer.Status)
	}
}

// isDenied is true for a missing right.
func isDenied(err error) bool { return errors.Is(err, molgenis.ErrPermission) }
