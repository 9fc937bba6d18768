package oauth

import (
	"cmp"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/dxauth/dxauth/pkg/httpcall"
	"github.com/dxauth/dxauth/pkg/secret"
)

// TokenResponse is what the token endpoint returns (RFC 6749, section 5.1). The last three
// members are dxauth's own.
type TokenResponse struct {
	AccessToken     secret.Wire `json:"access_token"`
	TokenType       string      `json:"token_type"`           // "Bearer"
	ExpiresIn       int64       `json:"expires_in,omitempty"` // seconds
	Scope           string      `json:"scope,omitempty"`
	IssuedTokenType string      `json:"issued_token_type,omitempty"` // RFC 8693, section 2.2.1

	User        string `json:"user,omitempty"`         // "user-alice"
	Expires     int64  `json:"expires,omitempty"`      // ms since 1970
	IdleTimeout int64  `json:"idle_timeout,omitempty"` // ms; absent: the token has no idle limit
}

// LogValue keeps the token out of logs, JSON ones too.
func (r TokenResponse) LogValue() slog.Value { return slog.StringValue(fmt.Sprintf("%+v", r)) }

// missing returns the name of a member without which a response is of no use. A token of
// an unknown type must not be used (RFC 6749, section 7.1).
func (r TokenResponse) missing() string {
	switch {
	case httpcall.ValidToken(r.AccessToken.Text()) != nil:
		return "access_token"
	case !strings.EqualFold(r.TokenType, "Bearer"):
		return "token_type"
	default:
		return ""
	}
}

// DeviceAuthorization is a code that waits for approval (RFC 8628, section 3.2).
type DeviceAuthorization struct {
	DeviceCode              secret.Wire `json:"device_code"`
	UserCode                string      `json:"user_code"`
	VerificationURI         string      `json:"verification_uri"`
	VerificationURIComplete string      `json:"verification_uri_complete,omitempty"`
	ExpiresIn               int64       `json:"expires_in"`         // seconds
	Interval                int64       `json:"interval,omitempty"` // seconds between two requests; absent: 5
}

// LogValue keeps the device code out of logs, JSON ones too.
func (d DeviceAuthorization) LogValue() slog.Value { return slog.StringValue(fmt.Sprintf("%+v", d)) }

func (d DeviceAuthorization) missing() string {
	switch {
	case d.DeviceCode.IsZero():
		return "device_code"
	case !isUserCode(d.UserCode):
		return "user_code"
	case d.VerificationURI == "":
		return "verification_uri"
	case d.ExpiresIn <= 0:
		return "expires_in"
	default:
		return ""
	}
}

// isUserCode reports whether a text can be read out and typed (RFC 8628, section 6.1).
func isUserCode(text string) bool {
	const longest = 32
	const allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-"
	return text != "" && len(text) <= longest && strings.Trim(text, allowed) == ""
}

// Codes of errors that a client treats in a way of their own.
const (
	AccessDenied           = "access_denied"           // RFC 6749, section 4.1.2.1
	TemporarilyUnavailable = "temporarily_unavailable" // the same
	InvalidGrant           = "invalid_grant"           // RFC 6749, section 5.2
	UnsupportedGrantType   = "unsupported_grant_type"  // the same
	AuthorizationPending   = "authorization_pending"   // RFC 8628, section 3.5
	SlowDown               = "slow_down"               // the same
	ExpiredToken           = "expired_token"           // the same
)

// Error is a refusal (RFC 6749, section 5.2).
type Error struct {
	Code        string        // such as "invalid_grant"
	Description string        // the server's words; may be empty
	Status      int           // HTTP status code; 0: it came through the browser
	Retry       time.Duration // after which the server asks to be called again; 0: it does not say
}

// Error returns the server's words with the code.
func (e *Error) Error() string {
	if e.Description == "" {
		return "the server refuses: " + e.Code
	}
	return e.Description + " (" + e.Code + ")"
}

// refusalOf returns the error for a response that is not a success. A server that is busy
// may not say so in the form of the protocol.
func refusalOf(answer httpcall.Answer) error {
	var body struct {
		Code        string `json:"error"`
		Description string `json:"error_description"`
	}
	err := json.Unmarshal(answer.Body, &body)
	isBusy := answer.Status == http.StatusTooManyRequests || answer.Status == http.StatusServiceUnavailable
	switch {
	case err == nil && body.Code != "", isBusy:
	default:
		return answer.Unexpected()
	}
	return &Error{
		Code: answer.Excerpt(cmp.Or(body.Code, TemporarilyUnavailable)), Description: answer.Message(body.Description),
		Status: answer.Status, Retry: answer.RetryAfter(),
	}
}
