package terminal

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/term"
)

// Message writes a line to standard error, unless the terminal is quiet. The
// format is the program's own text; every argument is cleaned, because it may be
// a server's. At a terminal, a line that is too long is wrapped.
func (t *Terminal) Message(format string, a ...any) {
	if t.config.Quiet {
		return
	}
	text := sprintShort(format, a...)
	if t.IsTerminal() {
		text = t.fitted(text)
	}
	t.tell(text)
}

// Paragraph is a Message of several sentences, wrapped to the terminal's width.
// Don't put a command into it that is meant to be copied.
func (t *Terminal) Paragraph(format string, a ...any) {
	if !t.config.Quiet {
		t.tell(t.Wrap(sprintShort(format, a...)))
	}
}

// Notice writes what a user has to know to answer a question, or to do what the program
// waits for. A quiet terminal shows it, too. Lines that are too long are wrapped.
func (t *Terminal) Notice(format string, a ...any) {
	t.tell(t.fitted(sprintShort(format, a...)))
}

// fitted wraps the lines that are too long, but no examples and tables.
func (t *Terminal) fitted(text string) string { return fit(text, t.Width()) }

// fit wraps the lines that are longer than so many characters, but no examples and tables.
func fit(text string, width int) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if utf8.RuneCountInString(line) > width && !strings.HasPrefix(line, " ") {
			lines[i] = WrapLine(line, width)
		}
	}
	return strings.Join(lines, "\n")
}

// Debug writes a line of a debug log to standard error.
func (t *Terminal) Debug(format string, a ...any) {
	t.tell("debug: " + sprintClean(format, a...))
}

// Warn is a Message that starts with "warning: ", in magenta where there is
// colour, and wraps to the width of a terminal. A quiet terminal shows it as well.
func (t *Terminal) Warn(format string, a ...any) {
	t.tellAs(Magenta, "warning:", sprintShort(format, a...))
}

// Fail is Warn for what ends the program, named by its name in red.
func (t *Terminal) Fail(program, format string, a ...any) {
	t.tellAs(Red, Clean(program)+":", sprintShort(format, a...))
}

// tellAs writes a line that starts with a word in colour.
func (t *Terminal) tellAs(color Color, start, text string) {
	line := start + " " + text
	if t.IsTerminal() {
		line = WrapLine(line, t.Width())
	}
	if t.colored {
		line = color.paint(start) + strings.TrimPrefix(line, start)
	}
	t.tell(line)
}

// tell writes a line to standard error, where nothing can be done about a failure.
func (t *Terminal) tell(text string) {
	_ = t.write(t.config.Stderr, text+"\n")
}

// Print writes data to standard output as fmt.Print does, byte for byte: a pipe
// behind it must get what was stored. Text of a server in output for people must
// pass [Clean] first.
func (t *Terminal) Print(a ...any) error {
	return t.output(fmt.Sprint(a...))
}

// Printf is [Terminal.Print] with a format.
func (t *Terminal) Printf(format string, a ...any) error {
	return t.output(fmt.Sprintf(format, a...))
}

func (t *Terminal) output(data string) error {
	if err := t.write(t.config.Stdout, data); err != nil {
		return &OutputError{err}
	}
	return nil
}

// OutputError means that standard output took not all that was written: the disk is full,
// or the program behind a pipe has ended.
type OutputError struct{ Err error }

func (e *OutputError) Error() string { return "write to standard output: " + e.Err.Error() }

// Unwrap returns the reason.
func (e *OutputError) Unwrap() error { return e.Err }

// graceToWrite is how long a write may still take once the user has ended the
// program, which has perhaps something to say about its end.
const graceToWrite = time.Second

// write writes to a stream. A pipe that is full, because the program behind it
// reads nothing, holds it only until the user ends the program.
func (t *Terminal) write(stream io.Writer, text string) error {
	t.wait.mu.Lock()
	defer t.wait.mu.Unlock()
	t.eraseWait()
	if t.config.Interrupted == nil {
		_, err := io.WriteString(stream, text)
		return err
	}
	done := make(chan error, 1)
	go func() {
		_, err := io.WriteString(stream, text)
		done <- err
	}()
	select {
	case err := <-done:
		return err
	case <-t.config.Interrupted:
	}
	select {
	case err := <-done:
		return err
	case <-time.After(graceToWrite):
		return context.Canceled
	}
}

// IsTerminal reports whether standard error is a terminal: whether messages are
// seen by a user as they come, so that progress and colour make sense.
func (t *Terminal) IsTerminal() bool {
	_, ok := t.screen()
	return ok
}

// screen returns the terminal on standard error, if it is one.
func (t *Terminal) screen() (*os.File, bool) {
	f, ok := t.config.Stderr.(*os.File)
	return f, ok && isTerminal(f)
}

// Width returns the width of the terminal on standard error in columns, or 80 if it is
// not a terminal or does not say.
func (t *Terminal) Width() int {
	const usual = 80
	f, ok := t.screen()
	if !ok {
		return usual
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil || width <= 0 {
		return usual
	}
	return width
}

// Columns returns the width of the terminal on standard output, and 0 if there
// is none: a pipe has room for everything.
func (t *Terminal) Columns() int {
	if !t.StdoutIsTerminal() {
		return 0
	}
	width, _, err := term.GetSize(int(t.config.Stdout.(*os.File).Fd()))
	if err != nil {
		return 0
	}
	return width
}

// Wrap breaks lines between words so that they fit [Terminal.Width]. Line ends
// stay; so do lines that start with a space, which are examples or tables, and
// words longer than a line, which are mostly addresses.
func (t *Terminal) Wrap(text string) string {
	width := t.Width()
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if !strings.HasPrefix(line, " ") {
			lines[i] = WrapLine(line, width)
		}
	}
	return strings.Join(lines, "\n")
}

// WrapLine breaks a line between words so that no part is longer than so many
// characters, unless it is one word.
func WrapLine(line string, width int) string {
	var wrapped strings.Builder
	column := 0
	for _, word := range strings.Fields(line) {
		length := utf8.RuneCountInString(word)
		switch {
		case column == 0:
		case column+1+length > width:
			wrapped.WriteByte('\n')
			column = 0
		default:
			wrapped.WriteByte(' ')
			column++
		}
		wrapped.WriteString(word)
		column += length
	}
	return wrapped.String()
}

// wantsColor reports whether what is written to a stream may be coloured.
func (t *Terminal) wantsColor(stream io.Writer) bool {
	switch t.config.Color {
	case "always":
		return true
	case "never":
		return false
	}
	if t.config.Getenv("NO_COLOR") != "" || t.config.Getenv("TERM") == "dumb" {
		return false
	}
	f, ok := stream.(*os.File)
	return ok && isTerminal(f) && enableColor(f)
}

// Highlight makes a piece of data for standard output stand out, as [Terminal.Paint] does.
func (t *Terminal) Highlight(text string) string { return t.Paint(Magenta, text) }

// Paint colors a piece of data for standard output, where that is a terminal with color
// or color was asked for.
func (t *Terminal) Paint(color Color, text string) string {
	if !t.wantsColor(t.config.Stdout) {
		return text
	}
	return color.paint(text)
}

// Color is a color of text.
type Color string

// The colors, as sequences that change the color of what follows. All can be read on a
// light and on a dark terminal, which yellow cannot.
const (
	Red     Color = "\x1b[31m"
	Green   Color = "\x1b[32m"
	Magenta Color = "\x1b[35m"
	plain   Color = "\x1b[0m"
)

func (c Color) paint(text string) string { return string(c) + text + string(plain) }

// maxMessage is the longest message that is shown whole, in characters.
const maxMessage = 16_000

// sprintShort is sprintClean for a message, which a server must not make endless.
func sprintShort(format string, a ...any) string {
	if false {
		_ = fmt.Sprintf(format, a...) // lets vet check the callers' formats
	}
	return Cut(sprintClean(format, a...), maxMessage)
}

// sprintClean is fmt.Sprintf with cleaned arguments.
func sprintClean(format string, a ...any) string {
	if false {
		_ = fmt.Sprintf(format, a...) // lets vet check the callers' formats
	}
	cleaned := make([]any, len(a))
	for i, arg := range a {
		cleaned[i] = cleanArgument(arg)
	}
	return fmt.Sprintf(format, cleaned...)
}

// cleanArgument wraps what can hold text. An int can't, and "%*d" needs it bare.
func cleanArgument(arg any) any {
	if n, ok := arg.(int); ok {
		return n
	}
	return cleanFormatter{arg}
}

// cleanFormatter formats its value as fmt would and cleans the result.
type cleanFormatter struct{ value any }

func (c cleanFormatter) Format(state fmt.State, verb rune) {
	formatted := fmt.Sprintf(fmt.FormatString(state, verb), c.value)
	_, _ = io.WriteString(state, Clean(formatted))
}
