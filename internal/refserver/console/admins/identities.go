package admins

import (
	"cmp"
	"net/http"
	"net/url"

	"github.com/dxauth/dxauth/internal/refserver/console/kit"
	"github.com/dxauth/dxauth/internal/refserver/service/linking"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
)

// identityRow is an account of a user at an OpenID provider.
type identityRow struct {
	Provider, Subject, Email, Linked string
	Unlink                           string // path
}

// identitiesOf lists the accounts of a user at OpenID providers.
func (p *Pages) identitiesOf(r *http.Request, v browser.Visitor, userID string) (rows []identityRow, err error) {
	list, err := p.linking.Identities(r.Context(), v.Caller, userID)
	for _, linked := range list {
		query := url.Values{"issuer": {linked.Issuer}, "subject": {linked.Subject}}
		rows = append(rows, identityRow{
			Provider: cmp.Or(p.linking.NameOf(linked.Issuer), linked.Issuer), Subject: linked.Subject, Email: linked.Email, Linked: kit.TimeText(linked.Linked),
			Unlink: kit.PathUsers + "/" + userID + "/identities/unlink?" + query.Encode(),
		})
	}
	return rows, err
}

// providerChoices returns the OpenID providers of the server.
func (p *Pages) providerChoices(chosen string) (choices kit.Choices) {
	for _, provider := range p.linking.Providers() {
		choices = append(choices, kit.Choice{Text: provider.Name, Chosen: provider.Name == chosen})
	}
	return choices
}

// link links an account at an OpenID provider to a user.
func (p *Pages) link(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	id, err := kit.UserIn(r)
	if err != nil {
		p.Browser.Refuse(w, r, v, err)
		return
	}
	v, err = p.Confirm(w, r, v)
	if err == nil {
		err = p.linking.Link(r.Context(), v.Caller, id, linking.Identity{Provider: r.PostForm.Get("provider"), Subject: kit.Trimmed(r, "subject")})
	}
	if err != nil {
		p.showUser(w, r, v, err)
		return
	}
	p.Browser.Redirect(w, kit.PathUsers+"/"+id+"?done=linked")
}

// unlinkData is what the page before the removal of a link shows.
type unlinkData struct {
	Path                      string
	User                      string
	Provider, Issuer, Subject string
}

// unlinkPage asks whether an account at a provider is to be taken from a user.
func (p *Pages) unlinkPage(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	account, err := p.findAccount(r, v)
	if err != nil {
		p.Browser.Refuse(w, r, v, err)
		return
	}
	issuer, subject := kit.TextIn(r, "issuer"), kit.TextIn(r, "subject")
	p.Show(w, r, v, http.StatusOK, "unlink", "Unlink an account of "+account.Handle+"?", unlinkData{
		Path: kit.PathUsers + "/" + account.ID, User: account.Handle, Provider: p.linking.NameOf(issuer), Issuer: issuer, Subject: subject,
	})
}

// unlink takes an account at a provider from a user.
func (p *Pages) unlink(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	id, err := kit.UserIn(r)
	if err == nil {
		err = p.linking.Unlink(r.Context(), v.Caller, id, linking.Identity{Provider: r.PostForm.Get("issuer"), Subject: r.PostForm.Get("subject")})
	}
	if err != nil {
		p.Browser.Refuse(w, r, v, err)
		return
	}
	p.Browser.Redirect(w, kit.PathUsers+"/"+id+"?done=unlinked")
}
