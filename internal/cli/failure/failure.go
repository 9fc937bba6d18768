// Package failure turns the errors of commands into failures with a code and a hint.
//
// It promises that every error of the packages below gets its code here and nowhere
// else, and so its exit code and the name that --json prints; that a hint says what the
// user can do next, with the name that the program was called by; and that an error
// which already has a code keeps its code and its hint, with the words that were put
// around it. Only a signal makes a command count as interrupted.
package failure

import (
	"context"
	"errors"
	"time"

	"github.com/dxauth/dxauth/internal/credstore"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/session"
	"github.com/dxauth/dxauth/internal/terminal"
	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/httpcall"
)

// Classify returns the failure of a command with its code, hint and message. It
// is the only place where errors get their code, and so their exit code. Hints
// use the name that the program was called by; now is compared with the server's
// time if a wrong clock may be the cause.
//
// Only a signal cancels a command. A prompt may notice the signal before the
// command's own context does, so the error decides and not the context.
func Classify(err error, program string, now time.Time) *refusal.Error {
	if errors.Is(err, context.Canceled) {
		return &refusal.Error{Code: refusal.Interrupted, Message: "interrupted", Err: err}
	}
	if refused, ok := errors.AsType[*refusal.Error](err); ok {
		return inContext(err, refused).WithHint(hintFor(refused, program, now))
	}
	code, hint := codeOf(err, program)
	return &refusal.Error{Code: code, Message: err.Error(), Hint: hint, Err: err}
}

// inContext returns a refusal with the message of the error that wraps it.
func inContext(err error, refused *refusal.Error) *refusal.Error {
	shown := *refused
	if _, joined := err.(interface{ Unwrap() []error }); !joined {
		shown.Message = err.Error()
	}
	return &shown
}

// hintFor returns the hint of a refusal. Some hints need the name of the program
// or the time, which the platform package does not know.
func hintFor(refused *refusal.Error, program string, now time.Time) string {
	switch {
	case refused.Hint != "":
		return refused.Hint
	case errors.Is(refused, platform.ErrSignedOut):
		return LoginHint(program)
	case errors.Is(refused, platform.ErrWrongCode):
		return SkewHint(refused, now)
	default:
		return ""
	}
}

func codeOf(err error, program string) (code refusal.Code, hint string) {
	var (
		cannotAsk   *terminal.CannotAskError
		unavailable *credstore.UnavailableError
		unreachable *httpcall.UnreachableError
		unexpected  *httpcall.UnexpectedAnswerError
		redirect    *httpcall.RedirectError
		folder      *session.FolderError
		output      *terminal.OutputError
		sealed      *session.SealedError
	)
	switch {
	case errors.Is(err, dnanexus.ErrInvalidRoute):
		return refusal.Usage, ""
	case errors.Is(err, httpcall.ErrNotUTF8):
		return refusal.Usage, "convert the names and values that you give to UTF-8"
	case errors.As(err, &cannotAsk):
		return refusal.InputRequired, ""
	case errors.Is(err, terminal.ErrEndOfInput):
		return refusal.InputRequired, ""
	case errors.Is(err, session.ErrNotSignedIn):
		return refusal.Unauthenticated, LoginHint(program)
	case errors.As(err, &sealed):
		return refusal.Unauthenticated, LoginHint(program) + "; " + program + " doctor says more"
	case errors.Is(err, session.ErrForeign):
		return refusal.Internal, LoginHint(program) + " to replace it"
	case errors.As(err, &unavailable), errors.Is(err, credstore.ErrNotKept), errors.Is(err, credstore.ErrNotDeleted),
		errors.Is(err, credstore.ErrTooBig):
		return refusal.StoreUnavailable, "see " + program + " help stores"
	case errors.As(err, &unreachable), errors.As(err, &unexpected), errors.As(err, &redirect),
		errors.Is(err, httpcall.ErrAnswerTooLarge):
		return refusal.Network, "run " + program + " doctor to find out why"
	case errors.As(err, &output):
		return refusal.Internal, "check the disk or the program that the output goes to"
	case errors.As(err, &folder):
		return refusal.Internal, "name another folder with DXAUTH_STATE_DIR"
	default:
		return refusal.Internal, ""
	}
}

// LoginHint returns the hint for a user who is not logged in.
func LoginHint(program string) string { return "run " + program + " login" }
