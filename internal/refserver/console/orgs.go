package console

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
	"github.com/dxauth/dxauth/internal/syntax"
)

const pathOrgs = "/console/orgs"

// orgsOnPage is how many orgs a page lists.
const orgsOnPage = 50

// orgsData is what the list of orgs shows.
type orgsData struct {
	notes
	Orgs []orgRow
	Next string // path of the next page; empty: this is the last
}

// orgRow is an org in the list. Only admins have a page of it.
type orgRow struct{ Path, ID, Name, Level string }

// orgs lists the orgs of the visitor.
func (c *Console) orgs(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	query := directory.OrgQuery{MinLevel: directory.Member, Describe: true, After: afterOrg(r), Limit: orgsOnPage}
	found, next, err := c.service.FindOrgs(r.Context(), v.Caller, query)
	if err != nil {
		c.pages.Refuse(w, r, v, err)
		return
	}
	data := orgsData{notes: notes{Notice: doneText(r.URL.Query().Get("done"))}}
	for _, org := range found {
		row := orgRow{ID: org.OrgID, Name: org.View.Name, Level: string(org.Level)}
		if org.Level == directory.Admin {
			row.Path = pathOrgs + "/" + org.OrgID
		}
		data.Orgs = append(data.Orgs, row)
	}
	if next != "" {
		data.Next = pathOrgs + "?" + url.Values{"after": {next}}.Encode()
	}
	c.show(w, r, v, http.StatusOK, "orgs", "Orgs", data)
}

// afterOrg returns the org after which a page of the list begins; "" is the first page.
func afterOrg(r *http.Request) string {
	id := r.URL.Query().Get("after")
	if handle, isOrg := strings.CutPrefix(id, "org-"); isOrg && syntax.IsOrgHandle(handle) {
		return id
	}
	return ""
}
