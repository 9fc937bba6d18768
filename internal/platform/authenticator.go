package platform

import (
	"context"
	"time"

	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Credentials are what a user gives to sign in, or to prove who they are.
type Credentials struct {
	Username string
	Password secret.Text
	Code     secret.Text // zero: none
	Expires  time.Time   // zero: the platform's default
}

// SignInResult is what a sign-in returns.
type SignInResult struct {
	Token     secret.Text
	TokenType string
	User      User
	Expires   time.Time     // zero: the platform does not say
	Idle      time.Duration // 0: none, or the platform does not say

	RecoveryCodesLeft *int // nil: no recovery code was spent
}

// User is a user of the platform.
type User struct {
	ID   string
	Name string
}

// Holder is the user of a credential.
type Holder struct {
	User
	Expires time.Time // of the credential; zero: the platform does not say
}

// Announcement is what the platform wants its users to read.
type Announcement struct {
	Time  time.Time
	Title string
	Body  string
}

// Authenticator signs people in and out.
type Authenticator interface {
	// SignIn returns ErrWrongPassword, ErrCodeRequired, ErrWrongCode,
	// ErrTooManyAttempts or ErrEnrollmentRequired if the server refuses. It is never
	// retried automatically.
	SignIn(ctx context.Context, credentials Credentials) (SignInResult, error)
	// Verify returns whose token the client carries and until when it is good, or
	// ErrSignedOut.
	Verify(ctx context.Context) (Holder, error)
	// Whoami returns the signed-in user as the server knows it.
	Whoami(ctx context.Context) (User, error)
	// Ping uses the credential with one request. It returns ErrSignedOut if it has ended.
	Ping(ctx context.Context) error
	// SignOut ends the token that the client carries. It returns ErrSignedOut if it
	// had ended before, and ErrCannotRevoke where the platform ends none.
	SignOut(ctx context.Context) error
	// SignOutOther ends another session of the same user, by the signature of its token:
	// the sha256 in hexadecimal. It does nothing on platforms that know none.
	SignOutOther(ctx context.Context, signature string) error
	// IsSession reports whether the credential is that of a sign-in, which one
	// person uses. It is false for an API token, and if the platform does not tell.
	IsSession(ctx context.Context) (bool, error)
	Announcements(ctx context.Context) ([]Announcement, error)
	// AccountHint returns a sentence on how to get an account, or "" if the platform
	// does not say.
	AccountHint(ctx context.Context) string
}

// Proof returns what a signed-in user gives to confirm a change.
func (c Credentials) Proof() dnanexus.Proof {
	return dnanexus.Proof{Password: c.Password.OnWire(), OTP: c.otp()}
}

// otp is the code as requests have it; nil: none.
func (c Credentials) otp() *secret.Wire {
	if c.Code.IsZero() {
		return nil
	}
	code := c.Code.OnWire()
	return &code
}
