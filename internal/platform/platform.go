// Package platform is what the commands need from any platform, and the
// adapters that get it from the clients in pkg.
//
// It promises that a command never learns which protocol it speaks: what a
// person gives to sign in, what comes back, and what can go wrong are the same
// for each. Errors are typed by what can be done about them: ask again, ask for
// a code, log in, or give up; anything else passes through as the client said
// it.
//
// The interfaces are small, one for each thing that a command does, so that a
// platform without a feature lacks the interface and not just the answer.
package platform

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/dxauth/dxauth/pkg/secret"
)

// Errors by what can be done about them.
var (
	ErrWrongPassword = errors.New("incorrect username and/or password")
	ErrCodeRequired  = errors.New("a verification code is required")
	ErrWrongCode     = errors.New("incorrect verification code")
	ErrNotFound      = errors.New("not found")
	// ErrEntryCode means the code of somebody who has no password yet.
	ErrEntryCode = errors.New("the code is wrong, was used, or is too old")
	// ErrReauthenticate asks for the password, and a code where the account has
	// two-factor authentication, although somebody is logged in.
	ErrReauthenticate = errors.New("the password is needed: the last sign-in is too long ago")
)

// UnsupportedError is a wish that the platform's protocol can't express. It is
// found before anything is sent.
type UnsupportedError struct{ Message string }

func (e *UnsupportedError) Error() string { return e.Message }

// SignedOutError means that the server does not take the credential any more.
type SignedOutError struct {
	Reason string // idle, expired, revoked, …; empty: the server did not say
	Err    error
}

func (e *SignedOutError) Error() string {
	if e.Reason == "" {
		return "the server does not accept the credential any more"
	}
	return "the session has ended: " + e.Reason
}

// Unwrap returns what the client said.
func (e *SignedOutError) Unwrap() error { return e.Err }

// RefusedError is a refusal by the server.
type RefusedError struct {
	Type    string // the platform's name for it
	Message string // the platform's words
	Kind    error  // one of the errors of this package, or nil
	Err     error  // what the client said

	Date time.Time // of the answer, by the server's clock; zero: not known
}

// Error leaves the type out where it says what the message says.
func (e *RefusedError) Error() string {
	if e.Kind != nil {
		return e.Message
	}
	return e.Message + " (" + e.Type + ")"
}

// Unwrap returns the kind and what the client said.
func (e *RefusedError) Unwrap() []error {
	if e.Kind == nil {
		return []error{e.Err}
	}
	return []error{e.Kind, e.Err}
}

// Person is what somebody gives to sign in.
type Person struct {
	Username string
	Password secret.Text
	Code     secret.Text // zero: none
	Expires  time.Time   // zero: the platform's default
}

// Pass is what a sign-in gives.
type Pass struct {
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

// Holder is whose a credential is.
type Holder struct {
	User
	Expires time.Time // of the credential; zero: the platform does not say
}

// Project is a project as a list shows it.
type Project struct {
	ID    string
	Name  string
	Level string
	PHI   bool // it contains protected health information
}

// ProjectQuery says which projects are listed.
type ProjectQuery struct {
	Name     string // exact; empty: any
	Glob     string // empty: any
	MinLevel string // VIEW, UPLOAD, CONTRIBUTE, ADMINISTER
	Public   bool   // public projects instead of those granted to the user
	PageSize int
}

// Announcement is what the platform wants its users to read.
type Announcement struct {
	Time  time.Time
	Title string
	Body  string
}

// SignIner signs people in and out.
type SignIner interface {
	// SignIn answers ErrWrongPassword, ErrCodeRequired, ErrWrongCode, a WaitError
	// and an EnrolmentRequiredError. It is never repeated by itself.
	SignIn(ctx context.Context, person Person) (Pass, error)
	// Verify tells whose token the client carries and until when it is good, or
	// answers a SignedOutError.
	Verify(ctx context.Context) (Holder, error)
	// Whoami names the signed-in user as the server knows it.
	Whoami(ctx context.Context) (User, error)
	// SignOut ends the token that the client carries. A SignedOutError means
	// that it had ended before.
	SignOut(ctx context.Context) error
	Announcements(ctx context.Context) ([]Announcement, error)
}

// Projects lists and describes projects.
type Projects interface {
	// ListProjects returns a page and the cursor of the next one, which is nil
	// at the end.
	ListProjects(ctx context.Context, query ProjectQuery, cursor json.RawMessage) (page []Project, next json.RawMessage, err error)
	// Project answers ErrNotFound.
	Project(ctx context.Context, id string) (Project, error)
	// CheckFolder answers ErrNotFound for a folder that is not there.
	CheckFolder(ctx context.Context, projectID, folder string) error
}

// Caller makes any call.
type Caller interface {
	Call(ctx context.Context, resource, method string, body json.RawMessage) (json.RawMessage, error)
}

// Platform is what every platform offers. The rest, such as Projects, is an
// interface of its own, which the platform of a type may lack.
type Platform interface{ SignIner }
