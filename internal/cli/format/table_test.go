package format_test

import (
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/cli/format"
)

// TestTableFits checks that a table that is too wide for the terminal becomes one line
// for each cell, and that neither breaks on what a server sends.
func TestTableFits(t *testing.T) {
	table := format.NewTable("ID", "LAST USED", "NAME")
	table.Row("project-1", "", "Exome\t2026\nforged")
	table.Row("project-20", "never", "größer")
	const wide = "ID          LAST USED  NAME\n" +
		"project-1   -          Exome 2026 forged\n" +
		"project-20  never      größer\n"
	const narrow = "project-1\n  last used: -\n  name: Exome 2026 forged\n" +
		"project-20\n  last used: never\n  name: größer\n"
	const narrowest = "project-1\n  last used: -\n  name: Exome\n        2026\n        forged\n" +
		"project-20\n  last used:\n    never\n  name: größer\n"
	for columns, want := range map[int]string{0: wide, 40: wide, 39: narrow, 14: narrowest} {
		if got := table.Fit(columns); got != want {
			t.Errorf("%d columns:\n%swant\n%s", columns, got, want)
		}
	}
	if got := table.String(); got != wide {
		t.Errorf("in full:\n%s", got)
	}
	if got := format.NewTable("ID", "NAME").Fit(40); got != "ID  NAME\n" {
		t.Errorf("without rows: %q", got)
	}
}

func TestPairs(t *testing.T) {
	rows := [][2]string{{"Name", "ci"}, {"Reaches", "a"}, {"", "b\x1b[31m"}}
	const want = "Name:           ci\nReaches:        a\n                b\n"
	if got := format.Pairs(rows, 0); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// Values break between words, and stand below their names where a word is too long.
func TestPairsFit(t *testing.T) {
	rows := [][2]string{
		{"Server", "http://api.example.org:18321 (DXAUTH_SERVER)"},
		{"Ends", "2026-11-30 09:26:58 (in 15 minutes)"},
		{"Name", "größer als vierzig Zeichen"},
	}
	const forty = `Server:
  http://api.example.org:18321
  (DXAUTH_SERVER)
Ends:           2026-11-30 09:26:58 (in
                15 minutes)
Name:           größer als vierzig
                Zeichen
`
	if got := format.Pairs(rows, 40); got != forty {
		t.Errorf("40 columns:\n%s", got)
	}
	if got := format.Pairs(rows, 120); strings.Count(got, "\n") != 3 {
		t.Errorf("120 columns:\n%s", got)
	}
}
