package dnanexus

import (
	"fmt"
	"log/slog"

	"github.com/dxauth/dxauth/pkg/secret"
)

// Routes of the auth server that are extensions of dxauth.
const (
	RouteListSessions    = "/account/listSessions"
	RouteDestroySessions = "/account/destroySessions"
)

// ListSessionsResponse lists what is good of the caller's sessions and API
// tokens, oldest first. Answer of /account/listSessions.
type ListSessionsResponse struct {
	Sessions []Session `json:"sessions"`
	More     bool      `json:"more,omitempty"` // there are others, that end later; FindAccessTokens answers all
}

// Session is a session or an API token. Times are ms since 1970.
type Session struct {
	ID          string `json:"id"`    // the first 12 digits of its signature
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
// IDs, or, with All and the caller's password, every session but no API token.
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
