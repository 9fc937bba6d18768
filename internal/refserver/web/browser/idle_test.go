package browser_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
)

// Pages ask how long the session lasts. To ask is not a use of the session: it ends at its
// limit all the same. The button is one.
func TestIdleWarning(t *testing.T) {
	s := start(t)
	b := s.SignedIn("alice")
	for left := 15 * 60; left > 0; left -= 60 {
		b.Get(browser.PathSession).Is(http.StatusOK).Has(`"warn":120}`)
		s.Advance(time.Minute)
	}
	b.Get(browser.PathSession).Is(http.StatusOK).Has(`{"left":0,"warn":0}`)
	b.Get(browser.PathHome).LeadsTo(browser.PathSignIn + "?ended=idle&next=%2Fconsole%2F")

	b = s.SignedIn("alice")
	s.Advance(14 * time.Minute)
	b.Get(browser.PathSession).Has(`{"left":60,"warn":120}`)
	b.Post(browser.PathSession, nil).Is(http.StatusNoContent)
	b.Get(browser.PathSession).Has(`{"left":900,"warn":120}`)
	s.Browser().Get(browser.PathSession).Is(http.StatusOK).Has(`{"left":0,"warn":0}`)
}

// With a short limit the warning comes in its last third.
func TestIdleWarningWithAShortLimit(t *testing.T) {
	s := start(t, func(c *refserver.Config) { c.IdleTimeout = 3 * time.Minute })
	s.SignedIn("alice").Get(browser.PathSession).Has(`{"left":180,"warn":60}`)
}
