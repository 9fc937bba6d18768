package console

import (
	"net/http"

	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// PathSignUp is the page where users sign up.
const PathSignUp = "/console/sign-up"

// PathApproval is the page where users activate the account that they signed up for.
const PathApproval = "/console/sign-up/activate"

// signUpData is what the form for an account shows.
type signUpData struct {
	notes
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
	if c.service.SignUpMode() == identity.SignUpClosed {
		c.pages.Refuse(w, r, v, identity.ErrSignUpClosed)
		return
	}
	n, status, ok := c.noted(w, r, v, problem)
	if !ok {
		return
	}
	form := r.PostForm
	c.show(w, r, v, status, "signup", "Sign up", signUpData{
		notes: n, Username: form.Get("username"), Email: form.Get("email"), First: form.Get("first"), Last: form.Get("last"),
		Moderated: c.service.SignUpMode() == identity.SignUpModerated, Mailed: c.service.SignUpMode() == identity.SignUpMailed,
		Done: r.URL.Query().Get("done") == "made",
	})
}

// errSignUpFields is returned for a form with an empty field, as the platform does.
var errSignUpFields = &refusal.Error{Code: refusal.Invalid, Message: "fill in all fields"}

// signUp makes an account for a visitor.
func (c *Console) signUp(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	draft := identity.Draft{
		Username: trimmed(r, "username"), Email: trimmed(r, "email"), First: trimmed(r, "first"), Last: trimmed(r, "last"),
	}
	password, err := newPasswordIn(r)
	if err == nil && (draft.Username == "" || draft.Email == "" || draft.First == "" || draft.Last == "") {
		err = errSignUpFields
	}
	if err == nil {
		err = c.service.SignUp(r.Context(), draft, password, browser.OriginOf(r))
	}
	if err != nil {
		c.showSignUp(w, r, v, err)
		return
	}
	c.pages.Redirect(w, PathSignUp+"?done=made")
}

// newPasswordIn returns the new password in a form, which has it twice.
func newPasswordIn(r *http.Request) (secret.Text, error) {
	password := secret.New(r.PostForm.Get("new"))
	if !password.Equal(secret.New(r.PostForm.Get("again"))) {
		return secret.Text{}, refusal.New(refusal.Invalid, "the two new passwords are not the same")
	}
	return password, nil
}
