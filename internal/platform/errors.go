package platform

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/dxauth/dxauth/internal/duration"
	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/molgenis"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Errors by what can be done about them.
var (
	ErrWrongPassword = errors.New("incorrect username and/or password")
	ErrCodeRequired  = errors.New("a verification code is required")
	ErrWrongCode     = errors.New("incorrect verification code")
	ErrNotFound      = errors.New("not found")
	// ErrNotOffered means that the platform has no such call.
	ErrNotOffered = errors.New("this platform offers it on its web page only")
	// ErrAccessCode means the code of somebody who has no password yet.
	ErrAccessCode = errors.New("the code is wrong, was used, or is too old")
	// ErrReauthenticate asks for the password, and a code where the account has
	// two-factor authentication, although somebody is logged in.
	ErrReauthenticate = errors.New("the password is needed: the last sign-in is too long ago")
	// ErrTokenOver is returned for a token that has ended already.
	ErrTokenOver = errors.New("the token has ended already")
	// ErrNoScriptToken means that the user may not make a token, even for a script
	// of their own.
	ErrNoScriptToken = errors.New("this server makes no tokens for you")
	// ErrApproved means that an account waits for nobody.
	ErrApproved = errors.New("the account is open already")
)

// UnsupportedError is a wish that the platform's protocol can't express. It is
// found before anything is sent.
type UnsupportedError struct{ Message string }

func (e *UnsupportedError) Error() string { return e.Message }

// SignedOutError means that the server does not take the credential any more.
type SignedOutError struct {
	Reason string // idle, expired, revoked, …; empty: the server did not say
	Err    error
}

func (e *SignedOutError) Error() string {
	if e.Reason == "" {
		return "the server does not accept the credential any more"
	}
	return "the session has ended: " + e.Reason
}

// Unwrap returns what the client said.
func (e *SignedOutError) Unwrap() error { return e.Err }

// RefusedError is a refusal by the server.
type RefusedError struct {
	Type    string // the platform's name for it
	Message string // the platform's words
	Kind    error  // one of the errors of this package, or nil
	Err     error  // what the client said

	Date time.Time // of the answer, by the server's clock; zero: not known
}

// Error leaves the type out where it says what the message says.
func (e *RefusedError) Error() string {
	if e.Kind != nil {
		return e.Message
	}
	return e.Message + " (" + e.Type + ")"
}

// Unwrap returns the kind and what the client said.
func (e *RefusedError) Unwrap() []error {
	if e.Kind == nil {
		return []error{e.Err}
	}
	return []error{e.Kind, e.Err}
}

// WaitError means that after too many wrong tries the server takes none for a
// while.
type WaitError struct{ For time.Duration }

func (e *WaitError) Error() string {
	return "too many wrong tries; wait " + duration.Format(e.For)
}

// EnrollmentRequiredError means that the server signs nobody in without
// two-factor authentication, and that this person has none yet. The password
// was right.
type EnrollmentRequiredError struct {
	Ticket  secret.Text // stands for the sign-in, for the calls of [TwoFactor]
	Expires time.Time
}

func (e *EnrollmentRequiredError) Error() string {
	return "two-factor authentication has to be set up first"
}

// CannotRevokeError means that the platform can't end a token.
type CannotRevokeError struct{ Until time.Time } // zero: not known

func (e *CannotRevokeError) Error() string {
	if e.Until.IsZero() {
		return "this platform can't end a token before its time"
	}
	return "this platform can't end a token before its time, which is " + e.Until.Format(time.RFC3339)
}

// Explain types what a client returned by what can be done about it. An error
// that is typed already, or is no refusal, stays what it is.
func Explain(err error) error {
	if _, typed := errors.AsType[*RefusedError](err); typed {
		return err
	}
	if _, typed := errors.AsType[*SignedOutError](err); typed {
		return err
	}
	if refusal, ok := errors.AsType[*dnanexus.Error](err); ok {
		return explainDNAnexus(refusal, err)
	}
	if refusal, ok := errors.AsType[*molgenis.Error](err); ok {
		return explainMOLGENIS(refusal, err)
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

func explainDNAnexus(refusal *dnanexus.Error, err error) error {
	if refusal.Type == dnanexus.TypeInvalidAuthentication {
		return &SignedOutError{Reason: endReason(refusal), Err: err}
	}
	return &RefusedError{Type: refusal.Type, Message: refusal.Message, Kind: kindOf(refusal), Err: err, Date: refusal.Date}
}

func kindOf(refusal *dnanexus.Error) error {
	switch {
	case refusal.Type == dnanexus.TypeUsernameOrPassword:
		return ErrWrongPassword
	case refusal.Type == dnanexus.TypeOTPRequired:
		return ErrCodeRequired
	case refusal.Type == dnanexus.TypeOTPMismatch:
		return ErrWrongCode
	case refusal.Type == dnanexus.TypeReauthenticationRequired:
		return ErrReauthenticate
	case refusal.Type == dnanexus.TypeTooManyAttempts:
		return waitError(refusal)
	case refusal.Type == dnanexus.TypeEnrollmentRequired:
		return enrollmentRequired(refusal)
	case refusal.Type == dnanexus.TypeEntryCode:
		return ErrAccessCode
	case refusal.Status == http.StatusNotFound:
		return ErrNotFound
	default:
		return nil
	}
}

func endReason(refusal *dnanexus.Error) string {
	var details dnanexus.EndDetails
	if err := json.Unmarshal(refusal.Details, &details); err != nil {
		return ""
	}
	return details.Reason
}

// waitError reads how long the server takes no more tries.
func waitError(refusal *dnanexus.Error) error {
	var details dnanexus.WaitDetails
	if err := json.Unmarshal(refusal.Details, &details); err != nil || details.RetryAfter <= 0 {
		return &WaitError{For: refusal.Retry} // the header says it, too
	}
	return &WaitError{For: time.Duration(details.RetryAfter) * time.Second}
}

// enrollmentRequired reads the ticket.
func enrollmentRequired(refusal *dnanexus.Error) error {
	var details dnanexus.EnrollmentDetails
	if err := json.Unmarshal(refusal.Details, &details); err != nil || details.Ticket.IsZero() {
		return errors.New("two-factor authentication has to be set up first, in a way that dxauth does not know")
	}
	return &EnrollmentRequiredError{Ticket: details.Ticket.Text(), Expires: timeOfMillis(details.Expires)}
}

func explainMOLGENIS(refusal *molgenis.Error, err error) error {
	switch {
	case refusal.Retry > 0:
		return &WaitError{For: refusal.Retry}
	case errors.Is(err, molgenis.ErrSignedOut):
		return &SignedOutError{Err: err}
	}
	message := refusal.Message
	if message == "" {
		message = refusal.Error()
	}
	kind := kindOfMOLGENIS(err)
	if errors.Is(kind, ErrWrongPassword) {
		message = kind.Error() // the platform's words tell whether there is such a user
	}
	return &RefusedError{Type: typeOfMOLGENIS(refusal), Message: message, Kind: kind, Err: err}
}

func kindOfMOLGENIS(err error) error {
	switch {
	case errors.Is(err, molgenis.ErrWrongPassword):
		return ErrWrongPassword
	case errors.Is(err, molgenis.ErrWrongCode):
		return ErrWrongCode
	case errors.Is(err, molgenis.ErrTwoFactor):
		return ErrCodeRequired
	case errors.Is(err, molgenis.ErrNotFound):
		return ErrNotFound
	default:
		return nil
	}
}

// typeOfMOLGENIS names a refusal: the platform has few names of its own.
func typeOfMOLGENIS(refusal *molgenis.Error) string {
	switch {
	case errors.Is(refusal, molgenis.ErrPermission):
		return "PermissionDenied"
	case errors.Is(refusal, molgenis.ErrPasswordReset):
		return "PasswordResetRequired"
	case refusal.Code != "":
		return refusal.Code
	default:
		return fmt.Sprintf("status %d", refusal.Status)
	}
}

// isDenied is true for a missing right.
func isDenied(err error) bool { return errors.Is(err, molgenis.ErrPermission) }
