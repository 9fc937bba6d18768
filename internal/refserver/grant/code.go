package grant

import (
	"context"
	"io"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/clock"
	"github.com/dxauth/dxauth/pkg/secret"
)

// CodeLifetime is how long an authorization code is valid. The browser hands it to a
// program that waits, so RFC 6749's maximum of ten minutes (section 4.1.2) is not needed.
const CodeLifetime = time.Minute

// Request is what a program asks for when it sends its user to the browser.
type Request struct {
	Client    string
	Redirect  Redirect
	Challenge Challenge
}

// Code is an authorization code as it is stored.
type Code struct {
	Hash      string // SHA-256 of the code, which itself is not stored
	Client    string
	Redirect  string
	Challenge string
	Approval  Approval
	Made      time.Time
	Expires   time.Time
	Spent     time.Time // zero: not yet
	Token     string    // signature of what its use made; empty: nothing
}

// IssueCode stores a code for a request that a user approved, and returns it.
func IssueCode(ctx context.Context, tx Tx, random io.Reader, request Request, approval Approval, now time.Time) (secret.Text, error) {
	value, err := newSecret(random)
	if err != nil {
		return secret.Text{}, err
	}
	valid := validFor(now, CodeLifetime)
	return value, tx.InsertCode(ctx, Code{
		Hash: value.SHA256(), Client: request.Client, Redirect: request.Redirect.String(), Challenge: string(request.Challenge),
		Approval: approval, Made: valid.Made, Expires: valid.Ends,
	})
}

// Redemption is what a program sends with its code.
type Redemption struct {
	Client   string
	Code     secret.Text
	Redirect string // the one of the request
	Verifier secret.Text
}

// RedeemCode spends a code, whether or not what was sent with it is right: whoever has a
// code without its proof key did not get it from this server. It returns ErrBadGrant or
// ErrUsed, together with the code if there is one. Both have to be committed.
func RedeemCode(ctx context.Context, tx Tx, sent Redemption, now time.Time) (Code, error) {
	hash := sent.Code.SHA256()
	fresh, err := tx.SpendCode(ctx, hash, now)
	if err != nil {
		return Code{}, err
	}
	code, known, err := tx.Code(ctx, hash)
	switch {
	case err != nil:
		return Code{}, err
	case !known:
		return Code{}, ErrBadGrant
	case !fresh:
		return code, ErrUsed
	case !code.accepts(sent, now):
		return code, ErrBadGrant
	}
	return code, nil
}

// accepts reports whether a code is valid for what was sent with it (RFC 6749, section
// 4.1.3, and RFC 7636, section 4.6).
func (c Code) accepts(sent Redemption, now time.Time) bool {
	valid := clock.Span{Made: c.Made, Ends: c.Expires}
	return valid.Contains(now) && c.Client == sent.Client && c.Redirect == sent.Redirect && Challenge(c.Challenge).Meets(sent.Verifier)
}
