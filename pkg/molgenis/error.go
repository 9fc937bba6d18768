package molgenis

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/dxauth/dxauth/pkg/httpcall"
)

// Kinds of a refusal, beside its status. The errors of a call wrap these.
var (
	ErrWrongPassword = errors.New("incorrect username and/or password")
	ErrWrongCode     = errors.New("incorrect code")
	// ErrTwoFactor means that a password is not enough to get a token.
	ErrTwoFactor = errors.New("two-factor authentication is on: a token needs more than the password")
	// ErrPasswordReset means that the password has to be changed on the
	// platform's web page before anything else.
	ErrPasswordReset = errors.New("the password has to be changed on the web page first")
	// ErrSignedOut means that the platform does not accept the credential.
	ErrSignedOut = errors.New("the credential is not valid, or not valid any more")
	// ErrPermission means that the account may not do this.
	ErrPermission = errors.New("permission denied")
	ErrNotFound   = errors.New("not found")
	// ErrLimitReached means that the account can have no more of something.
	ErrLimitReached = errors.New("a limit is reached")
)

// Error is a refusal by the platform.
type Error struct {
	Message string        // of the platform; may be empty
	Code    string        // of the platform, such as [CodePermissionDenied]; most have none
	Status  int           // HTTP status code
	Kind    error         // one of the errors above, or nil
	Retry   time.Duration // of the Retry-After header; 0: none
}

// Error returns the message, or without one the kind or the status.
func (e *Error) Error() string {
	text := e.Message
	if text == "" && e.Kind != nil {
		text = e.Kind.Error()
	}
	if text == "" {
		text = http.StatusText(e.Status)
	}
	if e.Code != "" {
		return fmt.Sprintf("%s (code %s, status %d)", text, e.Code, e.Status)
	}
	return fmt.Sprintf("%s (status %d)", text, e.Status)
}

// Unwrap returns the kind.
func (e *Error) Unwrap() error { return e.Kind }

// failureOf returns the error of an answer, or nil for a status of 2xx.
func failureOf(answer httpcall.Answer) error {
	if answer.Status/100 == 2 {
		return nil
	}
	if err := leadsTo(answer); err != nil {
		return err
	}
	if refusal := refusal(answer); refusal != nil {
		return refusal
	}
	return answer.Unexpected()
}

// leadsTo reads a redirect: one to a form for signing in means that the session
// is not valid, or not yet.
func leadsTo(answer httpcall.Answer) error {
	err := answer.Redirect()
	if err == nil {
		return nil
	}
	switch pathOf(answer) {
	case RouteFormLogin, RouteTwoFactorAuthenticate, RouteTwoFactorActivation:
		return &Error{Status: answer.Status, Kind: ErrSignedOut}
	}
	return err
}

// outside stands for every path that is not below the server's.
const outside = "/.."

// pathOf is where a redirect leads, below the path of the server and without host and
// query; "" if it is not a redirect. A session that a servlet puts into the path is not part
// of it.
func pathOf(answer httpcall.Answer) string {
	target := answer.Location()
	server, err := url.Parse(answer.Server)
	if target == nil || err != nil {
		return ""
	}
	path, _, _ := strings.Cut(target.Path, ";")
	base := strings.TrimRight(server.Path, "/")
	below, found := strings.CutPrefix(path, base)
	switch {
	case found && below == "":
		return PathHome
	case found && below[0] == '/':
		return below
	default:
		return outside
	}
}

// refusal reads the shapes of a refusal: a list of errors, or a problem of RFC
// 7807 from the newer routes. It returns nil if there is none.
func refusal(answer httpcall.Answer) *Error {
	var body struct {
		ErrorResponse
		Title     string `json:"title"`
		Detail    string `json:"detail"`
		ErrorCode string `json:"errorCode"`
	}
	if err := json.Unmarshal(answer.Body, &body); err != nil || answer.Status < http.StatusBadRequest {
		return nil
	}
	refusal := &Error{Status: answer.Status, Retry: answer.RetryAfter()}
	switch {
	case len(body.Errors) > 0:
		refusal.Message, refusal.Code = joined(body.Errors), body.Errors[0].Code
	case body.Detail != "" || body.Title != "":
		refusal.Message, refusal.Code = body.Detail, body.ErrorCode
		if refusal.Message == "" {
			refusal.Message = body.Title
		}
	default:
		return nil
	}
	refusal.Message, refusal.Code = answer.Message(refusal.Message), answer.Excerpt(refusal.Code)
	refusal.Kind = kindOf(refusal)
	return refusal
}

// joined puts the messages of all errors together: a login names each blank
// field in one of its own.
func joined(list []ErrorMessage) string {
	var texts []string
	for _, one := range list {
		if one.Message != "" {
			texts = append(texts, one.Message)
		}
	}
	return strings.Join(texts, "; ")
}

func kindOf(refusal *Error) error {
	switch {
	case refusal.Status == http.StatusNotFound:
		return ErrNotFound
	case strings.HasPrefix(refusal.Code, CodePermissionDenied):
		return ErrPermission
	case refusal.Code == CodeLimitReached:
		return ErrLimitReached
	case mentions(refusal.Message, textInvalidToken):
		return ErrSignedOut
	default:
		return nil
	}
}

// textInvalidToken is how both generations begin the message for a token that is not
// valid.
const textInvalidToken = "invalid token"

func mentions(message, text string) bool {
	return strings.Contains(strings.ToLower(message), text)
}
