package admins

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/duration"
	"github.com/dxauth/dxauth/internal/refserver/console/kit"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/service/overview"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
	"github.com/dxauth/dxauth/internal/refusal"
)

// membersOnPage is how many members of an org a page lists.
const membersOnPage = 50

// orgData is what the page of an org shows to its admins.
type orgData struct {
	kit.Notes
	kit.Proof
	Path, ID   string
	AutoLogout string // in the form
	Present    string // the idle limit in force
	MaySet     bool   // the org may set the idle limit
	Members    []memberRow
	Next       string // path of the next page; empty: this is the last
}

// memberRow is a member of an org in the list.
type memberRow struct {
	Path, User, Name, Level string
	Accepted                bool
}

// org shows an org to its admins: its members and its idle limit.
func (p *Pages) org(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	p.showOrg(w, r, v, nil)
}

func (p *Pages) showOrg(w http.ResponseWriter, r *http.Request, v browser.Visitor, problem error) {
	org, err := p.OrgWithMembers(r, v, directory.MemberQuery{After: afterUser(r), Limit: membersOnPage})
	if err != nil {
		p.Browser.Refuse(w, r, v, err)
		return
	}
	n, status, ok := p.Noted(w, r, v, problem)
	if !ok {
		return
	}
	data := orgData{
		Notes: n, ID: org.ID, Path: kit.PathOrgs + "/" + org.ID, Present: limitText(org.AutoLogout),
		MaySet: org.UserCreationEnabled || v.Caller.User.Superuser,
	}
	if org.AutoLogout > 0 {
		data.AutoLogout = org.AutoLogout.String()
	}
	if problem != nil || v.Returned {
		data.AutoLogout = r.PostForm.Get("limit")
	}
	data.listMembers(org)
	if data.Proof, err = p.RecentProof(r, v, "limit"); err != nil {
		p.Browser.Refuse(w, r, v, err)
		return
	}
	p.Show(w, r, v, status, "org", org.Name, data)
}

// listMembers adds the members of an org to its page.
func (d *orgData) listMembers(org overview.Org) {
	for _, member := range org.Members {
		d.Members = append(d.Members, memberRow{
			Path: d.Path + "/members/" + member.UserID, User: member.User.Handle, Name: nameOf(member.User),
			Level: string(member.Level), Accepted: member.Accepted,
		})
	}
	if org.Next != "" {
		d.Next = d.Path + "?" + url.Values{"after": {org.Next}}.Encode()
	}
}

func limitText(limit time.Duration) string {
	if limit == 0 {
		return "that of the server"
	}
	return duration.Format(limit)
}

// setLimit changes after which time without use the sessions of members end.
func (p *Pages) setLimit(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	id, err := kit.OrgIn(r)
	if err != nil {
		p.Browser.Refuse(w, r, v, err)
		return
	}
	limit, err := limitIn(r)
	if err == nil {
		v, err = p.Confirm(w, r, v)
	}
	if err == nil {
		err = p.Service.UpdateOrg(r.Context(), v.Caller, id, directory.OrgChange{AutoLogout: &limit})
	}
	if err != nil {
		p.showOrg(w, r, v, err)
		return
	}
	p.Browser.Redirect(w, kit.PathOrgs+"/"+id+"?done=limit")
}

// limitIn reads the idle limit in a form; 0: that of the server.
func limitIn(r *http.Request) (time.Duration, error) {
	text := strings.TrimSpace(r.PostForm.Get("limit"))
	if text == "" {
		return 0, nil
	}
	limit, err := duration.Parse(text)
	if err != nil || limit < directory.MinAutoLogout || limit > directory.MaxAutoLogout {
		return 0, refusal.New(refusal.Invalid, "enter a time from 1 minute to 30 days, such as 30m or 12h")
	}
	return limit, nil
}
