package console

import (
	"cmp"
	"net/http"
	"net/url"

	"github.com/dxauth/dxauth/internal/refserver/service/linking"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
)

// identityRow is an account of a user at an OpenID provider.
type identityRow struct {
	Provider, Subject, Email, Linked string
	Unlink                           string // path
}

// identitiesOf lists the accounts of a user at OpenID providers.
func (c *Console) identitiesOf(r *http.Request, v browser.Visitor, userID string) (rows []identityRow, err error) {
	list, err := c.linking.Identities(r.Context(), v.Caller, userID)
	for _, linked := range list {
		query := url.Values{"issuer": {linked.Issuer}, "subject": {linked.Subject}}
		rows = append(rows, identityRow{
			Provider: cmp.Or(c.linking.NameOf(linked.Issuer), linked.Issuer), Subject: linked.Subject, Email: linked.Email, Linked: timeText(linked.Linked),
			Unlink: pathUsers + "/" + userID + "/identities/unlink?" + query.Encode(),
		})
	}
	return rows, err
}

// providerChoices returns the OpenID providers of the server.
func (c *Console) providerChoices(chosen string) (choices []choice) {
	for _, provider := range c.linking.Providers() {
		choices = append(choices, choice{Text: provider.Name, Chosen: provider.Name == chosen})
	}
	return choices
}

// link links an account at an OpenID provider to a user.
func (c *Console) link(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	id, err := userIn(r)
	if err != nil {
		c.pages.Refuse(w, r, v, err)
		return
	}
	v, err = c.confirm(w, r, v)
	if err == nil {
		err = c.linking.Link(r.Context(), v.Caller, id, linking.Identity{Provider: r.PostForm.Get("provider"), Subject: trimmed(r, "subject")})
	}
	if err != nil {
		c.showUser(w, r, v, err)
		return
	}
	c.pages.Redirect(w, pathUsers+"/"+id+"?done=linked")
}

// unlinkData is what the page before the removal of a link shows.
type unlinkData struct {
	Path                      string
	User                      string
	Provider, Issuer, Subject string
}

// unlinkPage asks whether an account at a provider is to be taken from a user.
func (c *Console) unlinkPage(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	account, err := c.findAccount(r, v)
	if err != nil {
		c.pages.Refuse(w, r, v, err)
		return
	}
	issuer, subject := textIn(r, "issuer"), textIn(r, "subject")
	c.show(w, r, v, http.StatusOK, "unlink", "Unlink an account of "+account.Handle+"?", unlinkData{
		Path: pathUsers + "/" + account.ID, User: account.Handle, Provider: c.linking.NameOf(issuer), Issuer: issuer, Subject: subject,
	})
}

// unlink takes an account at a provider from a user.
func (c *Console) unlink(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	id, err := userIn(r)
	if err == nil {
		err = c.linking.Unlink(r.Context(), v.Caller, id, linking.Identity{Provider: r.PostForm.Get("issuer"), Subject: r.PostForm.Get("subject")})
	}
	if err != nil {
		c.pages.Refuse(w, r, v, err)
		return
	}
	c.pages.Redirect(w, pathUsers+"/"+id+"?done=unlinked")
}
