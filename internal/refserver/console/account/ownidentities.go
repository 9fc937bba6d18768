package account

import (
	"cmp"
	"net/http"

	"github.com/dxauth/dxauth/internal/refserver/console/kit"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/service/linking"
	"github.com/dxauth/dxauth/internal/refserver/sso"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
)

// ownIdentitiesData is what the page with the linked identities shows.
type ownIdentitiesData struct {
	kit.Notes
	List      []ownIdentityRow
	LastStays bool // the only identity of an account without a password
	Refusal   string
	Providers []browser.Link // where to link another identity
}

// ownIdentityRow is an identity at a provider.
type ownIdentityRow struct{ Provider, Account, Linked, Used, Unlink string }

// ownIdentities lists the identities of the visitor's account.
func (p *Pages) ownIdentities(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	n, status, ok := p.Noted(w, r, v, nil)
	if !ok {
		return
	}
	own, err := p.linking.OwnIdentities(r.Context(), v.Caller)
	if err != nil {
		p.Browser.Refuse(w, r, v, err)
		return
	}
	data := ownIdentitiesData{Notes: n, LastStays: own.LastStays}
	for _, linked := range own.List {
		data.List = append(data.List, p.ownIdentityRow(linked))
	}
	if own.LinkRefusal != nil {
		data.Refusal = browser.Explain(own.LinkRefusal).Text
	} else {
		data.Providers = p.linkButtons()
	}
	p.Show(w, r, v, status, "ownidentities", "Linked identities", data)
}

func (p *Pages) ownIdentityRow(linked identity.LinkedIdentity) ownIdentityRow {
	return ownIdentityRow{
		Provider: p.providerTitle(linked.Issuer), Account: cmp.Or(linked.Email, linked.Subject),
		Linked: kit.TimeText(linked.Linked), Used: kit.TimeText(linked.Used), Unlink: pathUnlink(linked),
	}
}

// providerTitle returns how users know the provider with an issuer, which may not be
// configured any more.
func (p *Pages) providerTitle(issuer string) string {
	for _, provider := range p.linking.Providers() {
		if provider.Issuer == issuer {
			return provider.Rules.Title
		}
	}
	return issuer
}

// linkButtons leads to the pages where another identity is linked.
func (p *Pages) linkButtons() (buttons []browser.Link) {
	for _, provider := range p.linking.Providers() {
		buttons = append(buttons, browser.Link{Text: "Link an account at " + provider.Rules.Title, Path: sso.OwnPath(provider.Name)})
	}
	return buttons
}

func pathUnlink(linked identity.LinkedIdentity) string {
	return sso.PathIdentities + "/" + linking.IDOf(linked) + "/unlink"
}

// unlinkOwnPage asks whether an identity is to be unlinked. One that is not linked any more
// leads to the list.
func (p *Pages) unlinkOwnPage(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	own, err := p.linking.OwnIdentities(r.Context(), v.Caller)
	if err != nil {
		p.Browser.Refuse(w, r, v, err)
		return
	}
	for _, linked := range own.List {
		if linking.IDOf(linked) == r.PathValue("id") {
			row := p.ownIdentityRow(linked)
			p.Ask(w, r, v, kit.Question{
				Title: "Unlink " + row.Account + "?", Button: "Unlink", Back: sso.PathIdentities,
				Text: "You can't sign in here with this account at " + row.Provider + " any more. Your other sessions end; API tokens still work.",
			})
			return
		}
	}
	p.Browser.Redirect(w, sso.PathIdentities)
}

// unlinkOwn removes an identity from the visitor's account.
func (p *Pages) unlinkOwn(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	if err := p.linking.UnlinkOwn(r.Context(), v.Caller, kit.Recently(), r.PathValue("id")); err != nil {
		p.Browser.Refuse(w, r, v, err)
		return
	}
	p.Browser.Redirect(w, sso.PathIdentities+"?done=own-unlinked")
}
