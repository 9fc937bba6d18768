//go:build unix

package terminal_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/creack/pty"

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
	first := page("Apple", "Beech", "Cedar", "Durian", "Elm", "Fig", "Ginkgo", "Hazel", "Ilex", "Juniper")
	first[3].Default = true
	second := []terminal.Item{{Label: "Kapok (ADMINISTER)", Default: true}, {Label: "Larch (VIEW)"}}
	pick := inBackground(t, func() (int, error) {
		return p.terminal().Pick(t.Context(), pages(first, second))
	})
	p.sees(`Pick a numbered choice or "m" for more options [3]: `, 1)
	p.types("m\n")
	p.sees("Pick a numbered choice [0]: ", 1)
	p.types("1\n")
	if got, err := pick(); got != 11 || err != nil {
		t.Errorf("Pick = %d, %v, want 11", got, err)
	}
	p.sees("[0]: 1\r\n", 1)
	const want = "Available projects (CONTRIBUTE or higher):\r\n" +
		"0) Apple\r\n1) Beech\r\n2) Cedar\r\n3) Durian\r\n4) Elm\r\n5) Fig\r\n6) Ginkgo\r\n7) Hazel\r\n8) Ilex\r\n9) Juniper\r\n" +
		"m) More options not shown... (10 of at least 10; type text to filter)\r\n" +
		"Pick a numbered choice or \"m\" for more options [3]: m\r\n" +
		"Available projects (CONTRIBUTE or higher):\r\n" +
		"0) Kapok (ADMINISTER)\r\n" +
		"1) Larch (VIEW)\r\n" +
		"Pick a numbered choice [0]: 1\r\n"
	if got := p.read(); got != want {
		t.Errorf("the screen shows\n%s\nwant\n%s", got, want)
	}
}

func TestPickUnderstandsAnswers(t *testing.T) {
	plain := page("a", "b", "c")
	withDefault := []terminal.Item{{Label: "a"}, {Label: "b", Default: true}}
	full := page("a", "b", "c", "d", "e", "f", "g", "h", "i", "j")
	fullWithDefault := append([]terminal.Item{{Label: "a", Default: true}}, full[1:]...)
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
		"no number":              {pages(plain), "-\n+1000\n0\n", 0, 2},
		"number over all":        {pages(plain), "99999999999999999999\n0\n", 0, 1},
		"more, but there's none": {pages(plain), "m\n0\n", 0, 1},
		"not on this page":       {pages(full, plain), "10\nm\n3\n2\n", 12, 2},
		"the same key, page two": {pages(full, plain), "M\n0\n", 10, 0},
		"the same key, third":    {pages(full, full, plain), "m\nm\n0\n", 20, 0},
		"default of page one":    {pages(fullWithDefault, plain), "m\n\n1\n", 11, 1},
		"short pages fill one":   {pages(plain, plain, plain, plain), "10\n9\n", 9, 1},
		"and what is left":       {pages(plain, plain, plain, plain), "m\n2\n1\n", 11, 1},
		"empty pages":            {pages(nil, plain, nil, nil, plain), "5\n", 5, 0},
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
	p.sees(`9) `+strings.Repeat("x", 300)+"… (cut)\r\nm) More options not shown... (10 of 1000000; type text to filter)\r\nPick a numbered choice or \"m\" for more options: ", 1)
	p.types("m\n")
	p.sees("9) \r\nm) More options", 1)
	p.types("2\n")
	if got, err := pick(); got != 12 || err != nil {
		t.Errorf("Pick = %d, %v, want 12", got, err)
	}
}

func TestPickFilters(t *testing.T) {
	trees := page("Apple", "Beech", "Cedar", "Durian", "Elm", "Fig", "Ginkgo", "Hazel", "Ilex", "Juniper", "Kapok", "Larch", "Maple 2026", "Mulberry")
	var runs []terminal.Item
	for number := range 12 {
		runs = append(runs, terminal.Item{Label: fmt.Sprintf("Run %d", number)})
	}
	for name, test := range map[string]struct {
		menu  terminal.Menu
		keys  string
		want  int
		shows []string
	}{
		"by text":                 {pages(trees), "ap\n1\n", 10, []string{`With "ap" (/ shows all again):`, "0) Apple", "1) Kapok", "2) Maple 2026"}},
		"in any case":             {pages(trees), "ELM\n0\n", 4, []string{"0) Elm"}},
		"by a number":             {pages(trees), "/2026\n0\n", 12, []string{"0) Maple 2026"}},
		"by m":                    {pages(trees), "/m\n2\n", 13, []string{"0) Elm", "1) Maple", "2) Mulberry"}},
		"that nothing fits":       {pages(trees), "oak\n2\n", 2, []string{`Nothing contains "oak".`}},
		"and shows all again":     {pages(trees), "ap\n/\n4\n", 4, []string{"4) Elm"}},
		"what is on later pages":  {pages(trees[:5], trees[5:9], trees[9:]), "larch\n0\n", 11, []string{"0) Larch"}},
		"and fetches all at once": {pages(trees[:10], trees[10:]), "juni\n/\nm\n1\n", 11, []string{"(10 of 14; type text to filter)"}},
		"with more than a page":   {pages(page("Zinnia"), runs), "run\nm\n1\n", 12, []string{"(10 of 12; type text to filter)", "1) Run 11"}},
		"with a blank":            {pages(trees), " maple 2 \n0\n", 12, []string{"0) Maple 2026"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPerson(t)
			p.types(test.keys)
			got, err := p.terminal().Pick(t.Context(), test.menu)
			if got != test.want || err != nil {
				t.Errorf("Pick = %d, %v, want %d", got, err, test.want)
			}
			for _, line := range test.shows {
				p.sees(line, 1)
			}
		})
	}
}

// The last page of a list may turn out to be empty.
func TestPickTurnsToAnEmptyPage(t *testing.T) {
	p := newPerson(t)
	p.types("m\n3\n")
	full := page("a", "b", "c", "d", "e", "f", "g", "h", "i", "j")
	if got, err := p.terminal().Pick(t.Context(), pages(full, nil)); got != 3 || err != nil {
		t.Errorf("Pick = %d, %v, want 3", got, err)
	}
	p.sees("There are no more.", 1)
}

// On a narrow terminal a menu, its question and any other one break between words, but no
// label does, which may have spaces of its own.
func TestQuestionsFitANarrowTerminal(t *testing.T) {
	p := newPerson(t)
	if err := pty.Setsize(p.keyboard, &pty.Winsize{Rows: 24, Cols: 30}); err != nil {
		t.Fatal(err)
	}
	items := page("Apple", "Beech of the  south side of the wood")
	for range 10 {
		items = append(items, terminal.Item{Label: "Cedar"})
	}
	pick := inBackground(t, func() (int, error) {
		return p.terminal().Pick(t.Context(), pages(items))
	})
	p.sees("options: ", 1)
	p.types("1\n")
	if got, err := pick(); got != 1 || err != nil {
		t.Errorf("Pick = %d, %v, want 1", got, err)
	}
	confirm := inBackground(t, func() (bool, error) {
		return p.terminal().Confirm(t.Context(), "End all sessions of alice now?")
	})
	p.sees("[y/N] ", 1)
	p.types("y\n")
	if sure, err := confirm(); !sure || err != nil {
		t.Errorf("Confirm = %t, %v", sure, err)
	}
	for _, line := range []string{
		"Available projects (CONTRIBUTE\r\nor higher):\r\n",
		"1) Beech of the  south side of the wood\r\n",
		"m) More options not shown...\r\n(10 of 12; type text to\r\nfilter)\r\n",
		"Pick a numbered choice or \"m\"\r\nfor more options: 1\r\n",
		"End all sessions of alice\r\nnow? [y/N] y\r\n",
	} {
		if !strings.Contains(p.read(), line) {
			t.Errorf("no %q on the screen:\n%s", line, p.read())
		}
	}
}
