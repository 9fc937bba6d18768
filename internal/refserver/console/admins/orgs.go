package admins

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/dxauth/dxauth/internal/refserver/console/kit"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/service/overview"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
	"github.com/dxauth/dxauth/internal/syntax"
)

// orgsOnPage is how many orgs a page lists.
const orgsOnPage = 50

// orgsData is what the list of orgs shows.
type orgsData struct {
	kit.Notes
	Orgs []orgRow
	Next string // path of the next page; empty: this is the last
}

// orgRow is an org in the list. Only admins have a page of it.
type orgRow struct {
	Path, ID, Name, Level string
	Power                 string // of the org over the visitor's account
	IsAdmin, MayAccept    bool
}

// orgs lists the orgs of the visitor.
func (p *Pages) orgs(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	found, next, err := p.Service.OwnOrgs(r.Context(), v.Caller, afterOrg(r), orgsOnPage)
	if err != nil {
		p.Browser.Refuse(w, r, v, err)
		return
	}
	data := orgsData{Notes: p.Notice(r)}
	for _, org := range found {
		data.Orgs = append(data.Orgs, orgRow{
			Path: kit.PathOrgs + "/" + org.ID, ID: org.ID, Name: org.Name, Level: string(org.Level), Power: powerText(org),
			IsAdmin: org.Level == directory.Admin, MayAccept: !org.Accepted,
		})
	}
	if next != "" {
		data.Next = kit.PathOrgs + "?" + url.Values{"after": {next}}.Encode()
	}
	p.Show(w, r, v, http.StatusOK, "orgs", "Orgs", data)
}

// powerText says why an org has power over the visitor's account.
func powerText(org service.OwnOrg) string {
	switch {
	case org.IsMaker:
		return "made it"
	case org.Accepted:
		return "accepted"
	default:
		return "none"
	}
}

// ownOrg returns the org in the path if the visitor is a member of it.
func (p *Pages) ownOrg(r *http.Request, v browser.Visitor) (directory.OrgView, error) {
	id, err := kit.OrgIn(r)
	if err != nil {
		return directory.OrgView{}, err
	}
	org, err := overview.ReadOrg(r.Context(), p.Service, v.Caller, id, directory.MemberQuery{})
	if err == nil && org.Own.Level == "" {
		err = directory.ErrNoMember
	}
	return org.OrgView, err
}

// acceptPage asks whether an org is to get power over the visitor's account.
func (p *Pages) acceptPage(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	org, err := p.ownOrg(r, v)
	if err != nil {
		p.Browser.Refuse(w, r, v, err)
		return
	}
	p.Ask(w, r, v, kit.Question{
		Title:  "Accept " + org.Name + "?",
		Text:   "The org then decides when your idle sessions end, sees which of your API tokens name its projects, and can exclude them from those. It ends when you leave the org.",
		Button: "Accept", Back: kit.PathOrgs,
	})
}

// leavePage asks whether the visitor's membership in an org is to end.
func (p *Pages) leavePage(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	org, err := p.ownOrg(r, v)
	if err != nil {
		p.Browser.Refuse(w, r, v, err)
		return
	}
	p.Ask(w, r, v, kit.Question{
		Title:  "Leave " + org.Name + "?",
		Text:   "You lose what you reach through the org, and it loses all power over your account, also if it made the account. An admin can invite you again.",
		Button: "Leave", Back: kit.PathOrgs,
	})
}

// changeOwnOrg returns the form of an action on an org of the visitor.
func (p *Pages) changeOwnOrg(done string, do func(context.Context, service.Caller, string) error) func(http.ResponseWriter, *http.Request, browser.Visitor) {
	return func(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
		id, err := kit.OrgIn(r)
		if err == nil {
			err = do(r.Context(), v.Caller, id)
		}
		if err != nil {
			p.Browser.Refuse(w, r, v, err)
			return
		}
		p.Browser.Redirect(w, kit.PathOrgs+"?done="+done)
	}
}

// newOrgData is what the form for an org shows.
type newOrgData struct {
	kit.Notes
	Handle, Name string
}

// newOrgPage shows the form for an org.
func (p *Pages) newOrgPage(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	p.showNewOrg(w, r, v, nil)
}

func (p *Pages) showNewOrg(w http.ResponseWriter, r *http.Request, v browser.Visitor, problem error) {
	n, status, ok := p.Noted(w, r, v, problem)
	if !ok {
		return
	}
	p.Show(w, r, v, status, "neworg", "New org", newOrgData{n, r.PostForm.Get("handle"), r.PostForm.Get("name")})
}

// makeOrg makes an org whose admin is the visitor.
func (p *Pages) makeOrg(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	handle := kit.Trimmed(r, "handle")
	org := directory.NewOrg(handle, cmp.Or(kit.Trimmed(r, "name"), handle), p.Service.Now())
	id, err := p.Service.NewOrg(r.Context(), v.Caller, org, "", "")
	if err != nil {
		p.showNewOrg(w, r, v, err)
		return
	}
	p.Browser.Redirect(w, kit.PathOrgs+"/"+id+"?done=made-org")
}

// afterOrg returns the org after which a page of the list begins; "" is the first page.
func afterOrg(r *http.Request) string {
	id := r.URL.Query().Get("after")
	if handle, isOrg := strings.CutPrefix(id, "org-"); isOrg && syntax.IsOrgHandle(handle) {
		return id
	}
	return ""
}
