package terminal

import (
	"context"
	"fmt"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"
)

// Card is something to be seen by the user and by nobody else: a key, codes.
type Card struct {
	Title  string // wrapped to the width
	QR     *QR    // nil: none
	Fields []Field
}

// Field is a line of a card, or several where the value is longer than that.
type Field struct{ Name, Value string }

// Show writes a card to the controlling terminal: standard error may be a file
// that others read. The QR code stands above the fields, and beside them where
// the terminal is not high enough for both. Text is cleaned. The errors are those
// of [Terminal.Line].
func (t *Terminal) Show(ctx context.Context, card Card) error {
	c, err := t.ask(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	lines := card.lines(c.size())
	return c.print(strings.Join(lines, "\n") + "\n")
}

// WhyNoQR says why a card's QR code can't be shown so that it can be scanned, or
// nothing.
func (t *Terminal) WhyNoQR(card Card) string {
	if onlyText(t.config.Getenv) {
		return "this terminal only shows text"
	}
	if !speaksUTF8(t.config.Getenv) {
		return "this terminal is not set to UTF-8"
	}
	c, err := t.openConsole()
	if err != nil {
		return err.Error()
	}
	defer c.Close()
	if f, ok := c.out.(*os.File); !ok || !enableColor(f) {
		return "this terminal has no colours"
	}
	if s := c.size(); !card.fitsBelow(s) && !card.fitsBeside(s) {
		return card.tooSmall(s)
	}
	return ""
}

// tooSmall says what a terminal of that size lacks for a card with a QR code.
func (c Card) tooSmall(s size) string {
	below, beside := c.roomBelow(s.columns), c.roomBeside(s.columns)
	return fmt.Sprintf("this terminal has %d columns and %d rows, and the QR code with its key needs %d and %d, or %d and %d",
		s.columns, s.rows, below.columns, below.rows, beside.columns, beside.rows)
}

// CanClear reports whether the terminal obeys [Terminal.Clear].
func (t *Terminal) CanClear() bool { return !onlyText(t.config.Getenv) }

// Clear takes everything off the controlling terminal, also what was scrolled
// out of sight. The errors are those of [Terminal.Line].
func (t *Terminal) Clear(ctx context.Context) error {
	c, err := t.ask(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	return c.print("\x1b[H\x1b[2J\x1b[3J")
}

// size is that of a terminal, or of what is to be shown in it.
type size struct{ columns, rows int }

func (s size) holds(what size) bool { return s.columns >= what.columns && s.rows >= what.rows }

// size returns what the terminal says, or the usual size.
func (c *console) size() size {
	if f, ok := c.out.(*os.File); ok {
		columns, rows, err := term.GetSize(int(f.Fd()))
		if err == nil && columns > 0 && rows > 0 {
			return size{columns, rows}
		}
	}
	return size{80, 24}
}

const (
	promptRows = 1 // below a card, so that the prompt does not push it out of sight
	gutter     = 2 // columns between the code and what stands beside it
)

// lines lays the card out.
func (c Card) lines(s size) []string {
	switch {
	case c.QR == nil:
		return c.text(s.columns)
	case !c.fitsBelow(s) && c.fitsBeside(s):
		return c.beside(s)
	default:
		below := append(wrapped(c.Title, s.columns), c.QR.lines()...)
		return append(below, c.fields(s.columns)...)
	}
}

func (c Card) fitsBelow(s size) bool { return s.holds(c.roomBelow(s.columns)) }

func (c Card) fitsBeside(s size) bool { return s.holds(c.roomBeside(s.columns)) }

// roomBelow is what a card needs with its fields below the code, in so many
// columns or, if those are too few, in as many as it takes.
func (c Card) roomBelow(columns int) size {
	least := c.QR.columns()
	columns = max(columns, least)
	return size{least, len(wrapped(c.Title, columns)) + c.QR.rows() + len(c.fields(columns)) + promptRows}
}

// roomBeside is the same with everything beside the code.
func (c Card) roomBeside(columns int) size {
	const narrowest = 24
	least := c.QR.columns() + gutter + narrowest
	side := max(columns, least) - c.QR.columns() - gutter
	return size{least, max(c.QR.rows(), len(c.text(side))) + promptRows}
}

// beside puts the text to the right of the code.
func (c Card) beside(s size) []string {
	lines := c.QR.lines()
	for i, text := range c.text(s.columns - c.QR.columns() - gutter) {
		if i == len(lines) {
			lines = append(lines, strings.Repeat(" ", c.QR.columns()))
		}
		lines[i] = strings.TrimRight(lines[i]+strings.Repeat(" ", gutter)+text, " ")
	}
	return lines
}

// text is the card without its code.
func (c Card) text(columns int) []string {
	return append(append(wrapped(c.Title, columns), ""), c.fields(columns)...)
}

// fields are the names in one column and the values in another one. A value with a word
// that is too long for it, such as an address, stands below its name.
func (c Card) fields(columns int) []string {
	indent := 0
	for _, field := range c.Fields {
		indent = max(indent, utf8.RuneCountInString(field.Name)+gutter)
	}
	var lines []string
	for _, field := range c.Fields {
		values := balanced(field.Value, max(columns-indent, 1))
		if widest(values) > columns-indent {
			below := strings.Repeat(" ", min(gutter, max(columns-widest(values), 0)))
			lines = append(lines, Clean(field.Name))
			for _, value := range values {
				lines = append(lines, below+value)
			}
			continue
		}
		for i, part := range values {
			name := ""
			if i == 0 {
				name = Clean(field.Name)
			}
			lines = append(lines, fmt.Sprintf("%-*s%s", indent, name, part))
		}
	}
	return lines
}

func widest(lines []string) int {
	most := 0
	for _, line := range lines {
		most = max(most, utf8.RuneCountInString(line))
	}
	return most
}

// wrapped cleans a text and breaks it between words.
func wrapped(text string, columns int) []string {
	return strings.Split(WrapLine(Clean(text), columns), "\n")
}

// balanced is wrapped with lines of about the same length, so that the groups of
// a key stand below each other.
func balanced(text string, columns int) []string {
	lines := wrapped(text, columns)
	for columns > 1 {
		columns--
		narrower := wrapped(text, columns)
		if len(narrower) > len(lines) {
			break
		}
		lines = narrower
	}
	return lines
}
