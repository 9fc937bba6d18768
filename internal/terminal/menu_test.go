//go:build unix

package terminal_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/terminal"
)

// pages makes a menu whose pages are the arguments.
func pages(pages ...[]terminal.Item) terminal.Menu {
	next := 0
	return terminal.Menu{
		Title: "Available projects (CONTRIBUTE or higher):",
		Next: func(context.Context) ([]terminal.Item, bool, error) {
			if next == len(pages) {
				return nil, false, errors.New("asked for a page after the last")
			}
			next++
			return pages[next-1], next < len(pages), nil
		},
	}
}

// page makes items of plain labels.
func page(labels ...string) []terminal.Item {
	items := make([]terminal.Item, len(labels))
	for i, label := range labels {
		items[i].Label = label
	}
	return items
}

func TestPickShowsItsPages(t *testing.T) {
	p := newPerson(t)
	first := page("Apple (VIEW)", "Beech (CONTRIBUTE)")
	second := []terminal.Item{{Label: "Cedar (ADMINISTER)", Default: true}, {Label: "Durian (VIEW)"}}
	pick := inBackground(t, func() (int, error) {
		return p.terminal().Pick(t.Context(), pages(first, second))
	})
	p.sees(`Pick a numbered choice or "m" for more options: `, 1)
	p.types("m\n")
	p.sees("Pick a numbered choice [2]: ", 1)
	p.types("3\n")
	if got, err := pick(); got != 3 || err != nil {
		t.Errorf("Pick = %d, %v, want 3", got, err)
	}
	p.sees("3\r\n", 1)
	const want = "Available projects (CONTRIBUTE or higher):\r\n" +
		"0) Apple (VIEW)\r\n" +
		"1) Beech (CONTRIBUTE)\r\n" +
		"m) More options not shown...\r\n" +
		"Pick a numbered choice or \"m\" for more options: m\r\n" +
		"2) Cedar (ADMINISTER)\r\n" +
		"3) Durian (VIEW)\r\n" +
		"Pick a numbered choice [2]: 3\r\n"
	if got := p.read(); got != want {
		t.Errorf("the screen shows\n%s\nwant\n%s", got, want)
	}
}

func TestPickUnderstandsAnswers(t *testing.T) {
	plain := page("a", "b", "c")
	withDefault := []terminal.Item{{Label: "a"}, {Label: "b", Default: true}}
	for name, test := range map[string]struct {
		menu  terminal.Menu
		keys  string
		want  int
		wrong int // answers that are refused before the last
	}{
		"number":                 {pages(plain), "2\n", 2, 0},
		"number with spaces":     {pages(plain), " 1 \n", 1, 0},
		"default":                {pages(withDefault), "\n", 1, 0},
		"not the default":        {pages(withDefault), "0\n", 0, 0},
		"empty, no default":      {pages(plain), "\n0\n", 0, 1},
		"out of range":           {pages(plain), "3\n-1\n2\n", 2, 2},
		"no number":              {pages(plain), "a\n1.0\n0\n", 0, 2},
		"number over all":        {pages(plain), "99999999999999999999\n0\n", 0, 1},
		"more, but there's none": {pages(plain), "m\n0\n", 0, 1},
		"not shown yet":          {pages(plain, plain), "4\nm\n4\n", 4, 1},
		"back to first page":     {pages(plain, plain), "M\n0\n", 0, 0},
		"default of page one":    {pages(withDefault, plain), "m\n\n", 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPerson(t)
			p.types(test.keys)
			got, err := p.terminal().Pick(t.Context(), test.menu)
			if got != test.want || err != nil {
				t.Errorf("Pick = %d, %v, want %d", got, err, test.want)
			}
			p.sees("That is not one of the choices.", test.wrong)
		})
	}
}

func TestPickCleansLabels(t *testing.T) {
	p := newPerson(t)
	p.types("0\n")
	menu := pages(page("a\x1b[2J\n1) forged\u202e"))
	if _, err := p.terminal().Pick(t.Context(), menu); err != nil {
		t.Fatal(err)
	}
	p.sees("0) a 1) forged\r\n", 1)
}

func TestPickFails(t *testing.T) {
	broken := errors.New("no connection")
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	for name, test := range map[string]struct {
		ctx  context.Context
		menu terminal.Menu
		keys string
		want error
	}{
		"no items":   {t.Context(), pages(nil), "", terminal.ErrNothingToPick},
		"end":        {t.Context(), pages(page("a")), "\x04", terminal.ErrEndOfInput},
		"canceled":   {ended, pages(page("a")), "", context.Canceled},
		"no answer":  {t.Context(), terminal.Menu{Next: failing(broken)}, "", broken},
		"wrong then": {t.Context(), pages(page("a")), "7\n\x04", terminal.ErrEndOfInput},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPerson(t)
			p.types(test.keys)
			if _, err := p.terminal().Pick(test.ctx, test.menu); !errors.Is(err, test.want) {
				t.Errorf("Pick: %v, want %v", err, test.want)
			}
		})
	}
}

func failing(err error) func(context.Context) ([]terminal.Item, bool, error) {
	return func(context.Context) ([]terminal.Item, bool, error) {
		return nil, false, fmt.Errorf("list projects: %w", err)
	}
}

// A page of a menu has ten rows, whatever the server sends, and no row is endless.
func TestPickShowsTenRowsAtOnce(t *testing.T) {
	labels := make([]string, 1_000_000)
	labels[9] = strings.Repeat("x", 1<<20)
	p := newPerson(t)
	pick := inBackground(t, func() (int, error) { return p.terminal().Pick(t.Context(), pages(page(labels...))) })
	p.sees(`9) `+strings.Repeat("x", 300)+"… (cut)\r\nm) More options not shown...\r\nPick a numbered choice or \"m\" for more options: ", 1)
	p.types("m\n")
	p.sees("19) \r\nm) More options", 1)
	p.types("12\n")
	if got, err := pick(); got != 12 || err != nil {
		t.Errorf("Pick = %d, %v, want 12", got, err)
	}
}
