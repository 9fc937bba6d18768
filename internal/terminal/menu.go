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

// Answers of the person that are no index.
const (
	noDefault = -1
	nextPage  = -2
)

// Pick shows a numbered menu at the controlling terminal and returns the index of
// the chosen item, counted from 0 over all pages. As in dx, the numbers on the screen
// start at 0 on each page, and select from the page that was shown last. After an
// invalid answer it asks again. It returns [ErrNothingToPick] for a menu without items, errors of [Menu.Next]
// unchanged, and those of [Terminal.Line].
func (t *Terminal) Pick(ctx context.Context, menu Menu) (int, error) {
	c, err := t.ask(ctx)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	p := &picker{console: c, title: Clean(menu.Title)}
	for {
		items, more, err := p.page(ctx, menu)
		if err != nil {
			return 0, err
		}
		if err := p.show(items, more); err != nil {
			return 0, err
		}
		choice, err := p.choose(ctx)
		if err != nil {
			return 0, err
		}
		if choice != nextPage {
			return p.before + choice, nil
		}
		p.before += len(items)
	}
}

// picker is a menu while it is shown.
type picker struct {
	*console
	title   string
	before  int // items on earlier pages
	shown   int // items on this page
	preset  int // number of the default on this page, or noDefault
	more    bool
	waiting []Item // fetched but not shown yet
	fetched bool   // a page was fetched
	ahead   bool   // more pages follow those that were fetched
}

// maxLabel is the longest label that is shown whole, in characters.
const maxLabel = 300

// pageSize is how many items are shown at once, whatever a page of the list has.
const pageSize = 10

// page returns the next items to show, and whether more follow. A server's page may
// have fewer rows than the menu's, even none.
func (p *picker) page(ctx context.Context, menu Menu) (items []Item, more bool, err error) {
	for range pageSize {
		if len(p.waiting) >= pageSize || p.fetched && !p.ahead {
			break
		}
		var next []Item
		if next, p.ahead, err = menu.Next(ctx); err != nil {
			return nil, false, err
		}
		p.waiting, p.fetched = append(p.waiting, next...), true
	}
	size := min(pageSize, len(p.waiting))
	items, p.waiting = p.waiting[:size], p.waiting[size:]
	return items, p.ahead || len(p.waiting) > 0, nil
}

// show prints a page below those already shown.
func (p *picker) show(items []Item, more bool) error {
	if p.before+len(items) == 0 && !more {
		return ErrNothingToPick
	}
	p.shown, p.preset, p.more = len(items), noDefault, more
	page := p.title + "\n"
	for number, item := range items {
		page += fmt.Sprintf("%d) %s\n", number, Cut(Clean(item.Label), maxLabel))
		if item.Default {
			p.preset = number
		}
	}
	if more {
		page += "m) More options not shown...\n"
	}
	return p.print(page)
}

// choose asks until the answer is a number on the page, or nextPage.
func (p *picker) choose(ctx context.Context) (int, error) {
	for {
		answer, err := p.line(ctx, p.question())
		if err != nil {
			return 0, err
		}
		choice, ok := p.understand(strings.TrimSpace(answer))
		if ok {
			return choice, nil
		}
		if err := p.print("That is not one of the choices.\n"); err != nil {
			return 0, err
		}
	}
}

func (p *picker) question() string {
	question := "Pick a numbered choice"
	if p.more {
		question += ` or "m" for more options`
	}
	if p.preset != noDefault {
		question += fmt.Sprintf(" [%d]", p.preset)
	}
	return question + ": "
}

func (p *picker) understand(answer string) (choice int, ok bool) {
	if answer == "" {
		return p.preset, p.preset != noDefault
	}
	if strings.EqualFold(answer, "m") {
		return nextPage, p.more
	}
	n, err := strconv.Atoi(answer)
	return n, err == nil && n >= 0 && n < p.shown
}
