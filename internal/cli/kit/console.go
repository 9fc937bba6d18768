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

// Console prints the results of a command, shows its messages and asks its
// questions.
type Console struct {
	*terminal.Terminal
	Program string           // for commands in messages
	JSON    bool             // results are printed as JSON
	Now     func() time.Time // for times in messages

	stdin  io.Reader
	stdout io.Writer
}

// Console returns the console of a command that prompts only if standard input is
// a terminal.
func (inv Invocation) Console() *Console { return inv.ConsoleReading(false) }

// ConsoleReading returns the console of a command that may read data from
// standard input. If it does, the command can still prompt at the terminal.
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

// PrintJSON prints a value as indented JSON on standard output.
func (c *Console) PrintJSON(value any) error {
	text, err := EncodeJSON(value)
	if err != nil {
		return err
	}
	return c.Print(text)
}

// AnswerJSON prints an object with --json only, for commands that otherwise only
// show messages.
func (c *Console) AnswerJSON(value any) error {
	if !c.JSON {
		return nil
	}
	return c.PrintJSON(value)
}

// EncodeJSON returns the JSON text of a value as PrintJSON prints it.
func EncodeJSON(value any) (string, error) {
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false) // the text is not part of a web page, and people read URLs in it
	err := encoder.Encode(value)
	return EscapeUnseen(text.String()), err
}

// Messages shows each line of a text as a message.
func (c *Console) Messages(text string) {
	for line := range strings.Lines(text) {
		c.Message("%s", strings.TrimSuffix(line, "\n"))
	}
}

// CannotAsk returns the error of a command that can't do something because it
// can't prompt.
func CannotAsk(todo string, err error) *refusal.Error {
	reason := err.Error()
	if cannot, ok := errors.AsType[*terminal.CannotAskError](err); ok {
		reason = cannot.Reason
	}
	return refusal.New(refusal.InputRequired, "cannot %s: %s", todo, reason)
}

// RequireYes returns an error if an action needs confirmation and the command
// can't prompt.
func (c *Console) RequireYes(what string) error {
	if err := c.CanAsk(); err != nil {
		return refusal.New(refusal.InputRequired, "confirmation required for %s", what).WithHint("use --yes")
	}
	return nil
}

// Confirmed asks the user to confirm, and returns the given error if the answer
// is no: the command must not succeed, or a script would continue.
func (c *Console) Confirmed(ctx context.Context, question string, otherwise *refusal.Error) error {
	yes, err := c.Confirm(ctx, question)
	if err == nil && !yes {
		return otherwise
	}
	return err
}

// maxSecretInput is how many bytes are read of tokens, passwords and codes.
const maxSecretInput = 64 << 10

// SecretLines reads the first lines of standard input, on which a script passes
// secrets. Missing lines are empty.
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

// SecretInput reads all of standard input, without the white space around it.
func (c *Console) SecretInput() (string, error) {
	content, err := c.ReadAll(maxSecretInput)
	return strings.TrimSpace(string(content)), err
}

// ReadAll reads all data from standard input. It returns a usage error if there
// are more than limit bytes.
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

// SurvivePipe makes a write to a closed pipe return an error instead of ending
// the program, so that the caller can revoke what it could not deliver.
func SurvivePipe() (restore func()) {
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, syscall.SIGPIPE)
	return func() { signal.Stop(caught) }
}
