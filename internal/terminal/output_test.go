package terminal_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/terminal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// streams makes a terminal that writes into two strings.
func streams(config terminal.Config) (term *terminal.Terminal, stdout, stderr *strings.Builder) {
	stdout, stderr = new(strings.Builder), new(strings.Builder)
	config.Stdout, config.Stderr = stdout, stderr
	return terminal.New(config), stdout, stderr
}

func TestStreamsAreKeptApart(t *testing.T) {
	term, stdout, stderr := streams(terminal.Config{})
	if err := errors.Join(term.Print("a", 1, "\n"), term.Printf("%s=%d\n", "b", 2)); err != nil {
		t.Fatal(err)
	}
	term.Message("signed in as %s", "ada")
	term.Warn("%d tokens end soon", 3)
	if got, want := stdout.String(), "a1\nb=2\n"; got != want {
		t.Errorf("stdout %q, want %q", got, want)
	}
	if got, want := stderr.String(), "signed in as ada\nwarning: 3 tokens end soon\n"; got != want {
		t.Errorf("stderr %q, want %q", got, want)
	}
}

func TestDataIsWrittenByteForByte(t *testing.T) {
	term, stdout, _ := streams(terminal.Config{})
	const data = "a\x1b[0m\tb\x00\xff\r\n"
	if err := term.Print(data); err != nil || stdout.String() != data {
		t.Errorf("Print: %v, wrote %q, want %q", err, stdout.String(), data)
	}
}

type fullDisk struct{}

var errFull = errors.New("no space left on device")

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

func TestLostDataIsAnError(t *testing.T) {
	term := terminal.New(terminal.Config{Stdout: fullDisk{}, Stderr: fullDisk{}})
	if err := term.Print("x"); !errors.Is(err, errFull) {
		t.Errorf("Print: %v", err)
	}
	if err := term.Printf("%s", "x"); !errors.Is(err, errFull) {
		t.Errorf("Printf: %v", err)
	}
}

type serverName string

func (s serverName) String() string { return "server " + string(s) }

func TestMessagesCleanTheirArguments(t *testing.T) {
	const hostile = "x\x1b]0;title\x07\ny\u202e"
	for name, test := range map[string]struct {
		format string
		arg    any
		want   string
	}{
		"string":          {"<%s>", hostile, "<x y>"},
		"padded":          {"<%-5s>", "a\x00", "<a   >"},
		"quoted":          {"<%q>", "a\n", `<"a\n">`},
		"error":           {"<%v>", errors.New(hostile), "<x y>"},
		"wrapped error":   {"<%v>", errors.Join(errors.New("a\x1bc"), errors.New("b")), "<a b>"},
		"stringer":        {"<%v>", serverName("a\x1b[m"), "<server a>"},
		"bytes":           {"<%s>", []byte(hostile), "<x y>"},
		"list":            {"<%v>", []string{"a\n", "b\x7f"}, "<[a  b]>"},
		"number":          {"<%03d>", 7, "<007>"},
		"fraction":        {"<%.2f>", 1.0, "<1.00>"},
		"nothing":         {"<%v>", nil, "<<nil>>"},
		"secret":          {"<%v>", secret.New("sesame"), "<[redacted]>"},
		"program's lines": {"a\nb %s", "c", "a\nb c"},
	} {
		t.Run(name, func(t *testing.T) {
			term, _, stderr := streams(terminal.Config{})
			term.Message(test.format, test.arg)
			term.Warn(test.format, test.arg)
			if got, want := stderr.String(), test.want+"\nwarning: "+test.want+"\n"; got != want {
				t.Errorf("stderr %q, want %q", got, want)
			}
		})
	}
}

func TestMessageTakesAWidth(t *testing.T) {
	term, _, stderr := streams(terminal.Config{})
	term.Message("<%*s>", 4, "a")
	if got, want := stderr.String(), "<   a>\n"; got != want {
		t.Errorf("stderr %q, want %q", got, want)
	}
}

func TestWrap(t *testing.T) {
	term, _, stderr := streams(terminal.Config{}) // no terminal: 80 columns
	long := strings.Repeat("x", 100)
	for name, test := range map[string]struct{ text, want string }{
		"short":           {"one two", "one two"},
		"empty":           {"", ""},
		"exactly 80":      {strings.Repeat("abc ", 19) + "abcd", strings.Repeat("abc ", 19) + "abcd"},
		"81":              {strings.Repeat("abc ", 19) + "abcde", strings.Repeat("abc ", 18) + "abc\nabcde"},
		"long word":       {"see " + long + " now", "see\n" + long + "\nnow"},
		"own line ends":   {"a\n\nb", "a\n\nb"},
		"indented":        {"run:\n  dxauth " + long, "run:\n  dxauth " + long},
		"runes not bytes": {strings.Repeat("я", 40) + " " + strings.Repeat("я", 39), strings.Repeat("я", 40) + " " + strings.Repeat("я", 39)},
	} {
		t.Run(name, func(t *testing.T) {
			if got := term.Wrap(test.text); got != test.want {
				t.Errorf("Wrap = %q, want %q", got, test.want)
			}
		})
	}
	term.Paragraph("see %s now", long+"\n")
	if got, want := stderr.String(), "see\n"+long+"\nnow\n"; got != want {
		t.Errorf("Paragraph wrote %q, want %q", got, want)
	}
}

func TestWithoutATerminalThereIsNoScreen(t *testing.T) {
	term, _, _ := streams(terminal.Config{})
	if term.IsTerminal() || term.Width() != 80 || term.Columns() != 0 {
		t.Errorf("IsTerminal = %t, Width = %d, Columns = %d", term.IsTerminal(), term.Width(), term.Columns())
	}
}

// TestHighlight: data has colour for a person only. The colour of messages is
// that of another stream.
func TestHighlight(t *testing.T) {
	const colored = "\x1b[35msoon\x1b[0m"
	for color, want := range map[string]string{"always": colored, "never": "soon", "auto": "soon", "": "soon"} {
		term, _, _ := streams(terminal.Config{Color: color})
		if got := term.Highlight("soon"); got != want {
			t.Errorf("%q in a pipe: %q, want %q", color, got, want)
		}
	}
}
