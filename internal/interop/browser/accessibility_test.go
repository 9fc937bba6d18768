package browser

import (
	"encoding/json"
	"regexp"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
)

// seen are the states of pages in which axe-core has looked at one, in any test.
var seen sync.Map

// check looks for a page that is wider than the window and, once for each state of a page,
// for violations of accessibility.
func (b *browser) check() {
	b.Helper()
	if !read(b, chromedp.Evaluate[bool](`document.documentElement.scrollWidth <= document.documentElement.clientWidth`)) {
		b.Errorf("the page is wider than its window: %s", b.body())
	}
	if !b.scripts {
		return
	}
	if _, known := seen.LoadOrStore(b.state(), true); known {
		return
	}
	for _, v := range b.violations() {
		b.Errorf("%s: %s: %+v", v.ID, v.Help, v.Nodes)
	}
}

// variable matches words that differ between two visits of a page: tokens, times, codes.
// The tags of headings are shorter.
var variable = regexp.MustCompile(`[\w.:-]*\d[\w.:-]{2,}|[\w.:-]{2,}\d[\w.:-]*`)

// state returns what the findings of axe-core depend on: the window, its colors, and the
// elements of the page.
func (b *browser) state() string {
	b.Helper()
	page := read(b, chromedp.Evaluate[string](`[innerWidth, matchMedia("(prefers-color-scheme: dark)").matches, document.documentElement.outerHTML].join("\n")`))
	return withoutVariables(page)
}

func withoutVariables(page string) string { return variable.ReplaceAllString(page, "0") }

// What differs between two visits makes no new state; what differs in the elements does.
func TestStates(t *testing.T) {
	const page = `<h1>Tokens</h1><input id="name"><p>at 22:01</p><input value="k3J-x_9a">`
	for other, same := range map[string]bool{
		`<h1>Tokens</h1><input id="name"><p>at 7:45</p><input value="Zq81_mmm">`:                 true,
		`<h1>Users</h1><input id="name"><p>at 22:01</p><input value="k3J-x_9a">`:                 false,
		`<h2>Tokens</h2><input id="name"><p>at 22:01</p><input value="k3J-x_9a">`:                false,
		`<h1>Tokens</h1><input id="name" class="error"><p>at 22:01</p><input value="k3J-x_9a">`:  false,
		`<h1>Tokens</h1><input id="name"><p role="alert">at 22:01</p><input value="k3J-x_9a">`:   false,
		`<h1>Tokens</h1><input id="name"><p>at 22:01</p><p>at 22:02</p><input value="k3J-x_9a">`: false,
	} {
		if got := withoutVariables(page) == withoutVariables(other); got != same {
			t.Errorf("the same state as %s: %v", other, got)
		}
	}
}

// violation is a finding of axe-core.
type violation struct {
	ID, Help string
	Nodes    []struct{ HTML, FailureSummary string }
}

// violations runs axe-core on the page.
func (b *browser) violations() (found []violation) {
	b.Helper()
	b.do(chromedp.Evaluate[chromedp.Void](axe + "; true"))
	text := read(b, chromedp.Evaluate[string](`axe.run({resultTypes: ["violations"]}).then(found => JSON.stringify(found.violations))`, chromedp.EvalAwaitPromise))
	if err := json.Unmarshal([]byte(text), &found); err != nil {
		b.Fatal(err)
	}
	return found
}
