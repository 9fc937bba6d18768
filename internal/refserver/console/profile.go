package console

import (
	"net/http"
	"strings"

	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
)

// PathProfile is the page where users see and change their account.
const PathProfile = "/console/profile"

// profileData is what My Profile shows. A refusal is shown at its form.
type profileData struct {
	notes
	User, Email         string
	First, Middle, Last string
	NewEmail            string
	IsConfirmed         bool   // the address
	SendsCodes          bool   // the server, to addresses
	Names, Address, New proof  // of the forms that need one
	ErrorAt             string // ID of a section
	SSO                 bool   // the account has no password
}

// The forms of the page, by the last part of their path.
const (
	formNames    = "names"
	formEmail    = "email"
	formPassword = "password"
	formConfirm  = "email/confirm"
	formSend     = "email/send"
)

// profile shows the visitor's names and address, with the forms that change them.
func (c *Console) profile(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	form := ""
	if v.Returned {
		form = strings.TrimPrefix(r.URL.Path, PathProfile+"/")
	}
	c.showProfile(w, r, v, form, nil)
}

func (c *Console) showProfile(w http.ResponseWriter, r *http.Request, v browser.Visitor, form string, problem error) {
	n, status, ok := c.noted(w, r, v, problem)
	if !ok {
		return
	}
	data := profileData{notes: n}
	if problem != nil {
		data.ErrorAt, _, _ = strings.Cut(form, "/")
	}
	if err := c.readProfile(r, v, &data); err != nil {
		c.pages.Refuse(w, r, v, err)
		return
	}
	data.fillIn(r, form)
	c.show(w, r, v, status, "profile", "My Profile", data)
}

func (c *Console) readProfile(r *http.Request, v browser.Visitor, data *profileData) error {
	user, err := c.service.User(r.Context(), v.Caller.User.ID)
	if err != nil {
		return err
	}
	data.User, data.Email, data.NewEmail = user.Handle, user.Email, user.Email
	data.SSO, data.IsConfirmed, data.SendsCodes = user.SSO, user.EmailVerified, c.linking.SendsCodes()
	data.First, data.Middle, data.Last = user.First, user.Middle, user.Last
	if data.Names, err = c.recentProof(r, v, formNames); err != nil {
		return err
	}
	data.Address = data.Names
	data.Address.ID = formEmail
	factor, err := c.service.TwoFactorStatus(r.Context(), v.Caller)
	data.New = proof{Needed: true, Code: factor.On, ID: formPassword}
	return err
}

// fillIn puts what the visitor filled in back into a form that was refused.
func (d *profileData) fillIn(r *http.Request, form string) {
	switch form {
	case formNames:
		d.First, d.Middle, d.Last = r.PostForm.Get("first"), r.PostForm.Get("middle"), r.PostForm.Get("last")
	case formEmail:
		d.NewEmail = r.PostForm.Get("email")
	}
}

// changeNames changes the visitor's names.
func (c *Console) changeNames(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	first, middle, last := trimmed(r, "first"), trimmed(r, "middle"), trimmed(r, "last")
	v, err := c.confirm(w, r, v)
	if err == nil {
		err = c.service.UpdateSettings(r.Context(), v.Caller, recently(), service.Settings{First: &first, Middle: &middle, Last: &last})
	}
	c.afterChange(w, r, v, formNames, err)
}

// changeEmail changes the visitor's e-mail address.
func (c *Console) changeEmail(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	v, err := c.confirm(w, r, v)
	if err == nil {
		err = c.service.UpdateEmail(r.Context(), v.Caller, recently(), trimmed(r, "email"))
	}
	c.afterChange(w, r, v, formEmail, err)
}

// confirmEmail confirms the visitor's e-mail address with the code that was sent there.
func (c *Console) confirmEmail(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	err := c.linking.ConfirmEmail(r.Context(), v.Caller, proofOf(r).Code)
	c.afterChange(w, r, v, formConfirm, err)
}

// sendEmailCode sends a new code to the visitor's e-mail address.
func (c *Console) sendEmailCode(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	c.afterChange(w, r, v, formSend, c.linking.SendEmailCode(r.Context(), v.Caller))
}

// changePassword changes the visitor's password, with the current one.
func (c *Console) changePassword(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	password, err := newPasswordIn(r)
	if err == nil {
		err = c.service.ChangePassword(r.Context(), v.Caller, proofOf(r), password)
	}
	c.afterChange(w, r, v, formPassword, err)
}

func trimmed(r *http.Request, field string) string { return strings.TrimSpace(r.PostForm.Get(field)) }

// afterChange shows the page again: after a refusal with the form as it was filled in.
func (c *Console) afterChange(w http.ResponseWriter, r *http.Request, v browser.Visitor, form string, err error) {
	if err != nil {
		c.showProfile(w, r, v, form, err)
		return
	}
	c.pages.Redirect(w, PathProfile+"?done="+form)
}
