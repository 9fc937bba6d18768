package console

import (
	"net/http"
	"strings"

	"github.com/dxauth/dxauth/internal/refserver/console/kit"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
	"github.com/dxauth/dxauth/pkg/secret"
)

// PathActivate is the page where users set the first password of an account.
const PathActivate = "/console/activate"

// activateData is what the pages for an activation code show.
type activateData struct {
	kit.Notes
	Action   string // path
	Password bool   // the account gets its first password
	Mailed   bool   // the code came by e-mail, and can be sent again
	Done     bool   // the account is active
}

// activatePage shows the form for the first password of an account that an administrator
// made.
func (c *Console) activatePage(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	c.showActivate(w, r, v, nil)
}

// showActivate shows the form for an activation code. The code is in no address, and the
// form that was refused does not have it again.
func (c *Console) showActivate(w http.ResponseWriter, r *http.Request, v browser.Visitor, problem error) {
	n, status, ok := c.Noted(w, r, v, problem)
	if !ok {
		return
	}
	c.Show(w, r, v, status, "activate", "Activate your account", activateData{
		Notes: n, Action: r.URL.Path, Password: r.URL.Path == PathActivate, Mailed: c.signUps.AreMailed(), Done: r.URL.Query().Get("done") == "active",
	})
}

// activateAccount sets the first password of an account.
func (c *Console) activateAccount(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	password, err := kit.NewPasswordIn(r)
	if err == nil {
		_, err = c.Service.Activate(r.Context(), codeIn(r), password, browser.OriginOf(r))
	}
	c.afterActivation(w, r, v, err)
}

// activateSignUp enables the account of a sign-up that waits for approval, for a user who
// got the code from an administrator.
func (c *Console) activateSignUp(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	c.afterActivation(w, r, v, c.Service.ApproveByCode(r.Context(), codeIn(r), browser.OriginOf(r)))
}

func codeIn(r *http.Request) secret.Text {
	return secret.New(strings.TrimSpace(r.PostForm.Get("code")))
}

func (c *Console) afterActivation(w http.ResponseWriter, r *http.Request, v browser.Visitor, err error) {
	if err != nil {
		c.showActivate(w, r, v, err)
		return
	}
	c.Browser.Redirect(w, r.URL.Path+"?done=active")
}
