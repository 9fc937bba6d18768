package terminal

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

// Item is one choice of a menu. Its label may be a server's text: it is cleaned
// when it is shown.
type Item struct {
	Label string
	// Default makes the item the answer to an empty line while its page is shown.
	// Of several, the last one counts.
	Default bool
}

// Menu is a list that is fetched and shown page by page.
type Menu struct {
	Title string
	// Next returns the next page, and whether more pages follow it.
	Next func(context.Context) (items []Item, more bool, err error)
}

// Pick shows a numbered menu at the controlling terminal and returns the index of
// the chosen item, counted from 0 over all pages. As in dx, ten items are shown at
// once, and the numbers on the screen start at 0 on each page; they select from the
// page that was shown last. "m" shows the next ten. Any other text shows the items
// whose label contains it, in any case; /TEXT does for a text that is a number or m,
// and / alone shows all again. After an invalid answer it asks again. It returns
// [ErrNothingToPick] for a menu without items, errors of [Menu.Next] unchanged, and
// those of [Terminal.Line].
func (t *Terminal) Pick(ctx context.Context, menu Menu) (int, error) {
	c, err := t.ask(ctx)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	p := &picker{console: c, menu: menu, ahead: true}
	if err := p.turn(ctx); err != nil {
		return 0, err
	}
	for {
		answer, err := p.line(ctx, p.question())
		if err != nil {
			return 0, err
		}
		switch answer = strings.TrimSpace(answer); {
		case p.isChoice(answer):
			return p.choice(answer), nil
		case strings.EqualFold(answer, "m") && p.hasMore():
			err = p.turn(ctx)
		case p.isFilter(answer):
			err = p.filterBy(ctx, strings.TrimPrefix(answer, "/"))
		default:
			err = p.print("That is not one of the choices.\n")
		}
		if err != nil {
			return 0, err
		}
	}
}

// picker is a menu while it is shown.
type picker struct {
	*console
	menu    Menu
	items   []Item // all that were fetched
	fetches int
	ahead   bool // more can be fetched
	list
}

// list is what a picker shows of the items.
type list struct {
	filter string // what the labels contain
	fits   []int  // the fetched items that do
	end    int    // how many of them were shown
	page   []int  // those on the page that was shown last
	preset int    // number of the default on this page, or noDefault
}

const (
	noDefault = -1
	pageSize  = 10
	maxLabel  = 300  // characters of a label that are shown
	mostPages = 1000 // that are fetched of one menu
)

// turn shows the next page below those already shown.
func (p *picker) turn(ctx context.Context) error {
	if err := p.fetch(ctx, p.end+pageSize); err != nil {
		return err
	}
	switch {
	case len(p.items) == 0:
		return ErrNothingToPick
	case p.end == len(p.fits):
		return p.print("There are no more.\n")
	}
	p.page = p.fits[p.end:min(p.end+pageSize, len(p.fits))]
	p.end += len(p.page)
	return p.show()
}

// fetch fetches pages until that many items fit the filter, or all. A page of the
// server may have any number of rows, even none.
func (p *picker) fetch(ctx context.Context, enough int) error {
	for len(p.fits) < enough && p.ahead {
		items, more, err := p.menu.Next(ctx)
		if err != nil {
			return err
		}
		for _, item := range items {
			p.add(item)
		}
		p.fetches++
		p.ahead = more && p.fetches < mostPages
	}
	return nil
}

func (p *picker) add(item Item) {
	if p.contains(item) {
		p.fits = append(p.fits, len(p.items))
	}
	p.items = append(p.items, item)
}

func (l list) contains(item Item) bool {
	return strings.Contains(strings.ToLower(item.Label), strings.ToLower(l.filter))
}

// filterBy shows the first items whose label contains a text. If there are none, what
// was shown stays.
func (p *picker) filterBy(ctx context.Context, text string) error {
	before := p.list
	p.list = list{filter: text}
	for i, item := range p.items {
		if p.contains(item) {
			p.fits = append(p.fits, i)
		}
	}
	if err := p.fetch(ctx, pageSize); err != nil {
		return err
	}
	if len(p.fits) == 0 {
		p.list = before
		return p.print(fmt.Sprintf("Nothing contains %q.\n", Cut(Clean(text), maxLabel)))
	}
	return p.turn(ctx)
}

func (p *picker) hasMore() bool { return p.ahead || p.end < len(p.fits) }

// show prints the page.
func (p *picker) show() error {
	p.preset = noDefault
	var text strings.Builder
	fmt.Fprintln(&text, fit(Clean(p.menu.Title), p.size().columns))
	if p.filter != "" {
		fmt.Fprintf(&text, "With %q (/ shows all again):\n", Cut(Clean(p.filter), maxLabel))
	}
	for number, i := range p.page {
		fmt.Fprintf(&text, "%d) %s\n", number, Cut(Clean(p.items[i].Label), maxLabel))
		if p.items[i].Default {
			p.preset = number
		}
	}
	if p.hasMore() {
		more := fmt.Sprintf("m) More options not shown... (%s; type text to filter)", p.progress())
		fmt.Fprintln(&text, fit(more, p.size().columns))
	}
	return p.print(text.String())
}

// progress says how many items were shown, of how many.
func (p *picker) progress() string {
	if p.ahead {
		return fmt.Sprintf("%d of at least %d", p.end, len(p.fits))
	}
	return fmt.Sprintf("%d of %d", p.end, len(p.fits))
}

func (p *picker) question() string {
	question := "Pick a numbered choice"
	if p.hasMore() {
		question += ` or "m" for more options`
	}
	if p.preset != noDefault {
		question += fmt.Sprintf(" [%d]", p.preset)
	}
	return question + ": "
}

// isChoice reports whether an answer selects an item of the page.
func (p *picker) isChoice(answer string) bool {
	if answer == "" {
		return p.preset != noDefault
	}
	n, err := strconv.Atoi(answer)
	return err == nil && n >= 0 && n < len(p.page)
}

// choice returns the item that an answer selects.
func (p *picker) choice(answer string) int {
	if answer == "" {
		return p.page[p.preset]
	}
	n, _ := strconv.Atoi(answer) // isChoice read it
	return p.page[n]
}

// isFilter reports whether an answer is a text to filter by: neither a number nor m.
func (p *picker) isFilter(answer string) bool {
	isNumber := strings.Trim(answer, "+-0123456789") == ""
	return strings.HasPrefix(answer, "/") || !isNumber && !strings.EqualFold(answer, "m")
}
