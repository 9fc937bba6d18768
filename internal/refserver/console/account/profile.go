package account

import (
	"net/http"
	"strings"

	"github.com/dxauth/dxauth/internal/refserver/console/kit"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/service/overview"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
)

// PathProfile is the page where users see and change their account.
const PathProfile = "/console/profile"

// profileData is what My Profile shows. A refusal is shown at its form.
type profileData struct {
	kit.Notes
	User, Email         string
	First, Middle, Last string
	NewEmail            string
	IsConfirmed         bool      // the address
	SendsCodes          bool      // the server, to addresses
	Names, Address, New kit.Proof // of the forms that need one
	ErrorAt             string    // ID of a section
	SSO                 bool      // the account has no password
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
func (p *Pages) profile(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	form := ""
	if v.Returned {
		form = strings.TrimPrefix(r.URL.Path, PathProfile+"/")
	}
	p.showProfile(w, r, v, form, nil)
}

func (p *Pages) showProfile(w http.ResponseWriter, r *http.Request, v browser.Visitor, form string, problem error) {
	n, status, ok := p.Noted(w, r, v, problem)
	if !ok {
		return
	}
	data := profileData{Notes: n}
	if problem != nil {
		data.ErrorAt, _, _ = strings.Cut(form, "/")
	}
	if err := p.readProfile(r, v, &data); err != nil {
		p.Browser.Refuse(w, r, v, err)
		return
	}
	data.fillIn(r, form)
	p.Show(w, r, v, status, "profile", "My Profile", data)
}

func (p *Pages) readProfile(r *http.Request, v browser.Visitor, data *profileData) error {
	account, err := overview.ReadAccount(r.Context(), p.Service, v.Caller)
	if err != nil {
		return err
	}
	data.User, data.Email, data.NewEmail = account.Handle, account.Email, account.Email
	data.SSO, data.IsConfirmed, data.SendsCodes = account.SSO, account.EmailVerified, p.linking.SendsCodes()
	data.First, data.Middle, data.Last = account.First, account.Middle, account.Last
	if !v.Recent {
		data.Names, data.Address = kit.ProofFor(v, account, formNames), kit.ProofFor(v, account, formEmail)
	}
	data.New = kit.Proof{Needed: true, Code: account.HasFactor, ID: formPassword}
	return nil
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
func (p *Pages) changeNames(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	first, middle, last := kit.Trimmed(r, "first"), kit.Trimmed(r, "middle"), kit.Trimmed(r, "last")
	v, err := p.Confirm(w, r, v)
	if err == nil {
		err = p.Service.UpdateSettings(r.Context(), v.Caller, kit.Recently(), service.Settings{First: &first, Middle: &middle, Last: &last})
	}
	p.afterChange(w, r, v, formNames, err)
}

// changeEmail changes the visitor's e-mail address.
func (p *Pages) changeEmail(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	v, err := p.Confirm(w, r, v)
	if err == nil {
		err = p.Service.UpdateEmail(r.Context(), v.Caller, kit.Recently(), kit.Trimmed(r, "email"))
	}
	p.afterChange(w, r, v, formEmail, err)
}

// confirmEmail confirms the visitor's e-mail address with the code that was sent there.
func (p *Pages) confirmEmail(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	err := p.linking.ConfirmEmail(r.Context(), v.Caller, kit.ProofOf(r).Code)
	p.afterChange(w, r, v, formConfirm, err)
}

// sendEmailCode sends a new code to the visitor's e-mail address.
func (p *Pages) sendEmailCode(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	p.afterChange(w, r, v, formSend, p.linking.SendEmailCode(r.Context(), v.Caller))
}

// changePassword changes the visitor's password, with the current one.
func (p *Pages) changePassword(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	password, err := kit.NewPasswordIn(r)
	if err == nil {
		err = p.Service.ChangePassword(r.Context(), v.Caller, kit.ProofOf(r), password)
	}
	p.afterChange(w, r, v, formPassword, err)
}

// afterChange shows the page again: after a refusal with the form as it was filled in.
func (p *Pages) afterChange(w http.ResponseWriter, r *http.Request, v browser.Visitor, form string, err error) {
	if err != nil {
		p.showProfile(w, r, v, form, err)
		return
	}
	p.Browser.Redirect(w, PathProfile+"?done="+form)
}
