package console

import (
	"cmp"
	"net/http"
	"strings"

	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
)

// homeData is what the start page shows.
type homeData struct {
	Name  string
	Links []browser.Link
}

// home is the start page.
func (c *Console) home(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	user, err := c.service.User(r.Context(), v.Caller.User.ID)
	if err != nil {
		c.pages.Refuse(w, r, v, err)
		return
	}
	c.show(w, r, v, http.StatusOK, "home", "Home", homeData{Name: nameOf(user), Links: Menu(v)})
}

// nameOf returns the full name of a user, or the user name without one.
func nameOf(user identity.User) string {
	return cmp.Or(strings.Join(strings.Fields(user.First+" "+user.Middle+" "+user.Last), " "), user.Handle)
}
