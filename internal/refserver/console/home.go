package console

import (
	"net/http"

	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
)

// homeData is what the start page shows.
type homeData struct {
	User       identity.Principal
	Links      []browser.Link
	NoProjects bool
}

// home is the start page.
func (c *Console) home(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	page, err := c.Service.FindProjects(r.Context(), v.Caller, directory.Query{MinLevel: directory.View, Explicit: true, Limit: 1})
	if err != nil {
		c.Browser.Refuse(w, r, v, err)
		return
	}
	none := len(page.Hits) == 0 && page.Next == 0
	c.Show(w, r, v, http.StatusOK, "home", "Home", homeData{v.Caller.User, Menu(v), none})
}
