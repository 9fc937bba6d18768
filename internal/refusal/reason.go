package refusal

// Reason distinguishes cases of one code, such as "otp_required". It is empty if no
// caller needs to.
//
// All reasons of the server are listed here, not in the packages that return them, so
// that each has one meaning, a protocol can translate them without importing those
// packages, and a test can check all of them.
type Reason string

// Reasons for which a sign-in or a credential is refused.
const (
	WrongPassword      Reason = "wrong_password" // or an unknown user, or a disabled account
	OTPRequired        Reason = "otp_required"
	WrongOTP           Reason = "wrong_otp"
	UsedOTP            Reason = "used_otp" // the code was right but used before
	SSORequired        Reason = "sso_required"
	EnrollmentRequired Reason = "enrollment_required" // of a second factor
	NotSignedIn        Reason = "not_signed_in"       // no credential was sent
	UnknownTicket      Reason = "unknown_ticket"
	UnknownToken       Reason = "unknown_token"    // the one the request was sent with
	WrongAccessCode    Reason = "wrong_entry_code" // wrong, used before, or too old
	MalformedHeader    Reason = "malformed_header" // Authorization has no token, or several
	TooManyAttempts    Reason = "too_many_attempts"
	WrongIDToken       Reason = "wrong_id_token" // of a CI system
	UsedIDToken        Reason = "used_id_token"
)

// Reasons for which an authorization code or a device code gives no session, or a code
// that a user types does not find a device.
const (
	WrongGrant    Reason = "wrong_grant"     // unknown, too old, of another client, or without its proof key
	UsedGrant     Reason = "used_grant"      // used before
	WrongUserCode Reason = "wrong_user_code" // unknown, too old, or decided before
	GrantPending  Reason = "grant_pending"   // the user has not decided yet
	GrantDenied   Reason = "grant_denied"    // the user decided against it
	GrantExpired  Reason = "grant_expired"   // the user did not decide in time
	SlowDown      Reason = "slow_down"       // a device asks too often; Details is a Wait
)

// Reasons for which a token has ended. They are stored and sent to clients.
const (
	Idle      Reason = "idle"
	Expired   Reason = "expired"
	Revoked   Reason = "revoked"
	Elsewhere Reason = "logged out elsewhere"
)

// Reasons for which a caller may not do something.
const (
	Reauthentication Reason = "reauthentication" // a recent sign-in is required
	BeyondScope      Reason = "beyond_scope"
	NotSuperuser     Reason = "not_superuser"
	NotManaged       Reason = "not_managed" // the org does not manage the account
	NotOwner         Reason = "not_owner"   // of the account
	OwnFactor        Reason = "own_factor"
	ProjectAccess    Reason = "project_access" // the level on the project is too low
	OrgAccess        Reason = "org_access"     // the level in the org is too low
	Billing          Reason = "billing"
	Unlicensed       Reason = "unlicensed"
	PHIUnlicensed    Reason = "phi_unlicensed"
	SignUpClosed     Reason = "sign_up_closed"
	ProtocolClosed   Reason = "protocol_closed" // to changes of accounts
	NotTrusted       Reason = "not_trusted"     // no trust rule matches, or it gives nothing now
	LinkPassword     Reason = "link_password"   // needed once to link an identity
	NotLinked        Reason = "not_linked"      // the identity, to an account
	MailDomain       Reason = "mail_domain"     // of a provider's user is not accepted
	AccountBlocked   Reason = "account_blocked" // said only to who proved to be its user
)

// Reasons for which something is not found.
const (
	NoUser    Reason = "no_user"
	NoToken   Reason = "no_token" // a token to act on; not the one the request was sent with
	NoSession Reason = "no_session"
	NoProject Reason = "no_project"
	NoFolder  Reason = "no_folder"
	NoOrg     Reason = "no_org"
	NoMember  Reason = "no_member"
	NoInvitee Reason = "no_invitee"

	NoTrustRule Reason = "no_trust_rule"
	NoIdentity  Reason = "no_identity" // of an account at a provider
)

// Reasons for which an input can never be accepted.
const (
	Malformed         Reason = "malformed"     // not JSON, or too large
	WrongType         Reason = "wrong_type"    // Details is an Input
	WrongInput        Reason = "wrong_input"   // Details is an Input
	WrongAccount      Reason = "wrong_account" // a name, address or SSH key; Details is an Input
	PasswordTooShort  Reason = "password_too_short"
	PasswordTooLong   Reason = "password_too_long" // for a check
	LongPassword      Reason = "long_password"     // for a new password
	ObviousPassword   Reason = "obvious_password"
	CommonPassword    Reason = "common_password"
	UnchangedPassword Reason = "unchanged_password"
	WeakToken         Reason = "weak_token"
	AmbiguousID       Reason = "ambiguous_id"
	ExpiresInPast     Reason = "expires_in_past"
	ExpiresLater      Reason = "expires_later"
	NonceReused       Reason = "nonce_reused"
	UnknownPayer      Reason = "unknown_payer"
	TooManyUsers      Reason = "too_many_users"
	WrongText         Reason = "wrong_text" // has a NUL character, or is not UTF-8
)

// Reasons for which something conflicts with the present state.
const (
	UsernameTaken      Reason = "username_taken"
	EmailTaken         Reason = "email_taken"
	UserExists         Reason = "user_exists" // by name or e-mail address
	IDTaken            Reason = "id_taken"
	TokenTaken         Reason = "token_taken"
	LabelTaken         Reason = "label_taken"
	OrgExists          Reason = "org_exists"
	FolderExists       Reason = "folder_exists"
	FolderNotEmpty     Reason = "folder_not_empty"
	MemberExists       Reason = "member_exists"
	LastProjectAdmin   Reason = "last_project_admin"
	LastOrgAdmin       Reason = "last_org_admin"
	VersionChanged     Reason = "version_changed"
	PasswordChanged    Reason = "password_changed" // during the check
	PasswordSet        Reason = "password_set"
	TokenEnded         Reason = "token_ended" // a token to act on; not the one the request was sent with
	OwnAccount         Reason = "own_account" // cannot be disabled
	FactorsDisabled    Reason = "factors_disabled"
	FactorsEnforced    Reason = "factors_enforced"
	FactorOff          Reason = "factor_off"
	FactorReset        Reason = "factor_reset"
	FactorUnreadable   Reason = "factor_unreadable" // moved, changed or sealed with another key
	NoEnrollment       Reason = "no_enrollment"
	UnreadableCodes    Reason = "unreadable_codes" // moved, changed or sealed with another key
	EnrollmentUnproved Reason = "enrollment_unproved"
	IdentityTaken      Reason = "identity_taken"   // linked to another account
	FactorElsewhere    Reason = "factor_elsewhere" // is for the identity provider to ask for
	LastIdentity       Reason = "last_identity"    // without which the user cannot sign in
	LinkFactor         Reason = "link_factor"      // an account with a second factor is not linked
	LimitReached       Reason = "limit_reached"    // of what a user, project or org can have
)

// Reasons for which the server cannot do something now.
const (
	Busy        Reason = "busy"
	NoStore     Reason = "no_store"
	OutboxFull  Reason = "outbox_full" // too many e-mails wait to be sent
	SignUpsFull Reason = "sign_ups_full"

	UnknownOutcome Reason = "unknown_outcome" // the change may have been made, or may be made later
)

// ByCode returns all reasons by the code that they belong to.
func ByCode() map[Code][]Reason {
	return map[Code][]Reason{
		WrongCredentials: {WrongPassword, OTPRequired, WrongOTP, UsedOTP, WrongAccessCode, WrongGrant, UsedGrant, GrantExpired, WrongIDToken, UsedIDToken},
		Unauthenticated:  {NotSignedIn, UnknownTicket, UnknownToken, MalformedHeader},
		Throttled:        {TooManyAttempts, SlowDown},
		SessionEnded:     {Idle, Expired, Revoked, Elsewhere},
		Denied: {
			SSORequired, EnrollmentRequired, Reauthentication, BeyondScope, NotSuperuser, NotManaged, NotOwner, OwnFactor,
			ProjectAccess, OrgAccess, Billing, Unlicensed, PHIUnlicensed, SignUpClosed, ProtocolClosed, GrantDenied, NotTrusted,
			LinkPassword, NotLinked, MailDomain, AccountBlocked,
		},
		NotFound: {NoUser, NoToken, NoSession, NoProject, NoFolder, NoOrg, NoMember, NoInvitee, WrongUserCode, NoTrustRule, NoIdentity},
		Invalid: {
			Malformed, WrongType, WrongInput, WrongAccount, PasswordTooShort, PasswordTooLong, LongPassword, ObviousPassword, CommonPassword,
			UnchangedPassword, WeakToken, AmbiguousID, ExpiresInPast, ExpiresLater, NonceReused, UnknownPayer, TooManyUsers, WrongText,
		},
		Conflict: {
			UsernameTaken, EmailTaken, UserExists, IDTaken, TokenTaken, LabelTaken, OrgExists, FolderExists, FolderNotEmpty,
			MemberExists, LastProjectAdmin, LastOrgAdmin, VersionChanged, PasswordChanged, PasswordSet, TokenEnded, OwnAccount,
			FactorsDisabled, FactorsEnforced, FactorOff, FactorReset, FactorUnreadable, UnreadableCodes, NoEnrollment, EnrollmentUnproved, LimitReached,
			GrantPending, FactorElsewhere, IdentityTaken, LastIdentity, LinkFactor,
		},
		Unavailable: {Busy, NoStore, OutboxFull, SignUpsFull, UnknownOutcome},
	}
}
