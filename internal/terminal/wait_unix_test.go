//go:build unix

package terminal_test

import (
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/creack/pty"

	"github.com/dxauth/dxauth/internal/terminal"
)

// watching returns a terminal whose messages a person sees on a screen of some width.
func watching(t *testing.T, columns uint16) (*person, *terminal.Terminal) {
	t.Helper()
	p := newPerson(t)
	if err := pty.Setsize(p.tty, &pty.Winsize{Rows: 24, Cols: columns}); err != nil {
		t.Fatal(err)
	}
	return p, terminal.New(terminal.Config{Stdin: p.tty, Stdout: p.tty, Stderr: p.tty, Color: "never"})
}

// line returns what is left on a line after all that was written to it.
func line(screen string) string {
	var cells []rune
	column := 0
	for _, char := range screen {
		if char == '\r' {
			column = 0
			continue
		}
		for len(cells) <= column {
			cells = append(cells, ' ')
		}
		cells[column] = char
		column++
	}
	return strings.TrimSpace(string(cells))
}

func TestALongWaitIsShown(t *testing.T) {
	p, term := watching(t, 80)
	synctest.Test(t, func(t *testing.T) {
		done := term.Waiting("api.\x1b[31mexample")
		time.Sleep(999 * time.Millisecond)
		synctest.Wait()
		time.Sleep(61*time.Second + time.Millisecond)
		synctest.Wait()
		done()
		time.Sleep(time.Minute) // shows nothing any more
		synctest.Wait()
	})
	p.sees("waiting for api.example… 1s", 1)
	p.sees("waiting for api.example… 1m2s\r", 1)
	if rest := line(p.read()); rest != "" {
		t.Errorf("the line still shows %q", rest)
	}
}

func TestAShortWaitIsNotShown(t *testing.T) {
	p, term := watching(t, 80)
	synctest.Test(t, func(t *testing.T) {
		done := term.Waiting("api.example")
		time.Sleep(999 * time.Millisecond)
		synctest.Wait()
		done()
	})
	term.Warn("the end")
	p.sees("the end", 1)
	if strings.Contains(p.read(), "waiting") {
		t.Errorf("the screen shows %q", p.read())
	}
}

// What is written meanwhile has a line of its own.
func TestOutputDuringAWait(t *testing.T) {
	p, term := watching(t, 80)
	synctest.Test(t, func(t *testing.T) {
		done := term.Waiting("api.example")
		time.Sleep(1500 * time.Millisecond)
		synctest.Wait()
		term.Warn("the server is busy")
		time.Sleep(time.Second)
		synctest.Wait()
		done()
		if err := term.Print("data\n"); err != nil {
			t.Error(err)
		}
	})
	p.sees("data", 1)
	for i, want := range []string{"warning: the server is busy", "data"} {
		if got := line(strings.Split(p.read(), "\n")[i]); got != want {
			t.Errorf("line %d is %q, want %q", i+1, got, want)
		}
	}
}

// TestAnInterruptedWait: what the terminal wrote behind the line for Ctrl-C is erased, too.
func TestAnInterruptedWait(t *testing.T) {
	p, term := watching(t, 80)
	synctest.Test(t, func(t *testing.T) {
		done := term.Waiting("api.example")
		time.Sleep(time.Second)
		synctest.Wait()
		if _, err := io.WriteString(p.tty, "^C"); err != nil {
			t.Error(err)
		}
		done()
	})
	p.sees("1s^C\r", 1)
	term.Warn("the end")
	p.sees("the end", 1)
	if got := line(strings.Split(p.read(), "\n")[0]); got != "warning: the end" {
		t.Errorf("the line shows %q", got)
	}
}

// A text that wraps could not be erased.
func TestAWaitFitsTheWidth(t *testing.T) {
	p, term := watching(t, 24)
	synctest.Test(t, func(t *testing.T) {
		done := term.Waiting("a-long-name.api.example")
		time.Sleep(10 * time.Second)
		synctest.Wait()
		done()
	})
	p.sees("waiting for a-lo… 10s\r", 1)
	for text := range strings.SplitSeq(p.read(), "\r") {
		if length := len([]rune(text)); length >= 24 {
			t.Errorf("%q has %d columns", text, length)
		}
	}
}

func TestAHiddenWait(t *testing.T) {
	p, term := watching(t, 80)
	synctest.Test(t, func(t *testing.T) {
		done := term.Waiting("api.example")
		show := term.HideWaits()
		time.Sleep(2 * time.Second)
		synctest.Wait()
		show()
		time.Sleep(time.Second)
		synctest.Wait()
		done()
	})
	p.sees("… 3s", 1)
	if strings.Contains(p.read(), "… 2s") {
		t.Errorf("the screen shows %q", p.read())
	}
}

func TestAWaitIsShownOnATerminalOnly(t *testing.T) {
	var screen strings.Builder
	term := terminal.New(terminal.Config{Stdout: io.Discard, Stderr: &screen})
	synctest.Test(t, func(t *testing.T) {
		done := term.Waiting("api.example")
		time.Sleep(time.Minute)
		synctest.Wait()
		done()
	})
	if screen.Len() > 0 {
		t.Errorf("it shows %q", screen.String())
	}
}

// A terminal without waits shows none, and a quiet one what a question needs.
func TestQuiet(t *testing.T) {
	p, _ := watching(t, 80)
	quiet := terminal.New(terminal.Config{Stderr: p.tty, Quiet: true, NoWaits: true})
	synctest.Test(t, func(t *testing.T) {
		done := quiet.Waiting("api.example")
		time.Sleep(2 * time.Second)
		synctest.Wait()
		done()
	})
	quiet.Message("made it")
	quiet.Notice("This ends %s", "a session")
	p.sees("This ends a session", 1)
	if seen := p.read(); strings.Contains(seen, "waiting") || strings.Contains(seen, "made it") {
		t.Errorf("the screen shows %q", seen)
	}
}
