package refusal

// Reason tells cases of one code apart, as in "otp_required". It is empty where
// nobody does.
//
// All reasons of the server are listed here and not with the rules that give them: no two
// rules can then mean different things by one, a protocol words them without
// knowing the rule, and a test can walk them all.
type Reason string

// Reasons for which somebody is not signed in.
const (
	WrongPassword      Reason = "wrong_password" // or an unknown user, or a disabled account
	OTPRequired        Reason = "otp_required"
	WrongOTP           Reason = "wrong_otp"
	UsedOTP            Reason = "used_otp" // the code was right, and was used before
	SSORequired        Reason = "sso_required"
	EnrollmentRequired Reason = "enrollment_required" // of a second factor
	NotSignedIn        Reason = "not_signed_in"       // no credential was sent
	UnknownTicket      Reason = "unknown_ticket"
	UnknownToken       Reason = "unknown_token"    // the caller's own
	WrongEntryCode     Reason = "wrong_entry_code" // wrong, used before, or too old
	MalformedHeader    Reason = "malformed_header" // Authorization holds no token, or several
	TooManyAttempts    Reason = "too_many_attempts"
)

// Reasons for which a token has ended. They are stored, and go to clients.
const (
	Idle      Reason = "idle"
	Expired   Reason = "expired"
	Revoked   Reason = "revoked"
	Elsewhere Reason = "logged out elsewhere"
)

// Reasons for which a caller may not do something.
const (
	Reauthentication Reason = "reauthentication" // a recent sign-in is needed
	BeyondScope      Reason = "beyond_scope"
	NotSuperuser     Reason = "not_superuser"
	NotManaged       Reason = "not_managed" // the org did not make the account
	NotOwner         Reason = "not_owner"   // of the account
	OwnFactor        Reason = "own_factor"
	ProjectAccess    Reason = "project_access" // a level on the project is missing
	OrgAccess        Reason = "org_access"     // a level in the org is missing
	Billing          Reason = "billing"
	Unlicensed       Reason = "unlicensed"
	PHIUnlicensed    Reason = "phi_unlicensed"
	SignUpClosed     Reason = "sign_up_closed"
	CrossSite        Reason = "cross_site" // another site made a browser send the request
)

// Reasons for which something is not found.
const (
	NoUser    Reason = "no_user"
	NoToken   Reason = "no_token" // none of the user's; not the one in use
	NoSession Reason = "no_session"
	NoProject Reason = "no_project"
	NoFolder  Reason = "no_folder"
	NoOrg     Reason = "no_org"
	NoMember  Reason = "no_member"
	NoInvitee Reason = "no_invitee"
)

// Reasons for which an input can never be accepted.
const (
	Malformed         Reason = "malformed"     // not JSON, or too large
	WrongType         Reason = "wrong_type"    // Details is an Input
	WrongInput        Reason = "wrong_input"   // Details is an Input
	WrongAccount      Reason = "wrong_account" // a name, an address or a key of an account; Details is an Input
	PasswordTooShort  Reason = "password_too_short"
	PasswordTooLong   Reason = "password_too_long" // to be checked
	LongPassword      Reason = "long_password"     // to be set
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
)

// Reasons for which something is not possible in the present state.
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
	PasswordChanged    Reason = "password_changed" // while it was checked
	PasswordSet        Reason = "password_set"
	TokenEnded         Reason = "token_ended" // one of the user's; not the one in use
	OwnAccount         Reason = "own_account" // cannot be disabled
	FactorsDisabled    Reason = "factors_disabled"
	FactorsEnforced    Reason = "factors_enforced"
	FactorOff          Reason = "factor_off"
	FactorReset        Reason = "factor_reset"
	NoEnrollment       Reason = "no_enrollment"
	EnrollmentUnproved Reason = "enrollment_unproved"
)

// Reasons for which the server cannot do something now.
const (
	Busy        Reason = "busy"
	NoStore     Reason = "no_store"
	SignUpsFull Reason = "sign_ups_full"
)

// ByCode returns all reasons, each with the code that it goes with.
func ByCode() map[Code][]Reason {
	return map[Code][]Reason{
		WrongCredentials: {WrongPassword, OTPRequired, WrongOTP, UsedOTP, WrongEntryCode},
		Unauthenticated:  {NotSignedIn, UnknownTicket, UnknownToken, MalformedHeader},
		Throttled:        {TooManyAttempts},
		SessionEnded:     {Idle, Expired, Revoked, Elsewhere},
		Denied: {
			SSORequired, EnrollmentRequired, Reauthentication, BeyondScope, NotSuperuser, NotManaged, NotOwner, OwnFactor,
			ProjectAccess, OrgAccess, Billing, Unlicensed, PHIUnlicensed, SignUpClosed, CrossSite,
		},
		NotFound: {NoUser, NoToken, NoSession, NoProject, NoFolder, NoOrg, NoMember, NoInvitee},
		Invalid: {
			Malformed, WrongType, WrongInput, WrongAccount, PasswordTooShort, PasswordTooLong, LongPassword, ObviousPassword, CommonPassword,
			UnchangedPassword, WeakToken, AmbiguousID, ExpiresInPast, ExpiresLater, NonceReused, UnknownPayer, TooManyUsers,
		},
		Conflict: {
			UsernameTaken, EmailTaken, UserExists, IDTaken, TokenTaken, LabelTaken, OrgExists, FolderExists, FolderNotEmpty,
			MemberExists, LastProjectAdmin, LastOrgAdmin, VersionChanged, PasswordChanged, PasswordSet, TokenEnded, OwnAccount,
			FactorsDisabled, FactorsEnforced, FactorOff, FactorReset, NoEnrollment, EnrollmentUnproved,
		},
		Unavailable: {Busy, NoStore, SignUpsFull},
	}
}
