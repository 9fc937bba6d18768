package console

import (
	"net/http"
	"strings"

	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
	"github.com/dxauth/dxauth/internal/refusal"
)

// inviteData is what the form for a new member shows.
type inviteData struct {
	notes
	proof
	accessData
	Org     string // path
	Invitee string
}

// invitePage shows the form by which admins make a user a member of an org.
func (c *Console) invitePage(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	usual := directory.NewMembership("", "", directory.Member)
	level, rights := usual.Level, usual.Rights
	if v.Returned {
		level, rights, _ = accessIn(r.PostForm) // what could be read
	}
	c.showInvite(w, r, v, accessOf(level, rights), nil)
}

func (c *Console) showInvite(w http.ResponseWriter, r *http.Request, v browser.Visitor, access accessData, problem error) {
	org, err := c.administered(r, v)
	if err != nil {
		c.pages.Refuse(w, r, v, err)
		return
	}
	n, status, ok := c.noted(w, r, v, problem)
	if !ok {
		return
	}
	data := inviteData{notes: n, accessData: access, Org: pathOrgs + "/" + org.ID, Invitee: r.PostForm.Get("invitee")}
	if data.proof, err = c.recentProof(r, v, "invite"); err != nil {
		c.pages.Refuse(w, r, v, err)
		return
	}
	c.show(w, r, v, status, "invite", "Invite a member to "+org.Name, data)
}

// invite makes a user a member of an org.
func (c *Console) invite(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	org, err := c.administered(r, v)
	if err != nil {
		c.pages.Refuse(w, r, v, err)
		return
	}
	level, rights, err := accessIn(r.PostForm)
	invitee := inviteeIn(r)
	if err == nil && invitee == "" {
		err = refusal.New(refusal.Invalid, "enter a user name, an ID or an e-mail address")
	}
	if err == nil {
		v, err = c.confirm(w, r, v)
	}
	if err == nil {
		err = c.service.InviteMember(r.Context(), v.Caller, org.ID, invitee, accessChange(level, rights))
	}
	if err != nil {
		c.showInvite(w, r, v, accessOf(level, rights), err)
		return
	}
	c.pages.Redirect(w, pathOrgs+"/"+org.ID+"?done=invited")
}

// inviteeIn returns the ID or the e-mail address of the user in a form.
func inviteeIn(r *http.Request) string {
	name := trimmed(r, "invitee")
	if name == "" || strings.Contains(name, "@") || strings.HasPrefix(name, "user-") {
		return name
	}
	return "user-" + strings.ToLower(name)
}
