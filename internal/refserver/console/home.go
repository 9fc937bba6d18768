package console

import (
	"net/http"

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
