package molgenis

import (
	"fmt"
	"log/slog"

	"github.com/dxauth/dxauth/pkg/secret"
)

// Routes of the classic REST API. Clients add a slash to the first two at will.
const (
	RouteLogin   = "/api/v1/login"
	RouteLogout  = "/api/v1/logout" // POST since 5.2; older clients send GET
	RouteVersion = "/api/v2/version"
	RouteContext = "/app-ui-context" // since 8.0.0
	RouteV1      = "/api/v1/"        // and the name of an entity
	RouteV2      = "/api/v2/"
	RouteCSV     = "/api/v1/csv/"
)

// Where a token is sent. The header wins over the parameter, which may be in the
// query or in a form. Classic platforms treat a token that is not valid as
// no token, except the reference server, which refuses it.
const (
	HeaderToken    = "X-Molgenis-Token"
	HeaderAuthKey  = "Auth-Key" // of EMX2: another name of the same
	ParameterToken = "molgenis-token"
)

// LoginRequest is the body of POST /api/v1/login. Neither may be blank.
type LoginRequest struct {
	Username string      `json:"username"`
	Password secret.Wire `json:"password"`
}

// LogValue keeps the password out of logs, JSON ones too.
func (r LoginRequest) LogValue() slog.Value { return slog.StringValue(fmt.Sprintf("%+v", r)) }

// LoginResponse is the response to a right password. Names that the account does
// not have are absent. The token is good for two hours.
type LoginResponse struct {
	Token     secret.Wire `json:"token"` // 32 lower-case hexadecimal digits
	Username  string      `json:"username"`
	FirstName string      `json:"firstname,omitempty"`
	LastName  string      `json:"lastname,omitempty"`

	Expires     int64 `json:"expires,omitempty"`     // extension: ms since 1970
	IdleTimeout int64 `json:"idleTimeout,omitempty"` // extension: ms
}

// LogValue keeps the token out of logs, JSON ones too.
func (r LoginResponse) LogValue() slog.Value { return slog.StringValue(fmt.Sprintf("%+v", r)) }

// VersionResponse is the response of GET /api/v2/version, which is public.
type VersionResponse struct {
	MolgenisVersion string `json:"molgenisVersion"` // three numbers
	BuildDate       string `json:"buildDate"`
}

// ContextResponse is the response of GET /app-ui-context. A caller who is
// not signed in is not authenticated and named "anonymous".
type ContextResponse struct {
	Authenticated bool     `json:"authenticated"`
	Username      string   `json:"username"`
	Email         string   `json:"email,omitempty"`
	Roles         []string `json:"roles"` // "SU" is the administrator
	Version       string   `json:"version"`
}

// Names that mean something to clients.
const (
	Anonymous     = "anonymous"
	RoleSuperuser = "SU"
	RoleUser      = "USER"
	RoleAnonymous = "ANONYMOUS"
)

// ErrorResponse is the body of every refusal of the REST API.
type ErrorResponse struct {
	Errors []ErrorMessage `json:"errors"`
}

// ErrorMessage is one problem. Most have no code.
type ErrorMessage struct {
	Message string `json:"message"`
	Code    string `json:"code,omitempty"`
}

// Codes of what is not there: an entity, and a row of one.
const (
	CodeUnknownType   = "D01"
	CodeUnknownEntity = "D02"
)

// CodePermissionDenied is the code of a missing right on an entity; the status
// is 401, signed in or not.
const CodePermissionDenied = "DS04"

// CodeReauthenticate is an extension of dxauth: the server requires a sign-in of the
// last minutes for what was asked, such as a new token. The status is 401.
const CodeReauthenticate = "ReauthenticationRequired"

// CodeLimitReached is an extension of dxauth: a user can have no more of something, such
// as tokens. The status is 409.
const CodeLimitReached = "LimitReached"

// Clients recognise these two refusals of a login, both 401, by a part of the text
// only; its case does not matter.
const (
	TextTwoFactor     = "two factor authentication"
	TextPasswordReset = "password reset"
)

// RecoveryCodesResponse is the response of the two routes that show recovery
// codes. The reference server keeps only hashes: it shows codes once, when they
// are made, and an empty list afterwards.
type RecoveryCodesResponse struct {
	RecoveryCodes []secret.Wire `json:"recoveryCodes"`
}

// LogValue keeps the codes out of logs, JSON ones too.
func (r RecoveryCodesResponse) LogValue() slog.Value { return slog.StringValue(fmt.Sprintf("%+v", r)) }
