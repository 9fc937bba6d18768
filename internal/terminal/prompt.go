package terminal

import (
	"context"
	"errors"
	"strings"

	"github.com/dxauth/dxauth/pkg/secret"
)

// Line asks for a line of text and returns it as typed, without the line end.
// The prompt is cleaned, so it may hold a remembered name.
//
// It returns [ErrEndOfInput], [ErrLineTooLong], a *[CannotAskError], or, when ctx
// ends first, an error that is both ctx.Err() and the cause.
func (t *Terminal) Line(ctx context.Context, prompt string) (string, error) {
	c, err := t.ask(ctx)
	if err != nil {
		return "", err
	}
	defer c.Close()
	return c.line(ctx, Clean(prompt))
}

// Secret asks for a secret, which is not shown while it is typed. Spaces are
// kept; only the line end is cut.
//
// While it asks, the signals that would end the program (SIGINT, SIGTERM, SIGHUP,
// SIGQUIT) end the prompt instead, as an ended ctx does, so that the terminal
// never stays without echo; nothing can be done about SIGKILL. A half-typed
// secret is thrown away, or the shell would read it next. Suspending the program
// (Ctrl-Z) shows typing again, and the prompt is repeated when it goes on.
// The errors are those of [Terminal.Line].
func (t *Terminal) Secret(ctx context.Context, prompt string) (secret.Text, error) {
	c, err := t.ask(ctx)
	if err != nil {
		return secret.Text{}, err
	}
	defer c.Close()
	if t.job == nil {
		t.job = newJob()
	}
	return c.secret(ctx, t.job, Clean(prompt))
}

// Confirm asks a yes-or-no question, repeats it until the answer is one of the
// two, and takes an empty answer for no. The errors are those of [Terminal.Line].
func (t *Terminal) Confirm(ctx context.Context, question string) (bool, error) {
	c, err := t.ask(ctx)
	if err != nil {
		return false, err
	}
	defer c.Close()
	for {
		answer, err := c.line(ctx, Clean(question)+" [y/N] ")
		if err != nil {
			return false, err
		}
		switch strings.ToLower(strings.TrimSpace(answer)) {
		case "y", "yes":
			return true, nil
		case "", "n", "no":
			return false, nil
		}
		if err := c.print("Please answer yes or no.\n"); err != nil {
			return false, err
		}
	}
}

// endedBy returns the error of a prompt whose ctx has ended: both ctx.Err(), by
// which callers tell that they were interrupted, and the cause, which says why.
func endedBy(ctx context.Context) error {
	cause := context.Cause(ctx)
	if errors.Is(cause, ctx.Err()) {
		return cause
	}
	return &endedError{kind: ctx.Err(), cause: cause}
}

// endedError reads as its cause, "interrupt signal received", and is also the
// context's own error.
type endedError struct{ kind, cause error }

func (e *endedError) Error() string   { return e.cause.Error() }
func (e *endedError) Unwrap() []error { return []error{e.kind, e.cause} }
