package cli

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/dxauth/dxauth/internal/credstore"
	"github.com/dxauth/dxauth/internal/duration"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
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
func (a *app) failureOf(err error) *refusal.Error {
	var ready *refusal.Error
	if errors.Is(err, context.Canceled) {
		return &refusal.Error{Code: refusal.Interrupted, Message: "interrupted", Err: err}
	}
	if errors.As(err, &ready) {
		return ready
	}
	kind, hint := a.kindOf(err)
	return &refusal.Error{Code: kind, Message: err.Error(), Hint: hint, Err: err}
}

func (a *app) kindOf(err error) (kind refusal.Code, hint string) {
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
		return refusal.Usage, ""
	case errors.As(err, &cannotAsk):
		return refusal.InputRequired, ""
	case errors.Is(err, terminal.ErrEndOfInput):
		return refusal.InputRequired, ""
	case errors.Is(err, session.ErrNotSignedIn):
		return refusal.Unauthenticated, a.loginHint()
	case errors.As(err, &unavailable), errors.Is(err, credstore.ErrNotKept), errors.Is(err, credstore.ErrNotDeleted),
		errors.Is(err, credstore.ErrTooBig):
		return refusal.StoreUnavailable, "see " + a.Program + " help stores"
	case errors.As(err, &signedOut):
		return refusal.SessionEnded, a.loginHint()
	case errors.Is(err, platform.ErrWrongCode):
		return refusal.WrongCredentials, a.skew(err)
	case errors.Is(err, platform.ErrWrongPassword):
		return refusal.WrongCredentials, ""
	case errors.Is(err, platform.ErrNotFound):
		return refusal.NotFound, ""
	case errors.As(err, &wait):
		return refusal.Throttled, waitHint(wait.For)
	case errors.As(err, &refused), errors.Is(err, platform.ErrNotOffered):
		return refusal.Denied, ""
	case errors.As(err, &unreachable), errors.As(err, &unexpected), errors.As(err, &redirect),
		errors.Is(err, httpcall.ErrAnswerTooLarge):
		return refusal.Network, "run " + a.Program + " doctor to find out why"
	default:
		return refusal.Internal, ""
	}
}

func waitHint(wait time.Duration) string {
	if wait == 0 {
		return "try again later"
	}
	return "try again in " + duration.Format(wait)
}

func (a *app) loginHint() string { return "run " + a.Program + " login" }

// failureJSON is what --json prints for a failure.
type failureJSON struct {
	Error struct {
		Type    string `json:"type"`
		Message string `json:"message"`
		Hint    string `json:"hint"`
	} `json:"error"`
}

// report tells of a failure on stderr.
func (a *app) report(failure *refusal.Error) {
	if !a.settings.JSON {
		a.term.Message("%s: %s", a.Program, failure.Message)
		if failure.Hint != "" {
			a.term.Message("%s", failure.Hint)
		}
		return
	}
	var object failureJSON
	object.Error.Type = failure.Code.Name()
	object.Error.Message, object.Error.Hint = terminal.Clean(failure.Message), terminal.Clean(failure.Hint)
	if encoded, err := json.Marshal(object); err == nil {
		_, _ = a.Stderr.Write(append(encoded, '\n')) // there is nowhere else to tell
	}
}
