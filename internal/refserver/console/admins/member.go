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

// memberData is what the page of a member shows to admins of the org.
type memberData struct {
	kit.Notes
	kit.Proof
	accessData
	Path, Org, OrgName string // paths of this page and of the org's
	User, Name         string
	Accepted           bool
	MayReset           bool // the org made the account
}

// member shows a member of an org to its admins.
func (p *Pages) member(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	p.showMember(w, r, v, nil)
}

func (p *Pages) showMember(w http.ResponseWriter, r *http.Request, v browser.Visitor, problem error) {
	org, member, err := p.findMember(r, v)
	if err != nil {
		p.Browser.Refuse(w, r, v, err)
		return
	}
	n, status, ok := p.Noted(w, r, v, problem)
	if !ok {
		return
	}
	data := memberData{
		Notes: n, Org: kit.PathOrgs + "/" + org.ID, OrgName: org.Name, User: member.User.Handle, Name: nameOf(member.User),
		Accepted: member.Accepted, MayReset: mayReset(v, org, member), accessData: accessOf(member.Level, member.Rights),
	}
	if problem != nil || v.Returned {
		level, rights, _ := accessIn(r.PostForm) // what could be read
		data.accessData = accessOf(level, rights)
	}
	data.Path = data.Org + "/members/" + member.UserID
	if data.Proof, err = p.RecentProof(r, v, "level"); err != nil {
		p.Browser.Refuse(w, r, v, err)
		return
	}
	p.Show(w, r, v, status, "member", "Member "+member.User.Handle, data)
}

// findMember returns the org and the member in the path, if the visitor is an admin of
// the org.
func (p *Pages) findMember(r *http.Request, v browser.Visitor) (org directory.OrgView, member service.OrgMember, err error) {
	userID, err := kit.UserIn(r)
	if err != nil {
		return org, member, err
	}
	found, err := p.OrgWithMembers(r, v, directory.MemberQuery{IDs: []string{userID}, Limit: 1})
	if err == nil && len(found.Members) == 0 {
		err = directory.ErrNoMember
	}
	if err != nil {
		return org, member, err
	}
	return found.OrgView, found.Members[0], nil
}

// mayReset reports whether a page offers to reset the second factor of a member. The
// service decides.
func mayReset(v browser.Visitor, org directory.OrgView, member service.OrgMember) bool {
	isManaged := member.User.ProvisioningOrg == org.ID || v.Caller.User.Superuser
	return isManaged && member.UserID != v.Caller.User.ID
}

// nameOf returns the first and last name of a user.
func nameOf(user identity.User) string { return strings.TrimSpace(user.First + " " + user.Last) }

// setAccess changes the level and the rights of a member.
func (p *Pages) setAccess(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	org, member, err := p.findMember(r, v)
	if err != nil {
		p.Browser.Refuse(w, r, v, err)
		return
	}
	level, rights, err := accessIn(r.PostForm)
	if err == nil {
		v, err = p.Confirm(w, r, v)
	}
	if err == nil {
		err = p.Service.SetMemberAccess(r.Context(), v.Caller, org.ID, map[string]directory.AccessChange{member.UserID: accessChange(level, rights)})
	}
	if err != nil {
		p.showMember(w, r, v, err)
		return
	}
	page := kit.PathOrgs + "/" + org.ID + "/members/" + member.UserID
	if member.UserID == v.Caller.User.ID && level == directory.Member {
		page = kit.PathOrgs // the visitor cannot see the org's pages any more
	}
	p.Browser.Redirect(w, page+"?done=level")
}

// removalData is what the page before the removal of a member shows.
type removalData struct {
	kit.Notes
	Path, User, OrgName string
	Keep                bool // the user's own permissions on projects
}

// removePage asks whether a member is to be removed.
func (p *Pages) removePage(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	p.showRemoval(w, r, v, nil)
}

func (p *Pages) showRemoval(w http.ResponseWriter, r *http.Request, v browser.Visitor, problem error) {
	org, member, err := p.findMember(r, v)
	if err != nil {
		p.Browser.Refuse(w, r, v, err)
		return
	}
	n, status, ok := p.Noted(w, r, v, problem)
	if !ok {
		return
	}
	path := kit.PathOrgs + "/" + org.ID + "/members/" + member.UserID
	p.Show(w, r, v, status, "removemember", "Remove "+member.User.Handle+" from "+org.Name+"?", removalData{
		n, path, member.User.Handle, org.Name, r.PostForm.Has("keep"),
	})
}

// removeMember removes a member from an org.
func (p *Pages) removeMember(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	org, member, err := p.findMember(r, v)
	if err != nil {
		p.Browser.Refuse(w, r, v, err)
		return
	}
	removal := service.Removal{UserID: member.UserID, KeepProjects: r.PostForm.Has("keep")}
	if _, err := p.Service.RemoveMember(r.Context(), v.Caller, org.ID, removal); err != nil {
		p.showRemoval(w, r, v, err)
		return
	}
	page := kit.PathOrgs + "/" + org.ID
	if member.UserID == v.Caller.User.ID && !v.Caller.User.Superuser {
		page = kit.PathOrgs // the visitor cannot see the org's pages any more
	}
	p.Browser.Redirect(w, page+"?done=removed")
}

// memberResetPage asks whether the second factor of a member is to be reset.
func (p *Pages) memberResetPage(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	org, member, err := p.findMember(r, v)
	if err != nil {
		p.Browser.Refuse(w, r, v, err)
		return
	}
	p.Ask(w, r, v, resetQuestion(member.User.Handle, kit.PathOrgs+"/"+org.ID+"/members/"+member.UserID))
}

// resetQuestion asks whether the second factor of an account is to be reset.
func resetQuestion(user, back string) kit.Question {
	return kit.Question{
		Title:  "Reset two-factor authentication of " + user + "?",
		Text:   "The password alone is enough to sign in then. The sessions of the account end; its API tokens still work. Do this only for users who asked for it, and whom you know.",
		Button: "Reset two-factor authentication", Back: back,
	}
}

// resetMember turns the second factor of a member off.
func (p *Pages) resetMember(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	org, member, err := p.findMember(r, v)
	if err == nil {
		err = p.Service.ResetSecondFactor(r.Context(), v.Caller, service.FactorReset{UserID: member.UserID, OrgID: org.ID})
	}
	if err != nil {
		p.Browser.Refuse(w, r, v, err)
		return
	}
	p.Browser.Redirect(w, kit.PathOrgs+"/"+org.ID+"/members/"+member.UserID+"?done=factor-reset")
}
