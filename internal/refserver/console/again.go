package console

import (
	"net/http"

	"github.com/dxauth/dxauth/internal/refserver/console/kit"
	"github.com/dxauth/dxauth/internal/refserver/service/signups"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
)

// pathAgain is the page where users who signed up have their code sent again.
const pathAgain = "/console/sign-up/again"

// againData is what the form for another code shows.
type againData struct {
	kit.Notes
	Email string
	Done  bool
}

// againPage shows the form by which users who signed up have their code sent again.
func (c *Console) againPage(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	c.showAgain(w, r, v, nil)
}

func (c *Console) showAgain(w http.ResponseWriter, r *http.Request, v browser.Visitor, problem error) {
	if !c.signUps.AreMailed() {
		c.Browser.Refuse(w, r, v, signups.ErrNotMailed)
		return
	}
	n, status, ok := c.Noted(w, r, v, problem)
	if !ok {
		return
	}
	c.Show(w, r, v, status, "again", "Send the code again", againData{n, r.PostForm.Get("email"), r.URL.Query().Get("done") == "sent"})
}

// sendAgain sends another code, and says the same whether or not somebody waits for one.
func (c *Console) sendAgain(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	if err := c.signUps.SendAgain(r.Context(), kit.Trimmed(r, "email"), browser.OriginOf(r)); err != nil {
		c.showAgain(w, r, v, err)
		return
	}
	c.Browser.Redirect(w, pathAgain+"?done=sent")
}
