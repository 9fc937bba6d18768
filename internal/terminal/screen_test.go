//go:build unix

package terminal_test

import (
	"bytes"
	"io"
	"testing"

	"github.com/creack/pty"

	"github.com/dxauth/dxauth/internal/terminal"
)

func TestWidthIsTheScreens(t *testing.T) {
	p := newPerson(t)
	term := terminal.New(terminal.Config{Stderr: p.tty})
	if !term.IsTerminal() || term.Width() != 80 {
		t.Errorf("a terminal of unknown size: IsTerminal = %t, Width = %d", term.IsTerminal(), term.Width())
	}
	if err := pty.Setsize(p.keyboard, &pty.Winsize{Rows: 24, Cols: 11}); err != nil {
		t.Fatal(err)
	}
	if term.Width() != 11 {
		t.Errorf("Width = %d, want 11", term.Width())
	}
	if got := term.Wrap("one two three"); got != "one two\nthree" {
		t.Errorf("Wrap = %q", got)
	}
}

func TestWarningsAreColoredWhereThatIsWanted(t *testing.T) {
	const colored, plain = "\x1b[35mwarning:\x1b[0m x", "warning: x"
	for name, test := range map[string]struct {
		color      string
		atTerminal bool
		env        map[string]string
		want       string
	}{
		"auto at a terminal":       {"auto", true, nil, colored},
		"auto in a pipe":           {"auto", false, nil, plain},
		"unset at a terminal":      {"", true, nil, colored},
		"NO_COLOR":                 {"auto", true, map[string]string{"NO_COLOR": "1"}, plain},
		"NO_COLOR empty":           {"auto", true, map[string]string{"NO_COLOR": ""}, colored},
		"dumb terminal":            {"auto", true, map[string]string{"TERM": "dumb"}, plain},
		"always in a pipe":         {"always", false, nil, colored},
		"always stronger than env": {"always", true, map[string]string{"NO_COLOR": "1", "TERM": "dumb"}, colored},
		"never":                    {"never", true, nil, plain},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPerson(t)
			var piped bytes.Buffer
			var stderr io.Writer = &piped
			if test.atTerminal {
				stderr = p.tty
			}
			terminal.New(terminal.Config{
				Stderr: stderr, Color: test.color,
				Getenv: func(name string) string { return test.env[name] },
			}).Warn("x")

			got := piped.String()
			if test.atTerminal {
				p.sees("x\r\n", 1)
				got = p.read()
			}
			if want := test.want; got != want+"\n" && got != want+"\r\n" {
				t.Errorf("wrote %q, want %q", got, want)
			}
		})
	}
}
