package dnanexus

// This file is dxauth's own: error types beside those of the platform, and details
// that the platform does not send.

// Error types of dxauth's own, for which no client has a class of the same name.
const (
	TypeTooManyAttempts          = "TooManyAttemptsError"
	TypeReauthenticationRequired = "ReauthenticationRequiredError"
	TypeEnrollmentRequired       = "TwoFactorEnrollmentRequiredError"
	TypeInvalidUsername          = "InvalidUsernameError"
	TypeInvalidEmail             = "InvalidEmailError"
	TypeMissingName              = "MissingNameError"
	TypeInvalidBillTo            = "InvalidBillToError"
	TypeEntryCode                = "EntryCodeError"    // the code of a bootstrap or an activation
	TypeLimitReached             = "LimitReachedError" // of what a user, project or org can have
	TypeUnknownOutcome           = "UnknownOutcome"    // the change may have been made, or may be made later
	TypeOutboxFull               = "OutboxFullError"   // too many e-mails wait to be sent; nothing was changed
)

// EndDetails are the details of an InvalidAuthentication for a token that was
// good once. They are an extension of dxauth.
type EndDetails struct {
	Reason string `json:"reason"` // idle, expired, revoked, logged out elsewhere
}

// WaitDetails are the details of a TooManyAttemptsError. They are an extension
// of dxauth.
type WaitDetails struct {
	RetryAfter int64 `json:"retryAfter"` // seconds, as in the header of that name
}
