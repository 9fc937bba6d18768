package cli

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/dxauth/dxauth/internal/credstore"
	"github.com/dxauth/dxauth/internal/fault"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/session"
	"github.com/dxauth/dxauth/internal/terminal"
	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/httpcall"
)

// failureOf finds out in which way a command failed. It is the one place where
// errors get an exit code.
//
// Nothing but a signal cancels a command. A prompt may notice the signal before
// the command's own context does, so the error decides and not the context.
func (a *app) failureOf(err error) *fault.Error {
	var ready *fault.Error
	if errors.Is(err, context.Canceled) {
		return &fault.Error{Kind: fault.Interrupted, Message: "interrupted", Err: err}
	}
	if errors.As(err, &ready) {
		return ready
	}
	kind, hint := a.kindOf(err)
	return &fault.Error{Kind: kind, Message: err.Error(), Hint: hint, Err: err}
}

func (a *app) kindOf(err error) (kind fault.Kind, hint string) {
	var (
		cannotAsk   *terminal.CannotAskError
		unavailable *credstore.UnavailableError
		signedOut   *platform.SignedOutError
		refused     *platform.RefusedError
		unsupported *platform.UnsupportedError
		unreachable *httpcall.UnreachableError
		unexpected  *httpcall.UnexpectedAnswerError
		redirect    *httpcall.RedirectError
		wait        *platform.WaitError
	)
	switch {
	case errors.Is(err, dnanexus.ErrInvalidRoute), errors.As(err, &unsupported):
		return fault.Usage, ""
	case errors.As(err, &cannotAsk):
		return fault.InputRequired, ""
	case errors.Is(err, terminal.ErrEndOfInput):
		return fault.InputRequired, ""
	case errors.Is(err, session.ErrNotSignedIn):
		return fault.NotLoggedIn, a.loginHint()
	case errors.As(err, &unavailable), errors.Is(err, credstore.ErrNotKept), errors.Is(err, credstore.ErrNotDeleted),
		errors.Is(err, credstore.ErrTooBig):
		return fault.StoreUnavailable, "see " + a.Program + " help stores"
	case errors.As(err, &signedOut):
		return fault.SessionEnded, a.loginHint()
	case errors.Is(err, platform.ErrWrongCode):
		return fault.WrongCredentials, a.skew(err)
	case errors.Is(err, platform.ErrWrongPassword):
		return fault.WrongCredentials, ""
	case errors.Is(err, platform.ErrNotFound):
		return fault.NotFound, ""
	case errors.As(err, &wait):
		return fault.Refused, waitHint(wait.For)
	case errors.As(err, &refused), errors.Is(err, platform.ErrNotOffered):
		return fault.Refused, ""
	case errors.As(err, &unreachable), errors.As(err, &unexpected), errors.As(err, &redirect),
		errors.Is(err, httpcall.ErrAnswerTooLarge):
		return fault.Network, "run " + a.Program + " doctor to find out why"
	default:
		return fault.Internal, ""
	}
}

func waitHint(wait time.Duration) string {
	if wait == 0 {
		return "try again later"
	}
	return "try again in " + dnanexus.FormatDuration(wait)
}

func (a *app) loginHint() string { return "run " + a.Program + " login" }

// failureJSON is what --json prints for a failure.
type failureJSON struct {
	Error struct {
		Type    fault.Kind `json:"type"`
		Message string     `json:"message"`
		Hint    string     `json:"hint"`
	} `json:"error"`
}

// report tells of a failure on stderr.
func (a *app) report(failure *fault.Error) {
	if !a.settings.JSON {
		a.term.Message("%s: %s", a.Program, failure.Message)
		if failure.Hint != "" {
			a.term.Message("%s", failure.Hint)
		}
		return
	}
	var object failureJSON
	object.Error.Type = failure.Kind
	object.Error.Message, object.Error.Hint = terminal.Clean(failure.Message), terminal.Clean(failure.Hint)
	if encoded, err := json.Marshal(object); err == nil {
		_, _ = a.Stderr.Write(append(encoded, '\n')) // there is nowhere else to tell
	}
}
