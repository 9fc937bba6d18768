// Package fault holds the errors that a command ends with: what went wrong, in
// which kind of way, and what to do next.
//
// It promises that each kind has one exit code and one name, that both are
// stable, and that the names are those which --json prints. Both halves of the
// program return these errors; one place turns them into output.
//
// Codes 0 to 3 are those of dx, so that scripts written for it go on working.
package fault

import "fmt"

// Kind says in which way a command failed.
type Kind string

// The kinds.
const (
	Internal         Kind = "internal"          // a fault of the program or the machine
	Usage            Kind = "usage"             // a wrong flag, argument or setting
	InputRequired    Kind = "input_required"    // something is missing and nobody can be asked
	NotLoggedIn      Kind = "not_logged_in"     // there is no session
	SessionEnded     Kind = "session_ended"     // there was one, and the server ended it
	WrongCredentials Kind = "wrong_credentials" // password, code or token
	Refused          Kind = "refused"           // the server said no
	NotFound         Kind = "not_found"         // there is no such project, folder or user
	Network          Kind = "network"           // the server was not reached, or is none
	StoreUnavailable Kind = "store_unavailable" // no place to keep the credential
	Interrupted      Kind = "interrupted"       // Ctrl-C or SIGTERM
)

// ExitCode returns the exit code of a kind.
func (k Kind) ExitCode() int {
	switch k {
	case Usage, InputRequired:
		return 2
	case NotLoggedIn, SessionEnded, WrongCredentials, Refused, NotFound, Network:
		return 3
	case StoreUnavailable:
		return 4
	case Interrupted:
		return 130
	default:
		return 1
	}
}

// Error is how a command ends. Hint is a sentence on what to do next; it may be
// empty.
type Error struct {
	Kind    Kind
	Message string
	Hint    string
	Err     error // the cause; may be nil
}

func (e *Error) Error() string { return e.Message }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// New makes an error with a hint.
func New(kind Kind, hint, format string, args ...any) *Error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...), Hint: hint}
}

// Usagef makes an error for a wrong use.
func Usagef(format string, args ...any) *Error { return New(Usage, "", format, args...) }

// ExitError passes the exit code of another program on. There is nothing to
// report: that program has.
type ExitError struct{ Code int }

func (e *ExitError) Error() string { return fmt.Sprintf("exit code %d", e.Code) }
