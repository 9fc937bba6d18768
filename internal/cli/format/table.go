// Package format turns values into the text and the JSON that commands print.
//
// It promises that text from a server stays in its line and its column, whatever
// control characters it has, and that a value is written in the same way by every
// command: a dash for what is empty, a time of day in the zone of the user, the time
// that is left in whole units. JSON has no control characters that a terminal would
// interpret; in it an unknown time is null.
//
// The functions return text and print nothing: a console of package kit prints it.
package format

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"unicode/utf8"

	"github.com/dxauth/dxauth/internal/terminal"
)

// Table is a text table with columns as wide as their widest cell. Empty cells
// show a dash.
type Table struct {
	names []string
	rows  [][]string
}

// NewTable returns a table with the names of its columns.
func NewTable(names ...string) *Table { return &Table{names: names} }

// Row adds a row of cells, which may be text from a server.
func (t *Table) Row(cells ...string) {
	last := len(cells) - 1
	t.RowEndingIn(oneCell(cells[last]), cells[:last]...)
}

// RowEndingIn is Row with a last cell that is printed unchanged. Only the last
// cell may have a color: its escape characters would shift the columns after it.
func (t *Table) RowEndingIn(last string, cells ...string) {
	row := make([]string, 0, len(cells)+1)
	for _, cell := range cells {
		row = append(row, oneCell(cell))
	}
	t.rows = append(t.rows, append(row, last))
}

// String returns the table, with the names of its columns in the first row.
func (t *Table) String() string {
	var text strings.Builder
	layout := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	for _, row := range slices.Concat([][]string{t.names}, t.rows) {
		fmt.Fprintln(layout, strings.Join(row, "\t"))
	}
	_ = layout.Flush() // a Builder takes everything
	return text.String()
}

// Fit returns the table if it is at most so many columns wide, otherwise a paragraph for
// each cell of a row. 0 columns are without limit.
func (t *Table) Fit(columns int) string {
	text := t.String()
	if columns == 0 || Widest(text) <= columns {
		return text
	}
	var lines strings.Builder
	for _, row := range t.rows {
		fmt.Fprintln(&lines, row[0])
		for i, cell := range row[1:] {
			lines.WriteString(Hanging("  "+strings.ToLower(t.names[i+1])+": ", cell, columns))
		}
	}
	return lines.String()
}

// Widest returns the length of the longest line of a text.
func Widest(text string) int {
	most := 0
	for line := range strings.Lines(text) {
		most = max(most, utf8.RuneCountInString(strings.TrimSuffix(line, "\n")))
	}
	return most
}

// maxCell is the longest cell that is shown whole, in characters.
const maxCell = 300

// oneCell puts text from a server on one line and into one column.
func oneCell(text string) string {
	return OrDash(terminal.Cut(strings.Join(strings.Fields(terminal.Clean(text)), " "), maxCell))
}

// OrDash returns the text, or a dash if it is empty.
func OrDash(text string) string { return cmp.Or(text, "-") }

// FullName joins the names of a user that are not empty.
func FullName(names ...string) string {
	return strings.Join(strings.Fields(strings.Join(names, " ")), " ")
}

// YesOrNo returns a bool as tables show it.
func YesOrNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

// OnOrOff returns a switch as tables show it.
func OnOrOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

// valueColumn is where the values of pairs begin.
const valueColumn = 16

// Pairs returns lines of names and values, broken between words so that they fit into
// so many columns; 0 are without limit. A value without a name belongs to the name above
// it.
func Pairs(rows [][2]string, columns int) string {
	var text strings.Builder
	for _, row := range rows {
		name := row[0]
		if name != "" {
			name += ":"
		}
		value := terminal.Cut(terminal.Clean(row[1]), maxCell)
		text.WriteString(Hanging(fmt.Sprintf("%-*s", valueColumn, name), value, columns))
	}
	return text.String()
}

// Hanging returns a text beside a name, broken between words so that it fits into so
// many columns; 0 are without limit. If a word is too long for that, the text stands below the name.
func Hanging(name, text string, columns int) string {
	start := utf8.RuneCountInString(name)
	switch {
	case columns == 0 || start+utf8.RuneCountInString(text) <= columns:
		return name + text + "\n"
	case longestWord(text) <= columns-start:
		return name + indented(text, start, columns)
	default:
		name = strings.TrimRight(name, " ")
		below := len(name) - len(strings.TrimLeft(name, " ")) + 2
		return name + "\n" + strings.Repeat(" ", below) + indented(text, below, columns)
	}
}

// indented breaks a text that begins in a column.
func indented(text string, column, columns int) string {
	lines := terminal.WrapLine(text, columns-column)
	return strings.ReplaceAll(lines, "\n", "\n"+strings.Repeat(" ", column)) + "\n"
}

func longestWord(text string) int {
	longest := 0
	for word := range strings.FieldsSeq(text) {
		longest = max(longest, utf8.RuneCountInString(word))
	}
	return longest
}
