package dnanexus

import (
	"encoding/json/jsontext"
	jsonv2 "encoding/json/v2"
	"fmt"
	"log/slog"

	"github.com/dxauth/dxauth/pkg/httpcall"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Routes of the auth server.
const (
	RouteNewAuthToken     = "/system/newAuthToken"
	RouteDestroyAuthToken = "/system/destroyAuthToken"
	RouteGetUserInfo      = "/system/getUserInfo"
)

// NewAuthTokenRequest asks for a session (user name and password) or an API
// token (label or scope). dx always sends username, password, expires and otp,
// with otp null on the first try and a string later. Input of
// /system/newAuthToken.
type NewAuthTokenRequest struct {
	Username string       `json:"username,omitempty"`
	Password secret.Wire  `json:"password,omitzero"`
	OTP      *secret.Wire `json:"otp"`               // a code or a recovery code; null: none
	Expires  int64        `json:"expires,omitempty"` // ms since 1970, absolute; 0: the server's default
	Label    string       `json:"label,omitempty"`
	Scope    *Scope       `json:"scope,omitempty"`

	// Independent is an extension: a token with a narrower scope, which a session may
	// make for at most a day without a recent sign-in, is not to end with the session. It
	// needs a recent sign-in then, like any other.
	Independent bool `json:"independent,omitempty"`

	// GrantType is sent by portals that want an authorization code.
	GrantType string `json:"grant_type,omitempty"`
}

// LogValue keeps the password out of logs, JSON ones too.
func (r NewAuthTokenRequest) LogValue() slog.Value { return slog.StringValue(fmt.Sprintf("%+v", r)) }

// Scope is what a token may reach: everything, or a level on each project,
// where a project's own entry wins over "*".
type Scope struct {
	Full      bool             `json:"full,omitempty"`
	Projects  map[string]Level `json:"projects,omitzero"`
	PHIAccess *bool            `json:"phiAccess,omitempty"` // absent: the data of a reached PHI project is reached

	// ExcludedOrgs are the IDs of orgs that stay out of reach, with the projects
	// that they pay for. It is an extension of dxauth.
	ExcludedOrgs []string `json:"excludedOrgs,omitempty"`
}

// NewAuthTokenResponse is the response to a password or a scope. Clients read
// access_token and token_type; expires, idleTimeout and recoveryCodesLeft are
// extensions of dxauth. Response of /system/newAuthToken.
type NewAuthTokenResponse struct {
	AccessToken    secret.Wire `json:"access_token"` // 32 characters of [0-9A-Za-z]
	TokenType      string      `json:"token_type"`   // "bearer"
	TokenSignature string      `json:"token_signature"`
	UserID         string      `json:"user_id"`
	Expires        int64       `json:"expires,omitempty"`     // ms since 1970
	IdleTimeout    int64       `json:"idleTimeout,omitempty"` // ms; absent: the token has no idle limit

	// RecoveryCodesLeft is there where the sign-in spent a recovery code.
	RecoveryCodesLeft *int `json:"recoveryCodesLeft,omitempty"`
}

// LogValue keeps the token out of logs, JSON ones too.
func (r NewAuthTokenResponse) LogValue() slog.Value { return slog.StringValue(fmt.Sprintf("%+v", r)) }

// DestroyAuthTokenRequest names the token to end by its signature, which is the
// lower-case hexadecimal sha256 of the token. Input of
// /system/destroyAuthToken.
type DestroyAuthTokenRequest struct {
	TokenSignature string `json:"tokenSignature"`
}

// SecurityContext is a credential as dx reads it from the environment variable
// DX_SECURITY_CONTEXT, in JSON.
type SecurityContext struct {
	AuthToken     secret.Wire `json:"auth_token"`
	AuthTokenType string      `json:"auth_token_type"`
}

// LogValue keeps the token out of logs, JSON ones too.
func (c SecurityContext) LogValue() slog.Value { return slog.StringValue(fmt.Sprintf("%+v", c)) }

// UserInfo is the response of getUserInfo; dx reads the user name only. Expires
// is an extension of dxauth: a token that can't list any learns its own end by
// it. Response of /system/getUserInfo.
type UserInfo struct {
	Username string `json:"username"`
	UserID   string `json:"user_id,omitempty"`
	Expires  int64  `json:"expires,omitempty"` // of the token in use, ms since 1970
}

// Empty is the body of a request or a response without content.
type Empty struct{}

// DescribeOption is the value of a "describe" key: true, false, or an object
// with the wanted fields. Other keys of the object are ignored: dxfuse nests a
// second "describe" by mistake and expects to be understood.
type DescribeOption struct {
	Wanted bool
	DescribeFields
}

// DescribeFields chooses the fields of a description. With no fields, the
// default ones apply.
type DescribeFields struct {
	Fields        FieldSet `json:"fields,omitempty"`
	DefaultFields *bool    `json:"defaultFields,omitempty"` // with fields: also the default ones
}

// MarshalJSON writes true, false or the object.
func (d DescribeOption) MarshalJSON() ([]byte, error) {
	if d.Wanted && d.Fields != nil {
		return httpcall.Encode(d.DescribeFields)
	}
	return httpcall.Encode(d.Wanted)
}

// UnmarshalJSONFrom reads a boolean or an object.
func (d *DescribeOption) UnmarshalJSONFrom(decoder *jsontext.Decoder) error {
	switch decoder.PeekKind() {
	case jsontext.KindTrue, jsontext.KindFalse, jsontext.KindNull:
		return jsonv2.UnmarshalDecode(decoder, &d.Wanted)
	default:
		d.Wanted = true
		return jsonv2.UnmarshalDecode(decoder, &d.DescribeFields)
	}
}
