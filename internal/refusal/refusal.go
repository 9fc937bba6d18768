// Package refusal holds the errors with which dxauth refuses something, on the
// server and in the commands.
//
// It promises one small set of codes for both: the rules of the server refuse
// with them, each protocol maps them to its own types, statuses and words, and
// the commands map them to the names that --json prints and to exit codes, both
// of which are stable. Where a caller has to tell cases of one code apart, the
// error carries a reason too; [errors.Is] compares code and reason. Details
// carry what the words of a protocol are made of.
//
// An error never holds a secret in its message or hint. A refusal is not
// changed after it was made, so a package may keep one in a variable.
package refusal

import (
	"errors"
	"fmt"
	"time"
)

// Error is a refusal.
type Error struct {
	Code    Code
	Reason  Reason // tells cases of a code apart; may be empty
	Message string
	Hint    string // what to do next; may be empty
	Details any    // facts, of a type that the one who refuses defines; may be nil
	Err     error  // the cause; may be nil
}

// New returns an error of code.
func New(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Usagef returns an error for a wrong use of a command.
func Usagef(format string, args ...any) *Error { return New(Usage, format, args...) }

// WithHint returns a copy of e that says what to do next.
func (e *Error) WithHint(hint string) *Error {
	changed := *e
	changed.Hint = hint
	return &changed
}

// Because returns a copy of e with a reason.
func (e *Error) Because(reason Reason) *Error {
	changed := *e
	changed.Reason = reason
	return &changed
}

// With returns a copy of e with details.
func (e *Error) With(details any) *Error {
	changed := *e
	changed.Details = details
	return &changed
}

// Wrap returns a copy of e with a cause.
func (e *Error) Wrap(cause error) *Error {
	changed := *e
	changed.Err = cause
	return &changed
}

func (e *Error) Error() string { return e.Message }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether target is a refusal of the same code and reason. One
// without a reason is like no other.
func (e *Error) Is(target error) bool {
	other, ok := target.(*Error)
	return ok && e.Reason != "" && e.Code == other.Code && e.Reason == other.Reason
}

// CodeOf returns the code of the first refusal in err's tree. It is Internal
// for other errors, and empty for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	if refused, ok := errors.AsType[*Error](err); ok {
		return refused.Code
	}
	return Internal
}

// ReasonOf returns the reason of the first refusal in err's tree, or "".
func ReasonOf(err error) Reason {
	if refused, ok := errors.AsType[*Error](err); ok {
		return refused.Reason
	}
	return ""
}

// DetailsOf returns the details of the first refusal in err's tree, if they
// are of type T.
func DetailsOf[T any](err error) (details T, ok bool) {
	if refused, found := errors.AsType[*Error](err); found {
		details, ok = refused.Details.(T)
	}
	return details, ok
}

// Input is the detail of a refusal for one input: which, and what is wrong.
type Input struct{ Key, Problem string }

// Inputf returns the refusal of the input at a key, with an [Input].
func Inputf(key, format string, args ...any) *Error {
	input := Input{Key: key, Problem: fmt.Sprintf(format, args...)}
	return &Error{Code: Invalid, Reason: WrongInput, Message: key + ": " + input.Problem, Details: input}
}

// Wait is the detail of a Throttled refusal: how long until the next attempt is
// looked at.
type Wait struct{ For time.Duration }

// Seconds returns the wait in whole seconds, rounded up, as Retry-After wants it.
func (w Wait) Seconds() int64 { return int64((w.For + time.Second - 1) / time.Second) }

// ExitError ends the program with a code of its own, as that of a child, and
// without a message: what there is to say was said.
type ExitError struct{ Code int }

func (e *ExitError) Error() string { return fmt.Sprintf("exit code %d", e.Code) }
