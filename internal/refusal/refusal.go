// Package refusal defines the errors of dxauth, for the server and the commands.
//
// It promises one small set of codes for both: the server returns them, each
// protocol maps them to its own error types, statuses and messages, and the commands
// map them to exit codes and the names that --json prints, both of which are stable.
// A reason distinguishes cases of one code; [errors.Is] compares code and reason.
// Details carry the facts that a protocol needs for its message.
//
// Messages and hints never contain a secret. An [Error] is not modified after it was
// created, so a package may keep one in a variable.
package refusal

import (
	"errors"
	"fmt"
	"time"
)

// Error is a refusal or failure with a code.
type Error struct {
	Code    Code
	Reason  Reason // distinguishes cases of a code; may be empty
	Message string
	Hint    string // what to do next; may be empty
	Details any    // facts, such as an Input or a Wait; may be nil
	Err     error  // the cause; may be nil
}

// New returns an error of code.
func New(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Usagef returns an error for wrong usage of a command.
func Usagef(format string, args ...any) *Error { return New(Usage, format, args...) }

// AsUsage wraps an error as a usage error; nil stays nil.
func AsUsage(err error) error {
	if err == nil {
		return nil
	}
	return Usagef("%s", err).Wrap(err)
}

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

// Is reports whether target is an Error with the same code and reason. An Error
// without a reason matches only itself.
func (e *Error) Is(target error) bool {
	other, ok := target.(*Error)
	return ok && e.Reason != "" && e.Code == other.Code && e.Reason == other.Reason
}

// CodeOf returns the code of the first Error in err's tree, Internal for other errors,
// and "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	if refused, ok := errors.AsType[*Error](err); ok {
		return refused.Code
	}
	return Internal
}

// ReasonOf returns the reason of the first Error in err's tree, or "".
func ReasonOf(err error) Reason {
	if refused, ok := errors.AsType[*Error](err); ok {
		return refused.Reason
	}
	return ""
}

// DetailsOf returns the details of the first Error in err's tree if they have type T.
func DetailsOf[T any](err error) (details T, ok bool) {
	if refused, found := errors.AsType[*Error](err); found {
		details, ok = refused.Details.(T)
	}
	return details, ok
}

// Listing is the detail of a refusal of a file: its problems, each in the form of
// compilers, FILE:LINE:COLUMN: PROBLEM.
type Listing []string

// Input is the detail of a refusal of one input: its key, and what is wrong with it.
type Input struct{ Key, Problem string }

// Inputf returns the refusal of the input at a key, with an [Input] as details.
func Inputf(key, format string, args ...any) *Error {
	input := Input{Key: key, Problem: fmt.Sprintf(format, args...)}
	return &Error{Code: Invalid, Reason: WrongInput, Message: key + ": " + input.Problem, Details: input}
}

// Wait is the detail of a Throttled refusal: how long until the next attempt is
// evaluated.
type Wait struct{ For time.Duration }

// Seconds returns the wait in whole seconds, rounded up, for Retry-After.
func (w Wait) Seconds() int64 { return int64((w.For + time.Second - 1) / time.Second) }

// ExitError ends the program with a given exit code, such as that of a child process,
// and without a message: any message was printed before.
type ExitError struct{ Code int }

func (e *ExitError) Error() string { return fmt.Sprintf("exit code %d", e.Code) }
