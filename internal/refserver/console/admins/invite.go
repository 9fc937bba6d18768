package admins

import (
	"net/http"
	"strings"

	"github.com/dxauth/dxauth/internal/refserver/console/kit"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
	"github.com/dxauth/dxauth/internal/refusal"
)

// inviteData is what the form for a new member shows.
type inviteData struct {
	kit.Notes
	kit.Proof
	accessData
	Org     string // path
	Invitee string
}

// invitePage shows the form by which admins make a user a member of an org.
func (p *Pages) invitePage(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	usual := directory.NewMembership("", "", directory.Member)
	level, rights := usual.Level, usual.Rights
	if v.Returned {
		level, rights, _ = accessIn(r.PostForm) // what could be read
	}
	p.showInvite(w, r, v, accessOf(level, rights), nil)
}

func (p *Pages) showInvite(w http.ResponseWriter, r *http.Request, v browser.Visitor, access accessData, problem error) {
	org, err := p.AdministeredOrg(r, v)
	if err != nil {
		p.Browser.Refuse(w, r, v, err)
		return
	}
	n, status, ok := p.Noted(w, r, v, problem)
	if !ok {
		return
	}
	data := inviteData{Notes: n, accessData: access, Org: kit.PathOrgs + "/" + org.ID, Invitee: r.PostForm.Get("invitee")}
	if data.Proof, err = p.RecentProof(r, v, "invite"); err != nil {
		p.Browser.Refuse(w, r, v, err)
		return
	}
	p.Show(w, r, v, status, "invite", "Invite a member to "+org.Name, data)
}

// invite makes a user a member of an org.
func (p *Pages) invite(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	org, err := p.AdministeredOrg(r, v)
	if err != nil {
		p.Browser.Refuse(w, r, v, err)
		return
	}
	level, rights, err := accessIn(r.PostForm)
	invitee := inviteeIn(r)
	if err == nil && invitee == "" {
		err = refusal.New(refusal.Invalid, "enter a user name, an ID or an e-mail address")
	}
	if err == nil {
		v, err = p.Confirm(w, r, v)
	}
	if err == nil {
		err = p.Service.InviteMember(r.Context(), v.Caller, org.ID, invitee, accessChange(level, rights))
	}
	if err != nil {
		p.showInvite(w, r, v, accessOf(level, rights), err)
		return
	}
	p.Browser.Redirect(w, kit.PathOrgs+"/"+org.ID+"?done=invited")
}

// inviteeIn returns the ID or the e-mail address of the user in a form.
func inviteeIn(r *http.Request) string {
	name := kit.Trimmed(r, "invitee")
	if name == "" || strings.Contains(name, "@") || strings.HasPrefix(name, "user-") {
		return name
	}
	return "user-" + strings.ToLower(name)
}
