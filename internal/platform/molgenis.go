package platform

import (
	"errors"
	"fmt"
	"time"

	"github.com/dxauth/dxauth/pkg/molgenis"
)

// newMOLGENIS makes the client of either generation.
func newMOLGENIS(access Access) *molgenis.Client {
	return molgenis.New(molgenis.Config{
		Server: access.APIServer, UserAgent: access.UserAgent,
		Credential: access.Token, CredentialType: access.TokenType, HTTP: access.HTTP, Trace: access.Trace,
	})
}

// explainMOLGENIS types a refusal by what can be done about it.
func explainMOLGENIS(err error) error {
	var refusal *molgenis.Error
	switch {
	case !errors.As(err, &refusal):
		return err
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

// fullOnly refuses what a token of MOLGENIS can't be.
func fullOnly(scope Scope) error {
	if !scope.Full || scope.NoPHI {
		return &UnsupportedError{Message: "tokens of MOLGENIS reach everything that the user does: leave out what narrows one"}
	}
	return nil
}

// LingeringError means that the platform can't end a token.
type LingeringError struct{ Until time.Time } // zero: not known

func (e *LingeringError) Error() string {
	if e.Until.IsZero() {
		return "this platform can't end a token before its time"
	}
	return "this platform can't end a token before its time, which is " + e.Until.Format(time.RFC3339)
}
