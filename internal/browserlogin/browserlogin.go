// Package browserlogin gets a token for a user who signs in in a browser, on this
// machine (RFC 8252) or on any other one (RFC 8628).
//
// It promises that a code which arrives here is used only if it belongs to the sign-in
// that was started here: the state is compared, the issuer is that of the server (RFC
// 9207), and the code is of no use without the verifier, which never leaves this process
// but for the server (RFC 7636). The listener is on a loopback address, closes after the
// response, and waits for 5 minutes at most. A device code is asked about no more often
// than the server allows.
//
// What the user sees in the terminal is decided by the caller.
package browserlogin

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"time"

	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/oauth"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Flow is a sign-in in a browser.
type Flow struct {
	Server *oauth.Server
	Random io.Reader
	Now    func() time.Time
	After  func(time.Duration) <-chan time.Time
}

// Reasons for which a sign-in ends without a token.
var (
	// ErrRefused means that the user, or the server, refused in the browser.
	ErrRefused = &refusal.Error{Code: refusal.Denied, Reason: reasonRefused, Message: "the sign-in was refused in the browser"}
	// ErrTooLate means that nobody completed the sign-in in time.
	ErrTooLate = &refusal.Error{Code: refusal.Denied, Reason: reasonTooLate, Message: "the sign-in was not completed in the browser in time"}
	// ErrIssuer means that a response came from another server (RFC 9207, section 2.4).
	ErrIssuer = &refusal.Error{Code: refusal.Denied, Reason: reasonIssuer, Message: "the response in the browser is not from the server where the sign-in began"}
)

const (
	reasonRefused refusal.Reason = "refused_in_browser"
	reasonTooLate refusal.Reason = "too_late_in_browser"
	reasonIssuer  refusal.Reason = "foreign_issuer"
)

// secretBytes is how many random bytes a state and a verifier have (RFC 7636, section 7.1).
const secretBytes = 32

// draw returns a random secret of characters that need no escape in an address.
func (f Flow) draw() (secret.Text, error) {
	drawn := make([]byte, secretBytes)
	if _, err := io.ReadFull(f.Random, drawn); err != nil {
		return secret.Text{}, err
	}
	return secret.New(base64.RawURLEncoding.EncodeToString(drawn)), nil
}

// wait returns after a time, or with the error of ctx if that ends before.
func (f Flow) wait(ctx context.Context, length time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-f.After(length):
		return nil
	}
}

// explain returns the error of this package for what a server says about a sign-in.
func explain(err error) error {
	refused, ok := errors.AsType[*oauth.Error](err)
	if !ok {
		return err
	}
	switch refused.Code {
	case oauth.AccessDenied:
		return ErrRefused
	case oauth.ExpiredToken:
		return ErrTooLate
	default:
		return err
	}
}
