package cli

import (
	"cmp"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/dxauth/dxauth/internal/terminal"
)

// table is laid out for a person, with columns as wide as they need to be. A
// dash stands in cells that are empty.
type table struct {
	text   strings.Builder
	layout *tabwriter.Writer
}

func newTable(names ...string) *table {
	t := &table{}
	t.layout = tabwriter.NewWriter(&t.text, 0, 0, 2, ' ', 0)
	t.row(names...)
	return t
}

// row adds cells, which may be a server's text.
func (t *table) row(cells ...string) {
	last := len(cells) - 1
	t.rowEndingIn(oneCell(cells[last]), cells[:last]...)
}

// rowEndingIn is row with a last cell that is printed as it is. Only there a
// colour may be, whose invisible characters move nothing.
func (t *table) rowEndingIn(last string, cells ...string) {
	for _, cell := range cells {
		fmt.Fprint(t.layout, oneCell(cell), "\t")
	}
	fmt.Fprintln(t.layout, last)
}

func (t *table) String() string {
	_ = t.layout.Flush() // a Builder takes everything
	return t.text.String()
}

// oneCell makes one line and one column of a server's text.
func oneCell(text string) string {
	return orDash(strings.Join(strings.Fields(terminal.Clean(text)), " "))
}

// orDash stands for a text that there is none of.
func orDash(text string) string { return cmp.Or(text, "-") }

// fullName joins the names of a person, as far as there are any.
func fullName(names ...string) string {
	return strings.Join(strings.Fields(strings.Join(names, " ")), " ")
}

func yesOrNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

func onOrOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

// pairs lays out names and values for a person.
func pairs(rows [][2]string) string {
	var text strings.Builder
	for _, row := range rows {
		fmt.Fprintf(&text, "%-16s%s\n", row[0]+":", terminal.Clean(row[1]))
	}
	return text.String()
}
