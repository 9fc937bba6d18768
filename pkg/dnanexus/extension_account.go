package dnanexus

// This file is dxauth's own: the platform has none of these routes, and refuses
// them with [TypeResourceNotFound]. They are about the caller's own account. Beside them
// is the proof of identity that some routes of the platform take here, too.

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"

	"github.com/dxauth/dxauth/pkg/secret"
)

// Routes of dxauth's own about the caller's account, on the auth server.
const (
	RouteListSessions    = "/account/listSessions"
	RouteDestroySessions = "/account/destroySessions"
	RouteUpdateAuthToken = "/account/updateAuthToken"
	RouteChangePassword  = "/account/changePassword"
	RouteUpdateSettings  = "/account/updateSettings"
	RouteActivateUser    = "/account/activateUser"
)

// Proof proves the identity of the caller once more, where the sign-in is not
// recent enough. A request without it is refused with ReauthenticationRequiredError;
// with a password but no code, where 2FA is on, with OTPRequiredError.
type Proof struct {
	Password secret.Wire  `json:"password,omitzero"`
	OTP      *secret.Wire `json:"otp,omitempty"` // a code or a recovery code, where 2FA is on
}

// LogValue keeps the password out of logs, JSON ones too.
func (p Proof) LogValue() slog.Value { return slog.StringValue(fmt.Sprintf("%+v", p)) }

// ListSessionsResponse lists the caller's sessions and API tokens that have not
// ended, oldest first. Response of /account/listSessions.
type ListSessionsResponse struct {
	Sessions []Session `json:"sessions"`
	More     bool      `json:"more,omitempty"` // there are more, which end later; FindAccessTokens lists all
}

// Session is a session or an API token. Times are ms since 1970.
type Session struct {
	ID          string `json:"id"`    // its signature
	Kind        string `json:"kind"`  // "session", or "token" for an API token
	Label       string `json:"label"` // of an API token; may be empty
	Created     int64  `json:"created"`
	LastUsed    int64  `json:"lastUsed"` // up to 30 s or a thirtieth of the idle limit old; when it was made, if it never was
	Expires     int64  `json:"expires"`
	IdleTimeout *int64 `json:"idleTimeout"` // ms; null: no idle limit
	Address     string `json:"address"`     // where it was used last
	Client      string `json:"client"`      // the User-Agent that made it
	Current     bool   `json:"current"`     // the request was made with it
}

// DestroySessionsRequest ends sessions and API tokens of the caller by their
// IDs, or, with All and the caller's password, every session but no API token. A user
// without a password needs a recent sign-in instead; others are refused with
// [TypeReauthenticationRequired].
// Input of /account/destroySessions.
type DestroySessionsRequest struct {
	IDs []string `json:"ids,omitempty"` // each at least 8 digits of a signature
	All bool     `json:"all,omitempty"`

	Username string       `json:"username,omitempty"`
	Password secret.Wire  `json:"password,omitzero"`
	OTP      *secret.Wire `json:"otp,omitempty"` // a code or a recovery code, where 2FA is on
}

// LogValue keeps the password out of logs, JSON ones too.
func (r DestroySessionsRequest) LogValue() slog.Value {
	return slog.StringValue(fmt.Sprintf("%+v", r))
}

// UpdateAuthTokenRequest changes a token of the caller; what is absent stays as
// it is. Input of /account/updateAuthToken.
type UpdateAuthTokenRequest struct {
	Signature string  `json:"signature"`
	Label     *string `json:"label,omitempty"`
	Expires   *int64  `json:"expires,omitempty"` // ms since 1970; only earlier than before
}

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

// ActivateUserRequest sets the first password of an account, without a token. A wrong
// code is refused with [TypeEntryCode]. Input of
// /account/activateUser.
type ActivateUserRequest struct {
	Code     secret.Wire `json:"code"`
	Password secret.Wire `json:"password"` // at least 8 characters
}

// LogValue keeps the secrets out of logs, JSON ones too.
func (r ActivateUserRequest) LogValue() slog.Value { return slog.StringValue(fmt.Sprintf("%+v", r)) }

// ListSessions returns the sessions and API tokens of the user of the client's
// token. Calls /account/listSessions.
func (c *Client) ListSessions(ctx context.Context) (ListSessionsResponse, error) {
	return post[ListSessionsResponse](ctx, c, c.config.AuthServer, RouteListSessions, Empty{})
}

// DestroySessions ends sessions of the user. It is sent once: with a password, each
// try counts against the account's lock-out. Calls /account/destroySessions.
func (c *Client) DestroySessions(ctx context.Context, request DestroySessionsRequest) error {
	_, err := post[json.RawMessage](ctx, c, c.config.AuthServer, RouteDestroySessions, request)
	return err
}

// UpdateAuthToken changes a token of the user. It is sent once. Calls
// /account/updateAuthToken.
func (c *Client) UpdateAuthToken(ctx context.Context, request UpdateAuthTokenRequest) error {
	_, err := post[json.RawMessage](ctx, c, c.config.AuthServer, RouteUpdateAuthToken, request)
	return err
}

// ChangePassword sets another password. Calls /account/changePassword.
func (c *Client) ChangePassword(ctx context.Context, request ChangePasswordRequest) error {
	_, err := post[json.RawMessage](ctx, c, c.config.AuthServer, RouteChangePassword, request)
	return err
}

// UpdateSettings changes personal information. Calls /account/updateSettings.
func (c *Client) UpdateSettings(ctx context.Context, request UpdateSettingsRequest) error {
	_, err := post[json.RawMessage](ctx, c, c.config.AuthServer, RouteUpdateSettings, request)
	return err
}

// ActivateUser sets the first password of an account, by /account/activateUser.
func (c *Client) ActivateUser(ctx context.Context, request ActivateUserRequest) (NamedUser, error) {
	return post[NamedUser](ctx, c, c.config.AuthServer, RouteActivateUser, request)
}
