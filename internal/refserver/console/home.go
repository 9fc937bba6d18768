package console

import (
	"net/http"

	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/service/overview"
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
	has, err := overview.HasProjects(r.Context(), c.Service, v.Caller)
	if err != nil {
		c.Browser.Refuse(w, r, v, err)
		return
	}
	c.Show(w, r, v, http.StatusOK, "home", "Home", homeData{v.Caller.User, Menu(v), !has})
}
