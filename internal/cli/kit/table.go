package kit

import (
	"cmp"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/dxauth/dxauth/internal/terminal"
)

// Table is laid out for a person, with columns as wide as they need to be. A
// dash stands in cells that are empty.
type Table struct {
	text   strings.Builder
	layout *tabwriter.Writer
}

// NewTable begins a table with the names of its columns.
func NewTable(names ...string) *Table {
	t := &Table{}
	t.layout = tabwriter.NewWriter(&t.text, 0, 0, 2, ' ', 0)
	t.Row(names...)
	return t
}

// Row adds cells, which may be a server's text.
func (t *Table) Row(cells ...string) {
	last := len(cells) - 1
	t.RowEndingIn(oneCell(cells[last]), cells[:last]...)
}

// RowEndingIn is Row with a last cell that is printed as it is. Only there a
// colour may be, whose invisible characters move nothing.
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

// oneCell makes one line and one column of a server's text.
func oneCell(text string) string {
	return OrDash(strings.Join(strings.Fields(terminal.Clean(text)), " "))
}

// OrDash stands for a text that there is none of.
func OrDash(text string) string { return cmp.Or(text, "-") }

// FullName joins the names of a person, as far as there are any.
func FullName(names ...string) string {
	return strings.Join(strings.Fields(strings.Join(names, " ")), " ")
}

// YesOrNo is how a table shows a bool.
func YesOrNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

// OnOrOff is how a table shows a switch.
func OnOrOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

// Pairs lays out names and values for a person.
func Pairs(rows [][2]string) string {
	var text strings.Builder
	for _, row := range rows {
		fmt.Fprintf(&text, "%-16s%s\n", row[0]+":", terminal.Clean(row[1]))
	}
	return text.String()
}
