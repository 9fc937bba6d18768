package console

import (
	"net/http"

	"github.com/dxauth/dxauth/internal/refserver/console/kit"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
	"github.com/dxauth/dxauth/internal/refusal"
)

// PathSignUp is the page where users sign up.
const PathSignUp = "/console/sign-up"

// PathApproval is the page where users activate the account that they signed up for.
const PathApproval = "/console/sign-up/activate"

// signUpData is what the form for an account shows.
type signUpData struct {
	kit.Notes
	Username, Email, First, Last string
	Moderated                    bool // an administrator has to approve the account
	Mailed                       bool // the user has to activate the account with a code in an e-mail
	Done                         bool // it is made
}

// signUpPage shows the form for an account, if the server lets users sign up.
func (c *Console) signUpPage(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	c.showSignUp(w, r, v, nil)
}

func (c *Console) showSignUp(w http.ResponseWriter, r *http.Request, v browser.Visitor, problem error) {
	if c.Service.SignUpMode() == identity.SignUpClosed {
		c.Browser.Refuse(w, r, v, identity.ErrSignUpClosed)
		return
	}
	n, status, ok := c.Noted(w, r, v, problem)
	if !ok {
		return
	}
	form := r.PostForm
	c.Show(w, r, v, status, "signup", "Sign up", signUpData{
		Notes: n, Username: form.Get("username"), Email: form.Get("email"), First: form.Get("first"), Last: form.Get("last"),
		Moderated: c.Service.SignUpMode() == identity.SignUpModerated, Mailed: c.Service.SignUpMode() == identity.SignUpMailed,
		Done: r.URL.Query().Get("done") == "made",
	})
}

// errSignUpFields is returned for a form with an empty field, as the platform does.
var errSignUpFields = &refusal.Error{Code: refusal.Invalid, Message: "fill in all fields"}

// signUp makes an account for a visitor.
func (c *Console) signUp(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	draft := identity.Draft{
		Username: kit.Trimmed(r, "username"), Email: kit.Trimmed(r, "email"), First: kit.Trimmed(r, "first"), Last: kit.Trimmed(r, "last"),
	}
	password, err := kit.NewPasswordIn(r)
	if err == nil && (draft.Username == "" || draft.Email == "" || draft.First == "" || draft.Last == "") {
		err = errSignUpFields
	}
	if err == nil {
		err = c.Service.SignUp(r.Context(), draft, password, browser.OriginOf(r))
	}
	if err != nil {
		c.showSignUp(w, r, v, err)
		return
	}
	c.Browser.Redirect(w, PathSignUp+"?done=made")
}
