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
	"strings"
	"text/tabwriter"

	"github.com/dxauth/dxauth/internal/terminal"
)

// Table is a text table with columns as wide as their widest cell. Empty cells
// show a dash.
type Table struct {
	text   strings.Builder
	layout *tabwriter.Writer
}

// NewTable returns a table with the names of its columns as the first row.
func NewTable(names ...string) *Table {
	t := &Table{}
	t.layout = tabwriter.NewWriter(&t.text, 0, 0, 2, ' ', 0)
	t.Row(names...)
	return t
}

// Row adds a row of cells, which may be text from a server.
func (t *Table) Row(cells ...string) {
	last := len(cells) - 1
	t.RowEndingIn(oneCell(cells[last]), cells[:last]...)
}

// RowEndingIn is Row with a last cell that is printed unchanged. Only the last
// cell may have a color: its escape characters would shift the columns after it.
func (t *Table) RowEndingIn(last string, cells ...string) {
	for _, cell := range cells {
		fmt.Fprint(t.layout, oneCell(cell), "\t")
	}
	fmt.Fprintln(t.layout, last)
}

func (t *Table) String() string {
	_ = t.layout.Flush() // a Builder takes everything
	return t.text.String()
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

// Pairs returns lines of names and values.
func Pairs(rows [][2]string) string {
	var text strings.Builder
	for _, row := range rows {
		fmt.Fprintf(&text, "%-16s%s\n", row[0]+":", terminal.Cut(terminal.Clean(row[1]), maxCell))
	}
	return text.String()
}
