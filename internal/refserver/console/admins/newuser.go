package admins

import (
	"net/http"
	"strings"

	"github.com/dxauth/dxauth/internal/refserver/console/kit"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
)

// newUserData is what the form for an account shows.
type newUserData struct {
	kit.Notes
	kit.Proof
	Action, Back                         string // paths
	Username, Email, First, Middle, Last string
	Org                                  string // in the form: that the account belongs to
	OfOrg                                string // name of the org whose admin makes the account; empty: an administrator of the platform does
}

// newUserFields are the fields of the form for a user.
func newUserFields() []string { return []string{"username", "email", "first", "middle", "last", "org"} }

// newUserPage shows the form by which administrators of the platform make an account, or
// admins of an org one that belongs to it.
func (p *Pages) newUserPage(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	p.showNewUser(w, r, v, nil)
}

func (p *Pages) showNewUser(w http.ResponseWriter, r *http.Request, v browser.Visitor, problem error) {
	org, err := p.makerIn(r, v)
	if err != nil {
		p.Browser.Refuse(w, r, v, err)
		return
	}
	n, status, ok := p.Noted(w, r, v, problem)
	if !ok {
		return
	}
	form := r.PostForm
	data := newUserData{
		Notes: n, Action: r.URL.Path, Back: kit.PathUsers, Username: form.Get("username"), Email: form.Get("email"),
		First: form.Get("first"), Middle: form.Get("middle"), Last: form.Get("last"), Org: form.Get("org"), OfOrg: org.Name,
	}
	if org.ID != "" {
		data.Back = kit.PathOrgs + "/" + org.ID
	}
	if data.Proof, err = p.RecentProof(r, v, "new"); err != nil {
		p.Browser.Refuse(w, r, v, err)
		return
	}
	p.Show(w, r, v, status, "newuser", "New user", data)
}

// makerIn returns the org in the path of a page for its admins, or none on a page for
// administrators of the platform.
func (p *Pages) makerIn(r *http.Request, v browser.Visitor) (directory.OrgView, error) {
	if r.PathValue("org") == "" {
		return directory.OrgView{}, nil
	}
	org, err := p.AdministeredOrg(r, v)
	if err == nil && !org.UserCreationEnabled && !v.Caller.User.Superuser {
		err = directory.ErrUnlicensed
	}
	return org, err
}

// makeUser makes an account, and shows its activation code in this one response.
func (p *Pages) makeUser(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	org, err := p.makerIn(r, v)
	if err != nil {
		p.Browser.Refuse(w, r, v, err)
		return
	}
	draft := service.Draft{ProvisioningOrg: org.ID, Account: identity.Draft{
		Username: kit.Trimmed(r, "username"), Email: kit.Trimmed(r, "email"), First: kit.Trimmed(r, "first"), Middle: kit.Trimmed(r, "middle"), Last: kit.Trimmed(r, "last"),
	}}
	if named := kit.Trimmed(r, "org"); org.ID == "" && named != "" {
		draft.ProvisioningOrg = directory.OrgID(strings.TrimPrefix(named, "org-"))
	}
	v, err = p.Confirm(w, r, v)
	var issued identity.IssuedCode
	if err == nil {
		issued, err = p.Service.NewUser(r.Context(), v.Caller, draft)
	}
	if err != nil {
		p.showNewUser(w, r, v, err)
		return
	}
	data := codeData{
		Done: "The account " + draft.Account.Username + " is made.", Email: draft.Account.Email, Advice: activationAdvice,
		Back: kit.PathUsers + "/" + issued.UserID,
	}
	data.set(issued)
	if draft.ProvisioningOrg != "" {
		usual := directory.AccessChange{Level: directory.Member}
		if err := p.Service.InviteMember(r.Context(), v.Caller, draft.ProvisioningOrg, issued.UserID, usual); err != nil {
			data.Warning = "The account could not be added to the org: " + browser.Explain(err).Text
		}
	}
	if org.ID != "" {
		data.Back = kit.PathOrgs + "/" + org.ID
	}
	p.Show(w, r, v, http.StatusOK, "code", "New user", data)
}

// codeData is what the page with a code for a user shows, once.
type codeData struct {
	Done, Warning string
	Code, Expires string // no code: it was sent by e-mail
	Email         string // of the user
	Advice        string // what to do with the code
	Back          string // path
}

const activationAdvice = "Give the code to the user, on a way that nobody else reads. It sets the password of the account, on the page for activation codes or with “dxauth account activate”."

func (d *codeData) set(issued identity.IssuedCode) {
	d.Code, d.Expires = issued.Code.Reveal(), kit.TimeText(issued.Expires)
}

// newCode makes another activation code for an account without a password.
func (p *Pages) newCode(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	account, err := p.findAccount(r, v)
	var issued identity.IssuedCode
	if err == nil {
		issued, err = p.Service.NewActivation(r.Context(), v.Caller, account.ID)
	}
	if err != nil {
		p.Browser.Refuse(w, r, v, err)
		return
	}
	data := codeData{Done: "An earlier code no longer works.", Email: account.Email, Advice: activationAdvice, Back: kit.PathUsers + "/" + account.ID}
	data.set(issued)
	p.Show(w, r, v, http.StatusOK, "code", "New activation code for "+account.Handle, data)
}

// newEmailCode makes a code by which a user confirms the address of the account.
func (p *Pages) newEmailCode(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	account, err := p.findAccount(r, v)
	var issued identity.EmailCode
	if err == nil {
		issued, err = p.linking.NewEmailCode(r.Context(), v.Caller, account.ID)
	}
	if err != nil {
		p.Browser.Refuse(w, r, v, err)
		return
	}
	p.Show(w, r, v, http.StatusOK, "code", "Code to confirm the address of "+account.Handle, codeData{
		Done: "An earlier code no longer works.", Code: issued.Code.Reveal(), Expires: kit.TimeText(issued.Expires), Email: issued.Email,
		Advice: "Send the code to " + issued.Email + ", and to nobody else. The user confirms the address with “dxauth account confirm-email”.",
		Back:   kit.PathUsers + "/" + account.ID,
	})
}

// askAboutCode returns the page that asks before a code is made.
func (p *Pages) askAboutCode(asks func(user, back string) kit.Question) func(http.ResponseWriter, *http.Request, browser.Visitor) {
	return p.askAboutUser(userAction{asks: asks})
}

func codeQuestion(user, back string) kit.Question {
	return kit.Question{Title: "Make an activation code for " + user + "?", Text: "With it the user sets the first password. An earlier code no longer works.", Button: "Make the code", Back: back}
}

func emailCodeQuestion(user, back string) kit.Question {
	return kit.Question{Title: "Make a code to confirm the address of " + user + "?", Text: "The user confirms the address with it. An earlier code no longer works.", Button: "Make the code", Back: back}
}
