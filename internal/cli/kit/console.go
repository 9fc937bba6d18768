package kit

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/terminal"
)

// Console is where a command prints, says and asks.
type Console struct {
	*terminal.Terminal
	Program string           // for commands in messages
	JSON    bool             // results are printed as JSON
	Now     func() time.Time // for times in messages

	stdin  io.Reader
	stdout io.Writer
}

// Console returns the console of a command that asks only where standard input
// is a terminal.
func (inv Invocation) Console() *Console { return inv.ConsoleReading(false) }

// ConsoleReading returns the console of a command for which standard input may
// be declared to be data: questions are allowed then although it is no terminal.
func (inv Invocation) ConsoleReading(stdinIsData bool) *Console {
	return &Console{
		Terminal: terminal.New(terminal.Config{
			Stdin: inv.Stdin, Stdout: inv.Stdout, Stderr: inv.Stderr, Getenv: inv.Getenv,
			NoInput: inv.Settings.NoInput, Color: inv.Settings.Color, StdinIsData: stdinIsData, Quiet: inv.Settings.JSON,
		}),
		Program: inv.Program, JSON: inv.Settings.JSON, Now: inv.Now,
		stdin: inv.Stdin, stdout: inv.Stdout,
	}
}

// PrintJSON prints one object of data.
func (c *Console) PrintJSON(value any) error {
	text, err := EncodeJSON(value)
	if err != nil {
		return err
	}
	return c.Print(text)
}

// AnswerJSON prints an object with --json only, for commands that otherwise
// have nothing to print but messages.
func (c *Console) AnswerJSON(value any) error {
	if !c.JSON {
		return nil
	}
	return c.PrintJSON(value)
}

// EncodeJSON writes an object as it is printed.
func EncodeJSON(value any) (string, error) {
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false) // it is not put into a page, and people read addresses in it
	err := encoder.Encode(value)
	return EscapeUnseen(text.String()), err
}

// Messages shows each line of a text as a message.
func (c *Console) Messages(text string) {
	for line := range strings.Lines(text) {
		c.Message("%s", strings.TrimSuffix(line, "\n"))
	}
}

// CannotAsk is the refusal of a command that can't do something because it can't
// ask.
func CannotAsk(todo string, err error) *refusal.Error {
	reason := err.Error()
	if cannot, ok := errors.AsType[*terminal.CannotAskError](err); ok {
		reason = cannot.Reason
	}
	return refusal.New(refusal.InputRequired, "cannot %s: %s", todo, reason)
}

// RequireYes refuses what a person has to confirm, where nobody can be asked.
func (c *Console) RequireYes(what string) error {
	if err := c.CanAsk(); err != nil {
		return refusal.New(refusal.InputRequired, "confirmation required for %s", what).WithHint("use --yes")
	}
	return nil
}

// Confirmed asks whether to go on. A no ends the command with the given error,
// and not with success: a script around it must not go on either.
func (c *Console) Confirmed(ctx context.Context, question string, otherwise *refusal.Error) error {
	yes, err := c.Confirm(ctx, question)
	if err == nil && !yes {
		return otherwise
	}
	return err
}

// maxSecretInput bounds what is read of tokens, passwords and codes, in bytes.
const maxSecretInput = 64 << 10

// SecretLines reads the first lines of standard input, on which a script hands
// secrets in. Those that are missing are empty.
func (c *Console) SecretLines(count int) ([]string, error) {
	content, err := c.ReadAll(maxSecretInput)
	if err != nil {
		return nil, err
	}
	lines := make([]string, count)
	rest := string(content)
	for i := range lines {
		lines[i], rest, _ = strings.Cut(rest, "\n")
		lines[i] = strings.TrimSuffix(lines[i], "\r")
	}
	return lines, nil
}

// SecretInput reads all of standard input, without the blanks around it.
func (c *Console) SecretInput() (string, error) {
	content, err := c.ReadAll(maxSecretInput)
	return strings.TrimSpace(string(content)), err
}

// ReadAll reads declared data from standard input, at most limit bytes.
func (c *Console) ReadAll(limit int64) ([]byte, error) {
	content, err := io.ReadAll(io.LimitReader(c.stdin, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(content)) > limit {
		return nil, refusal.Usagef("standard input is longer than %d bytes", limit)
	}
	return content, nil
}

// SurvivePipe lets a write to a pipe that nobody reads fail, instead of ending
// the program before it can take back what it could not hand over.
func SurvivePipe() (restore func()) {
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, syscall.SIGPIPE)
	return func() { signal.Stop(caught) }
}
