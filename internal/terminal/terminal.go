// Package terminal prints messages and data, and prompts the user.
//
// It keeps these rules, so that dxauth behaves alike in a shell, a pipe and a
// batch job:
//
//   - data goes to standard output, and nothing else does;
//   - messages, progress and warnings go to standard error;
//   - prompts are written to and read from the controlling terminal, so that
//     neither stream has to be one; a secret is read without echo, and the
//     terminal shows typing again however the prompt ends;
//   - what only the user may see (keys, codes) goes the way of the prompts;
//   - if no prompt is possible, it returns a [CannotAskError] and never hangs;
//   - text that came from a server passes [Clean] before a terminal sees it.
//
// A [Terminal] asks one thing at a time. Typed-ahead lines wait for the prompt
// that they are meant for: a prompt reads its own line and not a byte more.
package terminal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/term"
)

// Errors that end a prompt without an answer.
var (
	// ErrEndOfInput means that the user ended the input (Ctrl-D) instead of
	// finishing the line. An unfinished line is never taken as an answer.
	ErrEndOfInput = errors.New("end of input")
	// ErrLineTooLong means a line over 4094 bytes. Terminals cut such lines
	// silently, so the end of a pasted secret might be missing.
	ErrLineTooLong = errors.New("line too long for a terminal")
	// ErrNothingToPick means a menu without items.
	ErrNothingToPick = errors.New("nothing to pick from")
)

// CannotAskError says why no prompt is possible. A caller should tell the user the flag
// or variable that gives the missing value.
type CannotAskError struct {
	// Reason is a clause such as "standard input is not a terminal".
	Reason string
}

func (e *CannotAskError) Error() string { return "cannot ask: " + e.Reason }

// Config is what a Terminal needs to know of its surroundings.
type Config struct {
	Stdin          *os.File
	Stdout, Stderr io.Writer

	// NoInput says why questions are forbidden, as in "CI is set". Empty allows them.
	NoInput string
	// StdinIsData is set when standard input was declared to be data (`-`,
	// `--…-stdin`). Questions are then allowed although it is not a terminal.
	StdinIsData bool
	// Quiet drops messages, for a program that reads standard error or a user who
	// wants none. Warnings, and questions with their explanations, stay.
	Quiet bool
	// NoWaits shows no waits.
	NoWaits bool
	// Color is "always", "never" or "auto"; anything else counts as "auto",
	// which is a terminal without NO_COLOR and with a TERM other than "dumb".
	Color string

	// Interrupted is closed when the user ends the program: a write that nobody
	// reads is given up then. Nil stands for never.
	Interrupted <-chan struct{}

	// Getenv reads the environment; nil stands for an empty one.
	Getenv func(string) string
	// OpenTTY opens the controlling terminal, once for each prompt; the two
	// files may be the same one. Nil means /dev/tty, or CONIN$ and CONOUT$.
	OpenTTY func() (in, out *os.File, err error)
}

// Terminal shows and asks. Its prompts must not be used concurrently.
type Terminal struct {
	config  Config
	colored bool
	wait    waitLine
	job     *job // from the first hidden prompt on
}

// New makes a Terminal. It opens nothing until something is asked.
func New(config Config) *Terminal {
	if config.Getenv == nil {
		config.Getenv = func(string) string { return "" }
	}
	if config.OpenTTY == nil {
		config.OpenTTY = openTTY
	}
	t := &Terminal{config: config}
	t.colored = t.wantsColor(config.Stderr)
	return t
}

// CanAsk returns nil when a user can be asked, else a *[CannotAskError].
func (t *Terminal) CanAsk() error {
	c, err := t.openConsole()
	if err != nil {
		return err
	}
	c.Close()
	return nil
}

// StdinIsTerminal reports whether standard input is a terminal: what is read from
// there was typed, and shown while it was.
func (t *Terminal) StdinIsTerminal() bool { return isTerminal(t.config.Stdin) }

// StdoutIsTerminal reports whether standard output is a terminal, where everybody reads
// along, and which keeps what was written.
func (t *Terminal) StdoutIsTerminal() bool {
	f, ok := t.config.Stdout.(*os.File)
	return ok && isTerminal(f)
}

// openConsole opens the controlling terminal if the rules allow a question.
func (t *Terminal) openConsole() (*console, error) {
	if t.config.NoInput != "" {
		return nil, &CannotAskError{Reason: t.config.NoInput}
	}
	if !t.config.StdinIsData && !isTerminal(t.config.Stdin) {
		return nil, &CannotAskError{Reason: "standard input is not a terminal"}
	}
	in, out, err := t.config.OpenTTY()
	if err != nil {
		return nil, &CannotAskError{Reason: fmt.Sprintf("there is no terminal (%v)", err)}
	}
	return &console{in: in, out: out}, nil
}

// ask opens the console for a question, unless ctx has ended already.
func (t *Terminal) ask(ctx context.Context) (*console, error) {
	if ctx.Err() != nil {
		return nil, endedBy(ctx)
	}
	return t.openConsole()
}

func isTerminal(f *os.File) bool {
	return f != nil && term.IsTerminal(int(f.Fd()))
}
