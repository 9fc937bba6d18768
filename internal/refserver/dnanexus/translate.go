package dnanexus

import (
	"cmp"
	"errors"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/httpkit"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refusal"
	wire "github.com/dxauth/dxauth/pkg/dnanexus"
)

// wording is the type and text of the platform for a refusal.
type wording struct {
	reason    refusal.Reason
	errorType string
	text      string // empty: the refusal's own
}

// wordings lists the reasons for which the platform has its own type or text. The
// texts are those that clients and their tests know, if one is known.
func wordings() []wording {
	return []wording{
		{refusal.WrongPassword, wire.TypeUsernameOrPassword, "Incorrect username and/or password"},
		{refusal.OTPRequired, wire.TypeOTPRequired, "A verification code is required"},
		{refusal.UsedOTP, wire.TypeOTPMismatch, "Incorrect verification code: it was used before"},
		{refusal.WrongOTP, wire.TypeOTPMismatch, "Incorrect verification code"},
		{refusal.SSORequired, wire.TypeSSORequired, "The user is registered via single sign-on and may only log in through the identity provider"},
		{refusal.UsernameTaken, wire.TypeUsernameTaken, "The user name is taken"},
		{refusal.EmailTaken, wire.TypeEmailTaken, "The e-mail address is taken"},
		{refusal.PasswordTooShort, wire.TypeInvalidInput, "The password must have at least 8 characters"},
		{refusal.ObviousPassword, wire.TypeInvalidInput, "The password must not consist of your names or addresses"},
		{refusal.LongPassword, wire.TypeInvalidInput, "The password must have at most 128 characters"},
		{refusal.CommonPassword, wire.TypeInvalidInput, "This password is too common"},
		{refusal.UnchangedPassword, wire.TypeInvalidInput, "The new password is the same as the current one"},
		{refusal.PasswordTooLong, wire.TypeInvalidInput, "The password is too long"},
		{refusal.FactorsDisabled, wire.TypeInvalidState, "Two-factor authentication is disabled on this server"},
		{refusal.FactorsEnforced, wire.TypeInvalidState, "Two-factor authentication is required on this server and can't be turned off"},
		{refusal.FactorOff, wire.TypeInvalidState, "Two-factor authentication is off"},
		{refusal.NoEnrollment, wire.TypeInvalidState, "No enrollment is in progress, or it has expired; start again"},
		{refusal.EnrollmentUnproved, wire.TypeInvalidState, "The enrollment has to be confirmed with a verification code first"},
		{refusal.UnknownTicket, wire.TypeInvalidAuthentication, "The enrollment ticket could not be found or has expired; log in again"},
		{refusal.NoUser, wire.TypeResourceNotFound, "The user could not be found"},
		{refusal.Busy, wire.TypeServiceUnavailable, "Some resource was temporarily unavailable; please try again later"},
		{refusal.NotSignedIn, wire.TypeInvalidAuthentication, "You need to be logged in to use this method"},
		{refusal.UnknownToken, wire.TypeInvalidAuthentication, "The token could not be found"},
		{refusal.NoToken, wire.TypeResourceNotFound, "The token could not be found among those of the user"},
		{refusal.Reauthentication, wire.TypeReauthenticationRequired, "Log in again, or give username and password with this request"},
		{refusal.BeyondScope, wire.TypePermissionDenied, "The token in use does not reach that far"},
		{refusal.NoSession, wire.TypeResourceNotFound, "The session could not be found"},
		{refusal.AmbiguousID, wire.TypeInvalidInput, `expected key "ids" of input to name one session each`},
		{refusal.TokenEnded, wire.TypeInvalidState, "The token has ended already"},
		{refusal.ExpiresLater, wire.TypeInvalidInput, `expected key "expires" of input to be no later than before`},
		{refusal.ExpiresInPast, wire.TypeInvalidInput, `expected key "expires" of input to be in the future`},
		{refusal.NoProject, wire.TypeResourceNotFound, "The project could not be found"},
		{refusal.NoOrg, wire.TypeResourceNotFound, "The org could not be found"},
		{refusal.NoFolder, wire.TypeResourceNotFound, "The specified folder could not be found"},
		{refusal.NoInvitee, wire.TypeResourceNotFound, "The invitee could not be found"},
		{refusal.FolderExists, wire.TypeInvalidState, "The folder exists already"},
		{refusal.FolderNotEmpty, wire.TypeInvalidState, "The folder is not empty; recurse removes what is in it"},
		{refusal.VersionChanged, wire.TypeInvalidState, "The project has a different version now"},
		{refusal.LastProjectAdmin, wire.TypeInvalidState, "A project needs at least one member with ADMINISTER access"},
		{refusal.OrgExists, wire.TypeInvalidState, "An org with this handle exists already"},
		{refusal.NoMember, wire.TypeResourceNotFound, "The user is not a member of the org"},
		{refusal.MemberExists, wire.TypeInvalidState, "The user is a member of the org already"},
		{refusal.LastOrgAdmin, wire.TypeInvalidState, "An org needs at least one member with ADMIN access"},
		{refusal.NonceReused, wire.TypeInvalidInput, "nonce was reused in an earlier request but some of the input arguments were different"},
		{refusal.Unlicensed, wire.TypePermissionDenied, "User creation features must be enabled for the org"},
		{refusal.NotSuperuser, wire.TypePermissionDenied, "Only an administrator of the platform may do this"},
		{refusal.ProtocolClosed, wire.TypePermissionDenied, "This server does not let users change their accounts over DNAnexus's protocol"},
		{refusal.OwnAccount, wire.TypeInvalidState, "You cannot disable your own account"},
		{refusal.WrongAccessCode, wire.TypeEntryCode, "Invalid code: wrong, already used or expired"},
		{refusal.PasswordSet, wire.TypeInvalidState, "The account is active already"},
		{refusal.NotManaged, wire.TypePermissionDenied, "The org did not create this account, so its administrators cannot change it"},
		{refusal.FactorReset, wire.TypeInvalidState, "MFA is already reset for the user"},
		{refusal.OwnFactor, wire.TypePermissionDenied, "Your own second factor is turned off with a verification code, not reset"},
		{refusal.NoStore, wire.TypeServiceUnavailable, "Some resource was temporarily unavailable; please try again later"},
		{refusal.UnknownOutcome, wire.TypeUnknownOutcome, ""},
		{refusal.OutboxFull, wire.TypeOutboxFull, "The e-mail that this needs cannot be sent: too many are waiting. Nothing was changed. Try again later, or ask the administrator of the server"},
		{refusal.SignUpsFull, wire.TypeInvalidState, "Too many sign-ups are waiting. Try again later, or ask the administrator of the server"},
		{refusal.Malformed, wire.TypeMalformedJSON, ""},
		{refusal.UnknownPayer, wire.TypeInvalidBillTo, ""},
		{refusal.LimitReached, wire.TypeLimitReached, ""},
	}
}

// typeOf returns the type of a refusal whose reason has no wording.
func typeOf(code refusal.Code) string {
	switch code {
	case refusal.Unauthenticated, refusal.SessionEnded, refusal.WrongCredentials:
		return wire.TypeInvalidAuthentication
	case refusal.Denied:
		return wire.TypePermissionDenied
	case refusal.NotFound:
		return wire.TypeResourceNotFound
	case refusal.Invalid:
		return wire.TypeInvalidInput
	case refusal.Conflict:
		return wire.TypeInvalidState
	case refusal.Throttled:
		return wire.TypeTooManyAttempts
	case refusal.Unavailable:
		return wire.TypeServiceUnavailable
	default:
		return wire.TypeInternalError
	}
}

// translate turns an error into one of the platform. Anything but a refusal becomes
// an internal error, whose text goes only to the log.
func translate(err error) *platformError {
	if ready, ok := errors.AsType[*platformError](err); ok {
		return ready
	}
	refused, ok := errors.AsType[*refusal.Error](err)
	if !ok || typeOf(refused.Code) == wire.TypeInternalError {
		return refusalf(wire.TypeInternalError, "An internal error occurred")
	}
	if detailed := fromDetails(refused); detailed != nil {
		return detailed
	}
	words := wordingOf(refused)
	translated := refusalf(words.errorType, "%s", words.text)
	translated.retryAfter = httpkit.RetrySeconds(err)
	return translated
}

func wordingOf(refused *refusal.Error) wording {
	words := wording{errorType: typeOf(refused.Code), text: refused.Message}
	for _, own := range wordings() {
		if own.reason == refused.Reason {
			words.errorType, words.text = own.errorType, cmp.Or(own.text, refused.Message)
		}
	}
	return words
}

// fromDetails translates a refusal whose text depends on its details. It returns
// nil for others.
func fromDetails(refused *refusal.Error) *platformError {
	switch details := refused.Details.(type) {
	case refusal.Wait:
		return tooManyAttempts(details.Seconds())
	case service.PartialSignIn:
		return enrollmentRequired(details)
	case directory.Level:
		return refusalf(wire.TypePermissionDenied, "Requires %s access to the project", details)
	case directory.OrgAccess:
		return refusalf(wire.TypePermissionDenied, "%s to %s required to perform this operation", orgAccess(details.Needs), details.OrgID)
	case refusal.Input:
		return wrongInput(refused, details)
	}
	if refused.Code == refusal.SessionEnded {
		return tokenEnded(refused.Reason)
	}
	return nil
}

func wrongInput(refused *refusal.Error, input refusal.Input) *platformError {
	switch refused.Reason {
	case refusal.WrongAccount:
		return refusalf(accountType(identity.DraftField(input.Key)), "%s", input.Problem)
	case refusal.WrongInput:
		return refusalf(wire.TypeInvalidInput, "%s %s", input.Key, input.Problem)
	default:
		return refusalf(wire.TypeInvalidInput, "%s", refused.Message)
	}
}

// accountType returns the error type for a wrong field of an account. Clients have
// no class for these types.
func accountType(field identity.DraftField) string {
	switch field {
	case identity.FieldUsername:
		return wire.TypeInvalidUsername
	case identity.FieldEmail:
		return wire.TypeInvalidEmail
	case identity.FieldName:
		return wire.TypeMissingName
	default:
		return wire.TypeInvalidInput
	}
}

// orgAccess returns the platform's term for a level in an org.
func orgAccess(level directory.OrgLevel) string {
	if level == directory.Admin {
		return "Administrator access"
	}
	return "Member access"
}

func tooManyAttempts(seconds int64) *platformError {
	r := refusalf(wire.TypeTooManyAttempts, "Too many failed attempts; try again in %d s", seconds)
	r.body.Details = wire.WaitDetails{RetryAfter: seconds}
	r.retryAfter = seconds
	return r
}

func enrollmentRequired(partial service.PartialSignIn) *platformError {
	r := refusalf(wire.TypeEnrollmentRequired, "Two-factor authentication is required on this server; enroll to log in")
	r.body.Details = wire.EnrollmentDetails{Ticket: partial.Ticket.OnWire(), Expires: partial.Expires.UnixMilli()}
	return r
}

func tokenEnded(reason access.Reason) *platformError {
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
