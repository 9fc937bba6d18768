package terminal_test

import (
	"context"
	"errors"
	"io"
	"os"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/terminal"
	"github.com/dxauth/dxauth/internal/testconsole"
)

// promptLimit bounds how long an ended prompt may take.
const promptLimit = time.Minute

// atConsole returns a terminal that asks at the console.
func atConsole() *terminal.Terminal {
	return terminal.New(terminal.Config{StdinIsData: true, Stdout: io.Discard, Stderr: io.Discard})
}

func TestConsoleReadsWhatIsTyped(t *testing.T) {
	testconsole.Run(t, func(t *testing.T) {
		term, before := atConsole(), testconsole.Mode(t)
		testconsole.Type(t, "alice\rpässwörd €\ry\r")
		name, err := term.Line(t.Context(), "Username: ")
		if err != nil || name != "alice" {
			t.Errorf("line: %q, %v", name, err)
		}
		password, err := term.Secret(t.Context(), "Password: ")
		if err != nil || password.Reveal() != "pässwörd €" {
			t.Errorf("secret: %q, %v", password.Reveal(), err)
		}
		if after := testconsole.Mode(t); after != before {
			t.Errorf("the console has mode %#x, and had %#x", after, before)
		}
		if yes, err := term.Confirm(t.Context(), "Sure?"); err != nil || !yes {
			t.Errorf("confirm: %v, %v", yes, err)
		}
	})
}

// prompts are the ways of asking.
var prompts = map[string]func(context.Context, *terminal.Terminal) error{
	"line": func(ctx context.Context, t *terminal.Terminal) error { _, err := t.Line(ctx, "Username: "); return err },
	"secret": func(ctx context.Context, t *terminal.Terminal) error {
		_, err := t.Secret(ctx, "Password: ")
		return err
	},
	"confirm": func(ctx context.Context, t *terminal.Terminal) error { _, err := t.Confirm(ctx, "Sure?"); return err },
}

// TestConsolePromptEndsWithoutEnter: a read of a console can't be called back.
func TestConsolePromptEndsWithoutEnter(t *testing.T) {
	testconsole.Run(t, func(t *testing.T) {
		before := testconsole.Mode(t)
		for name, ask := range prompts {
			ctx, end := context.WithTimeout(t.Context(), 50*time.Millisecond)
			start := time.Now()
			err := ask(ctx, atConsole())
			end()
			if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > promptLimit {
				t.Errorf("%s: %v after %s", name, err, time.Since(start))
			}
			if after := testconsole.Mode(t); after != before {
				t.Errorf("%s: the console has mode %#x, and had %#x", name, after, before)
			}
		}
	})
}

func TestCtrlCEndsAHiddenPrompt(t *testing.T) {
	testconsole.Run(t, func(t *testing.T) {
		shown, out, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		term := terminal.New(terminal.Config{StdinIsData: true, OpenTTY: func() (in, _ *os.File, _ error) {
			return testconsole.Open(t, "CONIN$"), out, nil
		}})
		ctx, end := context.WithTimeout(t.Context(), promptLimit)
		defer end()
		result := make(chan error, 1)
		go func() {
			_, err := term.Secret(ctx, "Password: ")
			result <- err
		}()
		if _, err := shown.Read(make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		testconsole.Interrupt(t)
		if err := <-result; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
}
