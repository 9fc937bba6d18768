//go:build unix

package terminal_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/term"

	"github.com/dxauth/dxauth/internal/terminal"
	"github.com/dxauth/dxauth/pkg/secret"
)

func TestLineIsShownAndReturnedAsTyped(t *testing.T) {
	p := newPerson(t)
	answer := inBackground(t, func() (string, error) {
		return p.terminal().Line(t.Context(), "Username: ")
	})
	p.sees("Username: ", 1)
	p.wantEcho(true)
	p.types("  ada lovelace \n")
	if got, err := answer(); got != "  ada lovelace " || err != nil {
		t.Errorf("Line = %q, %v", got, err)
	}
	p.sees("ada lovelace", 1)
}

func TestPromptIsCleaned(t *testing.T) {
	p := newPerson(t)
	p.types("\n")
	if _, err := p.terminal().Line(t.Context(), "Username [a\x1b[2Jda\n]: "); err != nil {
		t.Fatal(err)
	}
	p.sees("Username [ada ]: ", 1)
}

func TestSecretIsHiddenWhileTyped(t *testing.T) {
	p := newPerson(t)
	p.wantEcho(true)
	answer := inBackground(t, func() (secret.Text, error) {
		return p.terminal().Secret(t.Context(), "Password: ")
	})
	p.sees("Password: ", 1)
	p.wantEcho(false)
	p.types("open sesame\n")
	got, err := answer()
	if err != nil || got.Reveal() != "open sesame" {
		t.Errorf("Secret = %q, %v", got.Reveal(), err)
	}
	p.wantEcho(true)
	p.sees("\n", 1)
	if screen := p.read(); screen != "Password: \r\n" {
		t.Errorf("the screen shows %q, want the prompt and a line end", screen)
	}
}

func TestSecretTakesWhatPeopleType(t *testing.T) {
	for name, password := range map[string]string{
		"empty":         "",
		"outer spaces":  "  two words ",
		"UTF-8":         "пароль-密码-🔑",
		"1024 bytes":    strings.Repeat("x", 1024),
		"longest":       strings.Repeat("x", 4094),
		"not even text": "\xff\xfe",
	} {
		t.Run(name, func(t *testing.T) {
			p := newPerson(t)
			answer := inBackground(t, func() (secret.Text, error) {
				return p.terminal().Secret(t.Context(), "Password: ")
			})
			p.sees("Password: ", 1)
			p.types(password + "\n")
			if got, err := answer(); got.Reveal() != password || err != nil {
				t.Errorf("Secret = %q, %v, want %q", got.Reveal(), err, password)
			}
		})
	}
}

// A program that crashed before may have left the terminal without lines.
func TestSecretWorksAtATerminalLeftRaw(t *testing.T) {
	p := newPerson(t)
	if _, err := term.MakeRaw(int(p.tty.Fd())); err != nil {
		t.Fatal(err)
	}
	answer := inBackground(t, func() (secret.Text, error) {
		return p.terminal().Secret(t.Context(), "Password: ")
	})
	p.sees("Password: ", 1)
	p.types("sesamf\x7fe\r") // with a backspace; Enter sends a carriage return
	if got, err := answer(); got.Reveal() != "sesame" || err != nil {
		t.Errorf("Secret = %q, %v", got.Reveal(), err)
	}
}

func TestSecretThatTheTerminalCutIsRefused(t *testing.T) {
	p := newPerson(t)
	answer := inBackground(t, func() (secret.Text, error) {
		return p.terminal().Secret(t.Context(), "Token: ")
	})
	p.sees("Token: ", 1)
	p.types(strings.Repeat("x", 5000) + "\nnext\n")
	if _, err := answer(); !errors.Is(err, terminal.ErrLineTooLong) {
		t.Errorf("Secret: %v, want ErrLineTooLong", err)
	}
	p.wantEcho(true)
}

func TestTypedAheadLinesWaitForTheirPrompts(t *testing.T) {
	p := newPerson(t)
	p.types("ada\nsesame\ny\n")
	p.sees("sesame", 1) // typed before anything asked to hide it
	term := p.terminal()
	name, err := term.Line(t.Context(), "Username: ")
	if name != "ada" || err != nil {
		t.Errorf("Line = %q, %v", name, err)
	}
	password, err := term.Secret(t.Context(), "Password: ")
	if password.Reveal() != "sesame" || err != nil {
		t.Errorf("Secret = %q, %v", password.Reveal(), err)
	}
	yes, err := term.Confirm(t.Context(), "Go on?")
	if !yes || err != nil {
		t.Errorf("Confirm = %t, %v", yes, err)
	}
}

// secretFails starts a secret prompt, does what ends it, and returns its error
// once the terminal is checked.
func secretFails(t *testing.T, ctx context.Context, p *person, end func()) error {
	t.Helper()
	answer := inBackground(t, func() (secret.Text, error) {
		return p.terminal().Secret(ctx, "Password: ")
	})
	p.sees("Password: ", 1)
	p.types("half")
	end()
	got, err := answer()
	if !got.IsZero() {
		t.Errorf("Secret = %q, want nothing", got.Reveal())
	}
	p.wantEcho(true)
	p.sees("\n", 1)
	return err
}

func TestSecretEndsWithItsContext(t *testing.T) {
	shutdown := errors.New("shutdown")
	for name, test := range map[string]struct {
		cause error
		want  []error
	}{
		"canceled":     {nil, []error{context.Canceled}},
		"with a cause": {shutdown, []error{context.Canceled, shutdown}},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPerson(t)
			ctx, cancel := context.WithCancelCause(t.Context())
			err := secretFails(t, ctx, p, func() { cancel(test.cause) })
			for _, want := range test.want {
				if !errors.Is(err, want) {
					t.Errorf("Secret: %v, want %v", err, want)
				}
			}
		})
	}
}

func TestSecretEndsAtADeadline(t *testing.T) {
	p := newPerson(t)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := secretFails(t, ctx, p, func() {}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Secret: %v, want DeadlineExceeded", err)
	}
}

func TestHalfTypedSecretIsNotLeftForTheShell(t *testing.T) {
	p := newPerson(t)
	ctx, cancel := context.WithCancel(t.Context())
	if err := secretFails(t, ctx, p, cancel); !errors.Is(err, context.Canceled) {
		t.Fatalf("Secret: %v", err)
	}
	p.types("ls\n")
	if got, err := p.terminal().Line(t.Context(), "$ "); got != "ls" || err != nil {
		t.Errorf("what is read next is %q, %v, want %q", got, err, "ls")
	}
}

func TestPromptAfterTheContextEndedAsksNothing(t *testing.T) {
	p := newPerson(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	opened := false
	term := terminal.New(terminal.Config{Stdin: p.tty, Getenv: os.Getenv, OpenTTY: func() (in, out *os.File, err error) {
		opened = true
		return p.open()
	}})
	if _, err := term.Line(ctx, "Username: "); !errors.Is(err, context.Canceled) || opened {
		t.Errorf("Line: %v, terminal opened: %t", err, opened)
	}
}

func TestLineEndsWithItsContext(t *testing.T) {
	p := newPerson(t)
	ctx, cancel := context.WithCancel(t.Context())
	answer := inBackground(t, func() (string, error) { return p.terminal().Line(ctx, "Username: ") })
	p.sees("Username: ", 1)
	cancel()
	if _, err := answer(); !errors.Is(err, context.Canceled) {
		t.Errorf("Line: %v", err)
	}
	p.sees("Username: \r\n", 1)
}

func TestEndOfInputIsNoAnswer(t *testing.T) {
	const ctrlD = "\x04"
	for name, keys := range map[string]string{
		"at once":        ctrlD,
		"after a letter": "y" + ctrlD + ctrlD,
	} {
		t.Run(name, func(t *testing.T) {
			p := newPerson(t)
			p.types(strings.Repeat(keys, 3))
			term := p.terminal()
			if _, err := term.Line(t.Context(), "Username: "); !errors.Is(err, terminal.ErrEndOfInput) {
				t.Errorf("Line: %v", err)
			}
			if _, err := term.Secret(t.Context(), "Password: "); !errors.Is(err, terminal.ErrEndOfInput) {
				t.Errorf("Secret: %v", err)
			}
			p.wantEcho(true)
			p.types(keys) // the secret prompt threw the rest away
			if yes, err := term.Confirm(t.Context(), "Go on?"); yes || !errors.Is(err, terminal.ErrEndOfInput) {
				t.Errorf("Confirm = %t, %v", yes, err)
			}
		})
	}
}

func TestConfirm(t *testing.T) {
	for keys, want := range map[string]bool{
		"y\n":            true,
		"Yes\n":          true,
		" y \n":          true,
		"n\n":            false,
		"no\n":           false,
		"\n":             false,
		"yep\nwhat\ny\n": true,
	} {
		t.Run(keys, func(t *testing.T) {
			p := newPerson(t)
			p.types(keys)
			if got, err := p.terminal().Confirm(t.Context(), "Invalidate the token?"); got != want || err != nil {
				t.Errorf("Confirm = %t, %v, want %t", got, err, want)
			}
			p.sees("Invalidate the token? [y/N] ", strings.Count(keys, "\n"))
			p.sees("Please answer yes or no.", strings.Count(keys, "\n")-1)
		})
	}
}

func TestCanAsk(t *testing.T) {
	p := newPerson(t)
	pipe, other, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer pipe.Close()
	defer other.Close()
	absent := func() (in, out *os.File, err error) { return nil, nil, errors.New("no such device") }

	for name, test := range map[string]struct {
		config terminal.Config
		reason string // empty: a question is allowed
	}{
		"at a terminal":     {terminal.Config{Stdin: p.tty, Getenv: os.Getenv, OpenTTY: p.open}, ""},
		"data on stdin":     {terminal.Config{Stdin: pipe, StdinIsData: true, OpenTTY: p.open}, ""},
		"stdin is a pipe":   {terminal.Config{Stdin: pipe, OpenTTY: p.open}, "standard input is not a terminal"},
		"stdin is closed":   {terminal.Config{OpenTTY: p.open}, "standard input is not a terminal"},
		"no terminal":       {terminal.Config{Stdin: p.tty, Getenv: os.Getenv, OpenTTY: absent}, "there is no terminal (no such device)"},
		"data, no terminal": {terminal.Config{Stdin: pipe, StdinIsData: true, OpenTTY: absent}, "there is no terminal (no such device)"},
		"forbidden":         {terminal.Config{Stdin: p.tty, Getenv: os.Getenv, OpenTTY: p.open, NoInput: "--no-input is set"}, "--no-input is set"},
	} {
		t.Run(name, func(t *testing.T) {
			err := terminal.New(test.config).CanAsk()
			if test.reason == "" {
				if err != nil {
					t.Errorf("CanAsk: %v", err)
				}
				return
			}
			var cannot *terminal.CannotAskError
			if !errors.As(err, &cannot) || cannot.Reason != test.reason {
				t.Errorf("CanAsk: %v, want the reason %q", err, test.reason)
			}
		})
	}
}

func TestNothingIsAskedWhenItCannotBe(t *testing.T) {
	term := terminal.New(terminal.Config{NoInput: "CI is set"})
	for name, ask := range map[string]func() error{
		"Line":    func() error { _, err := term.Line(t.Context(), "?"); return err },
		"Secret":  func() error { _, err := term.Secret(t.Context(), "?"); return err },
		"Confirm": func() error { _, err := term.Confirm(t.Context(), "?"); return err },
		"Pick":    func() error { _, err := term.Pick(t.Context(), terminal.Menu{}); return err },
	} {
		if err := ask(); err == nil || err.Error() != "cannot ask: CI is set" {
			t.Errorf("%s: %v", name, err)
		}
	}
}
