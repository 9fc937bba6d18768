package dnanexus

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Error types of the platform. The first group is documented with its status; the
// second is known from clients that compare these names with those of the auth
// server.
const (
	TypeMalformedJSON         = "MalformedJSON"
	TypeInvalidAuthentication = "InvalidAuthentication"
	TypePermissionDenied      = "PermissionDenied"
	TypeResourceNotFound      = "ResourceNotFound"
	TypeInvalidInput          = "InvalidInput"
	TypeInvalidState          = "InvalidState"
	TypeInternalError         = "InternalError"
	TypeServiceUnavailable    = "ServiceUnavailable"

	TypeUsernameOrPassword = "UsernameOrPasswordError"
	TypeOTPRequired        = "OTPRequiredError"
	TypeOTPMismatch        = "OTPMismatchError"
	TypeSSORequired        = "SSORequiredError"
	TypeUsernameTaken      = "UsernameTakenError"
	TypeEmailTaken         = "EmailTakenError"
)

// StatusOf returns the HTTP status that goes with an error type. Missing
// rights are 401 and not 403, as on the platform. dx repeats 429 and 503 for
// ever and other statuses of servers six times: a lock-out, and what may not be
// repeated or would not help, is another one. An unknown type is a server error.
func StatusOf(errorType string) int {
	switch errorType {
	case TypeMalformedJSON:
		return http.StatusBadRequest
	case TypeInvalidAuthentication, TypePermissionDenied, TypeUsernameOrPassword,
		TypeOTPRequired, TypeOTPMismatch, TypeReauthenticationRequired, TypeEnrollmentRequired, TypeEntryCode:
		return http.StatusUnauthorized
	case TypeSSORequired, TypeTooManyAttempts:
		return http.StatusForbidden
	case TypeResourceNotFound:
		return http.StatusNotFound
	case TypeUsernameTaken, TypeEmailTaken, TypeInvalidUsername, TypeInvalidEmail, TypeMissingName, TypeInvalidBillTo:
		return http.StatusUnprocessableEntity
	case TypeInvalidInput, TypeInvalidState, TypeLimitReached, TypeOutboxFull:
		return http.StatusUnprocessableEntity
	case TypeUnknownOutcome:
		return http.StatusConflict
	case TypeServiceUnavailable:
		return http.StatusServiceUnavailable
	default:
		return http.StatusInternalServerError
	}
}

// Error is a refusal by the platform: a response with the error envelope.
type Error struct {
	Type      string
	Message   string
	Details   json.RawMessage // absent, or any JSON value
	Status    int             // HTTP status code
	RequestID string          // 13 digits of ms since 1970, a dash, 1 to 6 digits; may be empty
	Retry     time.Duration   // of the Retry-After header; 0: none
	Date      time.Time       // of the answer, by the server's clock; zero: not known
}

// Error gives type, message and request ID on one line.
func (e *Error) Error() string {
	if e.RequestID == "" {
		return fmt.Sprintf("%s: %s (code %d)", e.Type, e.Message, e.Status)
	}
	return fmt.Sprintf("%s: %s (code %d, request ID %s)", e.Type, e.Message, e.Status, e.RequestID)
}

// IsType reports whether err is a refusal of the given type.
func IsType(err error, errorType string) bool {
	var refusal *Error
	return errors.As(err, &refusal) && refusal.Type == errorType
}

// ErrorEnvelope is the body of every response that is not 200.
type ErrorEnvelope struct {
	Error ErrorBody `json:"error"`
}

// ErrorBody is the inside of the envelope. Message must be there: dx fails on
// a response without it.
type ErrorBody struct {
	Type    string `json:"type"`
	Message string `json:"message"`
	Details any    `json:"details,omitempty"`
}
