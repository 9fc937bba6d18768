package dnanexus

// This file is dxauth's own: the platform has none of these routes, and refuses
// them with [TypeResourceNotFound]. They are for two-factor authentication.

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"

	"github.com/dxauth/dxauth/pkg/httpcall"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Routes of dxauth's own for two-factor authentication, on the auth server. The
// platform offers it on its web page only.
const (
	RouteTwoFactorStatus                  = "/account/twoFactor/status"
	RouteTwoFactorEnroll                  = "/account/twoFactor/enroll"
	RouteTwoFactorConfirm                 = "/account/twoFactor/confirm"
	RouteTwoFactorActivate                = "/account/twoFactor/activate"
	RouteTwoFactorDisable                 = "/account/twoFactor/disable"
	RouteTwoFactorRegenerateRecoveryCodes = "/account/twoFactor/regenerateRecoveryCodes"
)

// TwoFactorMode is what a server requires of its users.
type TwoFactorMode string

// The modes.
const (
	TwoFactorDisabled TwoFactorMode = "disabled" // no user can turn it on
	TwoFactorEnabled  TwoFactorMode = "enabled"  // a user can turn it on
	TwoFactorEnforced TwoFactorMode = "enforced" // each user needs it to sign in
)

// TwoFactorStatus is the state of the caller's second factor. Response of
// /account/twoFactor/status.
type TwoFactorStatus struct {
	Enabled           bool          `json:"enabled"`
	Since             *int64        `json:"since"`             // ms since 1970; null: it is off, or the server does not know
	Pending           bool          `json:"pending"`           // an enrollment is in progress
	RecoveryCodesLeft int           `json:"recoveryCodesLeft"` // unused ones
	Mode              TwoFactorMode `json:"mode"`
}

// Enrollment of a second factor has three steps: enroll gives the secret, confirm
// takes a code of it and gives the recovery codes, activate takes one of them,
// as a proof that they were kept, and turns it on. Nothing changes before that.
// If the server enforces a second factor, a sign-in without one is refused
// with TwoFactorEnrollmentRequiredError, whose ticket takes the place of the
// bearer token and the proof in these calls.

// EnrollmentDetails are the details of a TwoFactorEnrollmentRequiredError.
type EnrollmentDetails struct {
	Ticket  secret.Wire `json:"ticket"`  // for one enrollment
	Expires int64       `json:"expires"` // ms since 1970
}

// EnrollRequest begins an enrollment, in place of a pending one. If 2FA is
// on, the present second factor works until the new one is activated. Input of
// /account/twoFactor/enroll.
type EnrollRequest struct {
	Proof
	Ticket secret.Wire `json:"ticket,omitzero"`
}

// LogValue keeps the password out of logs, JSON ones too.
func (r EnrollRequest) LogValue() slog.Value { return slog.StringValue(fmt.Sprintf("%+v", r)) }

// Enrollment is what an authenticator app has to know. It is shown once. Response of
// /account/twoFactor/enroll.
type Enrollment struct {
	URI       secret.Wire `json:"uri"`    // otpauth://totp/…, for a QR code
	Secret    secret.Wire `json:"secret"` // base32 without padding
	Issuer    string      `json:"issuer"`
	Account   string      `json:"account"`
	Algorithm string      `json:"algorithm"` // SHA1
	Digits    int         `json:"digits"`    // 6
	Period    int         `json:"period"`    // seconds
	Expires   int64       `json:"expires"`   // of the pending enrollment, ms since 1970
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

// RecoveryCodes is a new set of recovery codes. It is shown once; the codes of an
// enrollment are valid from its activation on. Response of
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

// ActivateResponse confirms that 2FA is on. The other sessions of the user have
// ended. Response of /account/twoFactor/activate.
type ActivateResponse struct {
	Session *NewAuthTokenResponse `json:"session,omitempty"` // with a ticket: the sign-in that it stood for
}

// DisableRequest turns 2FA off. The secret and the recovery codes are deleted. Input of /account/twoFactor/disable.
type DisableRequest struct{ Proof }

// RegenerateRequest replaces the recovery codes. Input of
// /account/twoFactor/regenerateRecoveryCodes.
type RegenerateRequest struct{ Proof }

// TwoFactorStatus returns the state of the caller's second factor. All other calls
// of two-factor authentication are sent once: with a password or a code, each try
// counts against the account's lock-out, and a code is spent. Calls
// /account/twoFactor/status.
func (c *Client) TwoFactorStatus(ctx context.Context) (TwoFactorStatus, error) {
	return post[TwoFactorStatus](ctx, c, c.config.AuthServer, RouteTwoFactorStatus, Empty{})
}

// EnrollTwoFactor starts the enrollment of a second factor. With a ticket the client
// needs no token. Calls /account/twoFactor/enroll.
func (c *Client) EnrollTwoFactor(ctx context.Context, request EnrollRequest) (Enrollment, error) {
	enrollment, err := post[Enrollment](ctx, c, c.config.AuthServer, RouteTwoFactorEnroll, request)
	if err == nil && enrollment.Secret.IsZero() {
		return Enrollment{}, httpcall.Incomplete(c.config.AuthServer, RouteTwoFactorEnroll, "secret")
	}
	return enrollment, err
}

// ConfirmTwoFactor sends a code of the new secret and returns the recovery codes.
// Calls /account/twoFactor/confirm.
func (c *Client) ConfirmTwoFactor(ctx context.Context, request ConfirmRequest) (RecoveryCodes, error) {
	return c.recoveryCodes(ctx, RouteTwoFactorConfirm, request)
}

// ActivateTwoFactor sends one of the recovery codes and turns the second factor on. Calls /account/twoFactor/activate.
func (c *Client) ActivateTwoFactor(ctx context.Context, request ActivateRequest) (ActivateResponse, error) {
	answer, err := post[ActivateResponse](ctx, c, c.config.AuthServer, RouteTwoFactorActivate, request)
	if err == nil && answer.Session != nil && httpcall.ValidToken(answer.Session.AccessToken.Text()) != nil {
		return ActivateResponse{}, httpcall.Incomplete(c.config.AuthServer, RouteTwoFactorActivate, "session.access_token")
	}
	return answer, err
}

// DisableTwoFactor turns the second factor off. Calls
// /account/twoFactor/disable.
func (c *Client) DisableTwoFactor(ctx context.Context, request DisableRequest) error {
	_, err := post[json.RawMessage](ctx, c, c.config.AuthServer, RouteTwoFactorDisable, request)
	return err
}

// RegenerateRecoveryCodes replaces the recovery codes. Calls
// /account/twoFactor/regenerateRecoveryCodes.
func (c *Client) RegenerateRecoveryCodes(ctx context.Context, request RegenerateRequest) (RecoveryCodes, error) {
	return c.recoveryCodes(ctx, RouteTwoFactorRegenerateRecoveryCodes, request)
}

func (c *Client) recoveryCodes(ctx context.Context, route string, request any) (RecoveryCodes, error) {
	codes, err := post[RecoveryCodes](ctx, c, c.config.AuthServer, route, request)
	if err == nil && len(codes.RecoveryCodes) == 0 {
		return RecoveryCodes{}, httpcall.Incomplete(c.config.AuthServer, route, "recoveryCodes")
	}
	return codes, err
}
