package dnanexus

import (
	"fmt"
	"log/slog"

	"github.com/dxauth/dxauth/pkg/secret"
)

// Routes of the auth server for two-factor authentication and for what it
// guards. They are extensions of dxauth: the platform offers this on its web
// page only.
const (
	RouteTwoFactorStatus                  = "/account/twoFactor/status"
	RouteTwoFactorEnroll                  = "/account/twoFactor/enroll"
	RouteTwoFactorConfirm                 = "/account/twoFactor/confirm"
	RouteTwoFactorActivate                = "/account/twoFactor/activate"
	RouteTwoFactorDisable                 = "/account/twoFactor/disable"
	RouteTwoFactorRegenerateRecoveryCodes = "/account/twoFactor/regenerateRecoveryCodes"
	RouteChangePassword                   = "/account/changePassword"
	RouteUpdateSettings                   = "/account/updateSettings"
)

// Proof shows once more who the caller is, where a recent sign-in is not
// enough. A request without it is refused with ReauthenticationRequiredError;
// with a password but no code, where 2FA is on, with OTPRequiredError.
type Proof struct {
	Password secret.Wire  `json:"password,omitzero"`
	OTP      *secret.Wire `json:"otp,omitempty"` // a code or a recovery code, where 2FA is on
}

// LogValue keeps the password out of logs, JSON ones too.
func (p Proof) LogValue() slog.Value { return slog.StringValue(fmt.Sprintf("%+v", p)) }

// TwoFactorMode says what a server wants of its users.
type TwoFactorMode string

// The modes.
const (
	TwoFactorDisabled TwoFactorMode = "disabled" // nobody can turn it on
	TwoFactorEnabled  TwoFactorMode = "enabled"  // who wants to can
	TwoFactorEnforced TwoFactorMode = "enforced" // nobody signs in without it
)

// TwoFactorStatus tells how the caller's second factor stands. Answer of
// /account/twoFactor/status.
type TwoFactorStatus struct {
	Enabled           bool          `json:"enabled"`
	Since             *int64        `json:"since"`             // ms since 1970; null: it is off, or the server does not know
	Pending           bool          `json:"pending"`           // an enrolment is under way
	RecoveryCodesLeft int           `json:"recoveryCodesLeft"` // unused ones
	Mode              TwoFactorMode `json:"mode"`
}

// Enrolment of a second factor has three steps: enroll gives the secret, confirm
// takes a code of it and gives the recovery codes, activate takes one of them,
// as a proof that they were kept, and turns it on. Nothing changes before that.
// Where the server enforces a second factor, a sign-in without one is refused
// with TwoFactorEnrollmentRequiredError, whose ticket stands for the bearer
// token and the proof in these calls.

// EnrollmentDetails are the details of a TwoFactorEnrollmentRequiredError.
type EnrollmentDetails struct {
	Ticket  secret.Wire `json:"ticket"`  // good for one enrolment
	Expires int64       `json:"expires"` // ms since 1970
}

// EnrollRequest begins an enrolment, in place of a pending one. Where 2FA is
// on, the present second factor holds until the new one is activated. Input of
// /account/twoFactor/enroll.
type EnrollRequest struct {
	Proof
	Ticket secret.Wire `json:"ticket,omitzero"`
}

// LogValue keeps the password out of logs, JSON ones too.
func (r EnrollRequest) LogValue() slog.Value { return slog.StringValue(fmt.Sprintf("%+v", r)) }

// Enrollment is what an authenticator app has to know. It is told once. Answer
// of /account/twoFactor/enroll.
type Enrollment struct {
	URI       secret.Wire `json:"uri"`    // otpauth://totp/…, for a QR code
	Secret    secret.Wire `json:"secret"` // base32 without padding
	Issuer    string      `json:"issuer"`
	Account   string      `json:"account"`
	Algorithm string      `json:"algorithm"` // SHA1
	Digits    int         `json:"digits"`    // 6
	Period    int         `json:"period"`    // seconds
	Expires   int64       `json:"expires"`   // of the pending enrolment, ms since 1970
}

// LogValue keeps the secret out of logs, JSON ones too.
func (e Enrollment) LogValue() slog.Value { return slog.StringValue(fmt.Sprintf("%+v", e)) }

// ConfirmRequest shows that the app has the secret. Input of
// /account/twoFactor/confirm.
type ConfirmRequest struct {
	Code   secret.Wire `json:"code"` // a verification code of the new secret
	Ticket secret.Wire `json:"ticket,omitzero"`
}

// LogValue keeps the code out of logs, JSON ones too.
func (r ConfirmRequest) LogValue() slog.Value { return slog.StringValue(fmt.Sprintf("%+v", r)) }

// RecoveryCodes is a new set of recovery codes. It is told once; the codes of
// an enrolment are good from its activation on. Answer of
// /account/twoFactor/confirm and /account/twoFactor/regenerateRecoveryCodes.
type RecoveryCodes struct {
	RecoveryCodes []secret.Wire `json:"recoveryCodes"`
}

// LogValue keeps the codes out of logs, JSON ones too.
func (c RecoveryCodes) LogValue() slog.Value { return slog.StringValue(fmt.Sprintf("%+v", c)) }

// ActivateRequest shows that the recovery codes were kept. The code is checked,
// not spent. Input of /account/twoFactor/activate.
type ActivateRequest struct {
	RecoveryCode secret.Wire `json:"recoveryCode"`
	Ticket       secret.Wire `json:"ticket,omitzero"`
}

// LogValue keeps the code out of logs, JSON ones too.
func (r ActivateRequest) LogValue() slog.Value { return slog.StringValue(fmt.Sprintf("%+v", r)) }

// ActivateResponse tells that 2FA is on. The other sessions of the user have
// ended. Answer of /account/twoFactor/activate.
type ActivateResponse struct {
	Session *NewAuthTokenResponse `json:"session,omitempty"` // with a ticket: the sign-in that it stood for
}

// DisableRequest turns 2FA off. The secret and the recovery codes are dead
// then. Input of /account/twoFactor/disable.
type DisableRequest struct{ Proof }

// RegenerateRequest replaces the recovery codes. Input of
// /account/twoFactor/regenerateRecoveryCodes.
type RegenerateRequest struct{ Proof }

// ChangePasswordRequest sets another password. The other sessions of the user
// end; API tokens do not. Input of /account/changePassword.
type ChangePasswordRequest struct {
	Proof
	NewPassword secret.Wire `json:"newPassword"` // 8 to 128 characters
}

// LogValue keeps the passwords out of logs, JSON ones too.
func (r ChangePasswordRequest) LogValue() slog.Value { return slog.StringValue(fmt.Sprintf("%+v", r)) }

// UpdateSettingsRequest changes personal information; what is absent stays as
// it is. Input of /account/updateSettings.
type UpdateSettingsRequest struct {
	Proof
	First  *string `json:"first,omitempty"`
	Middle *string `json:"middle,omitempty"`
	Last   *string `json:"last,omitempty"`
}

// LogValue keeps the password out of logs, JSON ones too.
func (r UpdateSettingsRequest) LogValue() slog.Value { return slog.StringValue(fmt.Sprintf("%+v", r)) }

// UpdateEmailRequest is the body of /user-xxxx/updateEmail, which is known from
// precisionFDA.
type UpdateEmailRequest struct {
	Proof
	NewEmail string `json:"newEmail"`
}

// LogValue keeps the password out of logs, JSON ones too.
func (r UpdateEmailRequest) LogValue() slog.Value { return slog.StringValue(fmt.Sprintf("%+v", r)) }

// ResetUserMFARequest is the body of /user-xxxx/resetUserMFA, by which an admin
// of an org takes the second factor off a member; it is known from
// precisionFDA.
type ResetUserMFARequest struct {
	UserID            string `json:"user_id"`
	OrgID             string `json:"org_id"`
	RevokeChildTokens bool   `json:"revokeChildTokens"`
}

// MemberActionResponse answers what an admin of an org did to a member.
type MemberActionResponse struct {
	AdminID string `json:"admin_id"`
	OrgID   string `json:"org_id"`
	UserID  string `json:"user_id"`
}
