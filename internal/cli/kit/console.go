package kit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/dxauth/dxauth/internal/cli/format"
	"github.com/dxauth/dxauth/internal/cli/pages"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/terminal"
	"github.com/dxauth/dxauth/internal/textinput"
	"github.com/dxauth/dxauth/pkg/httpcall"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Console prints the results of a command, shows its messages and asks its
// questions.
type Console struct {
	*terminal.Terminal
	Program string           // for commands in messages
	JSON    bool             // results are printed as JSON
	Now     func() time.Time // for times in messages

	stdin  *os.File
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
			NoInput: inv.Settings.NoInput(), Color: inv.Settings.Color, StdinIsData: stdinIsData,
			Quiet: inv.Settings.JSON || inv.Settings.Quiet, NoWaits: inv.Settings.Quiet,
			Interrupted: inv.Interrupted,
		}),
		Program: inv.Program, JSON: inv.Settings.JSON, Now: inv.Now,
		stdin: inv.Stdin, stdout: inv.Stdout,
	}
}

// PrintJSON prints a value as indented JSON on standard output.
func (c *Console) PrintJSON(value any) error {
	text, err := format.EncodeJSON(value)
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

// RevokedJSON is what the commands that revoke sessions or tokens print with --json.
type RevokedJSON struct {
	Revoked []string `json:"revoked"` // IDs
}

// NoticeTable shows a table that a question is about.
func (c *Console) NoticeTable(text string) {
	for line := range strings.Lines(text) {
		c.Notice("%s", strings.TrimSuffix(line, "\n"))
	}
}

// ShowCut warns if err says that a list was cut, and returns any other error.
func (c *Console) ShowCut(err error) error {
	if !errors.Is(err, pages.ErrCut) {
		return err
	}
	c.Warn("the server's list is too long and was cut; not all entries are shown")
	return nil
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

// Line is [terminal.Terminal.Line], and refuses an answer that is not UTF-8.
func (c *Console) Line(ctx context.Context, prompt string) (string, error) {
	line, err := c.Terminal.Line(ctx, prompt)
	if err != nil {
		return "", err
	}
	return line, checkText(line, "what you typed")
}

// Secret is [terminal.Terminal.Secret], and refuses an answer that is not UTF-8.
func (c *Console) Secret(ctx context.Context, prompt string) (secret.Text, error) {
	typed, err := c.Terminal.Secret(ctx, prompt)
	if err != nil {
		return secret.Text{}, err
	}
	return typed, checkText(typed.Reveal(), "what you typed")
}

// checkText refuses text that is not UTF-8: JSON can't hold it, so it would become
// another text, perhaps another password.
func checkText(text, what string) error {
	_, err := decodeText([]byte(text), what)
	return err
}

// decodeText returns input without its byte order mark, and refuses other encodings.
func decodeText(input []byte, what string) ([]byte, error) {
	text, err := textinput.Decode(input)
	if err != nil {
		return nil, refusal.Usagef("%s %s", what, err).Wrap(httpcall.ErrNotUTF8).
			WithHint("set the terminal and the locale to UTF-8, or convert a file with iconv")
	}
	return text, nil
}

// SecretLines reads the first lines of standard input, on which a script passes
// secrets; the prompts name them. Missing lines are empty. At a terminal it asks
// for each, hidden: nobody expects a command that waits without a word and shows
// what is typed.
func (c *Console) SecretLines(ctx context.Context, prompts ...string) ([]string, error) {
	if c.StdinIsTerminal() {
		return c.askSecrets(ctx, prompts)
	}
	content, err := c.read(ctx, maxSecretInput)
	if err != nil {
		return nil, err
	}
	lines := make([]string, len(prompts))
	rest := string(content)
	for i := range lines {
		lines[i], rest, _ = strings.Cut(rest, "\n")
		lines[i] = strings.TrimSuffix(lines[i], "\r")
	}
	return lines, nil
}

func (c *Console) askSecrets(ctx context.Context, prompts []string) ([]string, error) {
	lines := make([]string, len(prompts))
	for i, prompt := range prompts {
		line, err := c.Secret(ctx, prompt+": ")
		if _, cannot := errors.AsType[*terminal.CannotAskError](err); cannot {
			return nil, CannotAsk("read standard input, which is a terminal", err).WithHint(pipeHint)
		}
		if err != nil {
			return nil, err
		}
		lines[i] = line.Reveal()
	}
	return lines, nil
}

// SecretInput reads all of standard input, without the white space around it. At
// a terminal it asks for one line, hidden.
func (c *Console) SecretInput(ctx context.Context, prompt string) (string, error) {
	if c.StdinIsTerminal() {
		lines, err := c.askSecrets(ctx, []string{prompt})
		return strings.TrimSpace(strings.Join(lines, "")), err
	}
	content, err := c.read(ctx, maxSecretInput)
	if err != nil {
		return "", err
	}
	return strings.TrimSpace(string(content)), nil
}

// pipeHint says how to give a command its standard input.
const pipeHint = "pipe the input into the command, or redirect it from a file with <"

// ReadAll reads all data from standard input. It returns a usage error if there
// are more than limit bytes, and if standard input is a terminal: what is typed
// there would be shown, and may be a secret.
func (c *Console) ReadAll(ctx context.Context, limit int64) ([]byte, error) {
	if c.StdinIsTerminal() {
		return nil, refusal.New(refusal.InputRequired, "standard input is a terminal, which would show what you type").WithHint(pipeHint)
	}
	return c.read(ctx, limit)
}

// read reads the text on standard input until its end, or until ctx ends.
func (c *Console) read(ctx context.Context, limit int64) ([]byte, error) {
	input, err := terminal.Interruptible(ctx, c.stdin)
	if err != nil {
		return nil, fmt.Errorf("read standard input: %w", err)
	}
	defer input.Close()
	content, err := io.ReadAll(io.LimitReader(input, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(content)) > limit {
		return nil, refusal.Usagef("standard input is longer than %d bytes", limit)
	}
	return decodeText(content, "standard input")
}

// SurvivePipe makes a write to a closed pipe return an error instead of ending
// the program, so that the caller can revoke what it could not deliver.
func SurvivePipe() (restore func()) {
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, syscall.SIGPIPE)
	return func() { signal.Stop(caught) }
}
