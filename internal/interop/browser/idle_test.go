package browser

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// Before an idle session ends, the page warns, and a button keeps the session.
func TestIdleWarning(t *testing.T) {
	t.Parallel()
	b := open(t, serve(t, "testdata/world.yaml", "--idle-timeout", "45s")) // so there are 15 s to press the button
	b.signIn()
	b.load("My Profile", chromedp.Click(`//nav//a[normalize-space()="My Profile"]`))
	b.do(chromedp.WaitVisible("#idle-warning"))
	if text := b.text("#idle-warning p"); text != "You will be signed out in less than a minute because you did nothing for a while." {
		t.Errorf("the warning is %q", text)
	}
	b.check()
	b.picture("idle")
	b.do(chromedp.Click("#idle-warning button"), chromedp.WaitNotVisible("#idle-warning"))
	b.load("My Profile", chromedp.Reload())
}
