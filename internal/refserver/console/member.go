package console

import (
	"net/http"
	"strings"

	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
)

// memberData is what the page of a member shows to admins of the org.
type memberData struct {
	notes
	proof
	accessData
	Path, Org, OrgName string // paths of this page and of the org's
	User, Name         string
	Accepted           bool
	MayReset           bool // the org made the account
}

// member shows a member of an org to its admins.
func (c *Console) member(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	c.showMember(w, r, v, nil)
}

func (c *Console) showMember(w http.ResponseWriter, r *http.Request, v browser.Visitor, problem error) {
	org, member, err := c.findMember(r, v)
	if err != nil {
		c.pages.Refuse(w, r, v, err)
		return
	}
	n, status, ok := c.noted(w, r, v, problem)
	if !ok {
		return
	}
	data := memberData{
		notes: n, Org: pathOrgs + "/" + org.ID, OrgName: org.Name, User: member.User.Handle, Name: nameOf(member.User),
		Accepted: member.Accepted, MayReset: mayReset(v, org, member), accessData: accessOf(member.Level, member.Rights),
	}
	if problem != nil || v.Returned {
		level, rights, _ := accessIn(r.PostForm) // what could be read
		data.accessData = accessOf(level, rights)
	}
	data.Path = data.Org + "/members/" + member.UserID
	if data.proof, err = c.recentProof(r, v, "level"); err != nil {
		c.pages.Refuse(w, r, v, err)
		return
	}
	c.show(w, r, v, status, "member", "Member "+member.User.Handle, data)
}

// findMember returns the org and the member in the path, if the visitor is an admin of
// the org.
func (c *Console) findMember(r *http.Request, v browser.Visitor) (org directory.OrgView, member service.OrgMember, err error) {
	userID, err := userIn(r)
	if err != nil {
		return org, member, err
	}
	if org, err = c.administered(r, v); err != nil {
		return org, member, err
	}
	query := service.MemberQuery{MemberQuery: directory.MemberQuery{IDs: []string{userID}, Limit: 1}, Users: true}
	members, _, err := c.service.OrgMembers(r.Context(), v.Caller, org.ID, query)
	if err == nil && len(members) == 0 {
		err = directory.ErrNoMember
	}
	if err != nil {
		return org, member, err
	}
	return org, members[0], nil
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
func (c *Console) setAccess(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	org, member, err := c.findMember(r, v)
	if err != nil {
		c.pages.Refuse(w, r, v, err)
		return
	}
	level, rights, err := accessIn(r.PostForm)
	if err == nil {
		v, err = c.confirm(w, r, v)
	}
	if err == nil {
		err = c.service.SetMemberAccess(r.Context(), v.Caller, org.ID, map[string]directory.AccessChange{member.UserID: accessChange(level, rights)})
	}
	if err != nil {
		c.showMember(w, r, v, err)
		return
	}
	page := pathOrgs + "/" + org.ID + "/members/" + member.UserID
	if member.UserID == v.Caller.User.ID && level == directory.Member {
		page = pathOrgs // the visitor cannot see the org's pages any more
	}
	c.pages.Redirect(w, page+"?done=level")
}

// removalData is what the page before the removal of a member shows.
type removalData struct {
	notes
	Path, User, OrgName string
}

// removePage asks whether a member is to be removed.
func (c *Console) removePage(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	c.showRemoval(w, r, v, nil)
}

func (c *Console) showRemoval(w http.ResponseWriter, r *http.Request, v browser.Visitor, problem error) {
	org, member, err := c.findMember(r, v)
	if err != nil {
		c.pages.Refuse(w, r, v, err)
		return
	}
	n, status, ok := c.noted(w, r, v, problem)
	if !ok {
		return
	}
	path := pathOrgs + "/" + org.ID + "/members/" + member.UserID
	c.show(w, r, v, status, "removemember", "Remove "+member.User.Handle+" from "+org.Name+"?", removalData{n, path, member.User.Handle, org.Name})
}

// removeMember removes a member from an org.
func (c *Console) removeMember(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	org, member, err := c.findMember(r, v)
	if err != nil {
		c.pages.Refuse(w, r, v, err)
		return
	}
	removal := service.Removal{UserID: member.UserID, KeepProjects: r.PostForm.Has("keep")}
	if _, err := c.service.RemoveMember(r.Context(), v.Caller, org.ID, removal); err != nil {
		c.showRemoval(w, r, v, err)
		return
	}
	page := pathOrgs + "/" + org.ID
	if member.UserID == v.Caller.User.ID && !v.Caller.User.Superuser {
		page = pathOrgs // the visitor cannot see the org's pages any more
	}
	c.pages.Redirect(w, page+"?done=removed")
}

// memberResetPage asks whether the second factor of a member is to be reset.
func (c *Console) memberResetPage(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	org, member, err := c.findMember(r, v)
	if err != nil {
		c.pages.Refuse(w, r, v, err)
		return
	}
	c.ask(w, r, v, resetQuestion(member.User.Handle, pathOrgs+"/"+org.ID+"/members/"+member.UserID))
}

// resetQuestion asks whether the second factor of an account is to be reset.
func resetQuestion(user, back string) question {
	return question{
		Title:  "Reset two-factor authentication of " + user + "?",
		Text:   "The password alone is enough to sign in then. The sessions of the account end; its API tokens still work. Do this only for users who asked for it, and whom you know.",
		Button: "Reset two-factor authentication", Back: back,
	}
}

// resetMember turns the second factor of a member off.
func (c *Console) resetMember(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	org, member, err := c.findMember(r, v)
	if err == nil {
		err = c.service.ResetSecondFactor(r.Context(), v.Caller, service.FactorReset{UserID: member.UserID, OrgID: org.ID})
	}
	if err != nil {
		c.pages.Refuse(w, r, v, err)
		return
	}
	c.pages.Redirect(w, pathOrgs+"/"+org.ID+"/members/"+member.UserID+"?done=factor-reset")
}
