package terminal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/dxauth/dxauth/pkg/secret"
)

// console is the controlling terminal, open for one question.
type console struct {
	in  *os.File
	out io.WriteCloser
}

// Close closes the terminal; what was typed ahead stays in the kernel.
func (c *console) Close() {
	closeInput(c.in)
	_ = c.out.Close() // on Unix usually the same file, closed twice without harm
}

func (c *console) print(text string) error {
	if _, err := io.WriteString(c.out, text); err != nil {
		return fmt.Errorf("write to the terminal: %w", err)
	}
	return nil
}

// ask prints a prompt. On a narrow terminal it breaks between words, and there is room for
// an answer behind it.
func (c *console) ask(prompt string) error {
	question := strings.TrimRight(prompt, " ")
	end := prompt[len(question):]
	return c.print(fit(question, c.size().columns-len(end)) + end)
}

// line asks with echo. A prompt that ends without a line end typed gets one, so
// that whatever is printed next starts on a line of its own.
func (c *console) line(ctx context.Context, prompt string) (string, error) {
	if err := c.ask(prompt); err != nil {
		return "", err
	}
	line, err := readLine(ctx, c.in)
	if err != nil {
		return "", errors.Join(err, c.print("\n"))
	}
	return line, nil
}

// secret asks without echo, again after each time that the program was suspended.
func (c *console) secret(ctx context.Context, job *job, prompt string) (secret.Text, error) {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	defer stop()
	job.enterPrompt()
	defer job.leavePrompt()
	for {
		line, err := c.hiddenLine(ctx, job, prompt)
		switch {
		case err == nil:
			return secret.New(line), nil
		case errors.Is(err, errSuspended):
			job.pause(ctx)
		case !errors.Is(err, errContinued):
			return secret.Text{}, err
		}
	}
}

// hiddenLine asks once without echo and leaves the terminal as it was, also in a
// panic. It ends with errSuspended or errContinued when the shell wants the
// program to stop, or has let it go on.
func (c *console) hiddenLine(ctx context.Context, job *job, prompt string) (line string, err error) {
	show, err := hideInput(c.in)
	if err != nil {
		return "", fmt.Errorf("turn the terminal's echo off: %w", err)
	}
	defer func() {
		if failed := show(); failed != nil {
			err = errors.Join(err, fmt.Errorf("turn the terminal's echo on: %w", failed))
		}
	}()

	ctx, done := job.interrupt(ctx)
	defer done()
	if err := c.ask(prompt); err != nil {
		return "", err
	}
	line, err = readLine(ctx, c.in)
	if err != nil {
		return "", errors.Join(err, discardInput(c.in), c.print("\n"))
	}
	return line, c.print("\n")
}

// maxLine is the longest line, in bytes, that is surely whole: Linux keeps 4095
// bytes of a longer one and drops the others without a word.
const maxLine = 4094

// Interruptible returns a reader of a file, such as standard input, that returns
// an error as soon as ctx ends: both ctx.Err() and the cause. Closing it leaves
// the file open.
func Interruptible(ctx context.Context, in *os.File) (io.ReadCloser, error) {
	return newInterruptible(ctx, in)
}

// readLine reads one line of the terminal, or ends with ctx.
func readLine(ctx context.Context, in *os.File) (string, error) {
	r, err := newInterruptible(ctx, in)
	if err != nil {
		return "", fmt.Errorf("read from the terminal: %w", err)
	}
	defer r.Close()
	return scanLine(r)
}

// scanLine reads r up to the first line end, byte by byte, so that the line after
// it is left for the next prompt.
func scanLine(r io.Reader) (string, error) {
	var line []byte
	for {
		var b [1]byte
		switch _, err := io.ReadFull(r, b[:]); {
		case errors.Is(err, io.EOF):
			return "", ErrEndOfInput
		case err != nil:
			return "", err
		case b[0] != '\n':
			line = append(line, b[0])
		case len(line) > maxLine:
			return "", ErrLineTooLong
		default:
			return strings.TrimSuffix(string(line), "\r"), nil
		}
	}
}
