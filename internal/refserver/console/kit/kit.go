// Package kit has what the packages with pages of the console share: showing a page, what
// it says on top, the question before an action, and the password that a form asks for.
//
// It promises that a form which was refused is shown again with the reason, that a form
// which needs a recent sign-in asks for the password only of visitors without one, and that
// what a request names is an ID or a text that every store reads alike. It decides no rules:
// what a visitor may see is decided by package service, or by the row of a page.
package kit

import (
	"embed"
	"io/fs"
	"maps"
	"net/http"
	"path"
	"strings"

	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/service/overview"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
	"github.com/dxauth/dxauth/internal/refusal"
)

//go:embed templates/*.html
var ownFiles embed.FS

// Paths that pages of several packages have in common.
const (
	PathOrgs  = "/console/orgs"
	PathUsers = "/console/admin/users" // for administrators of the platform
)

// Config describes the pages of a package.
type Config struct {
	Service *service.Service
	Browser *browser.Pages
	Files   fs.FS             // with the templates in the folder "templates"
	Done    map[string]string // what a page says after an action, by the word in its address
}

// Kit shows the pages of a package.
type Kit struct {
	Service   *service.Service
	Browser   *browser.Pages
	done      map[string]string
	templates map[string]*browser.Template
}

// New returns the kit of a package.
func New(c Config) *Kit {
	k := &Kit{Service: c.Service, Browser: c.Browser, done: c.Done}
	k.templates = k.templatesIn(ownFiles)
	maps.Copy(k.templates, k.templatesIn(c.Files))
	return k
}

// templatesIn returns the templates of a folder, by name.
func (k *Kit) templatesIn(files fs.FS) map[string]*browser.Template {
	names, err := fs.Glob(files, "templates/*.html")
	if err != nil { // cannot happen: the pattern is valid
		panic(err)
	}
	templates := map[string]*browser.Template{}
	for _, name := range names {
		templates[strings.TrimSuffix(path.Base(name), ".html")] = k.Browser.Template(files, name)
	}
	return templates
}

// Show sends a page with one of the templates.
func (k *Kit) Show(w http.ResponseWriter, r *http.Request, v browser.Visitor, status int, name, title string, data any) {
	k.Browser.Render(w, r, status, browser.Page{Title: title, Content: k.templates[name], Data: data, Visitor: v})
}

// Notes are what a page says on top: after an action, or about a form that was refused.
type Notes struct{ Notice, Error string }

// Notice returns what a page says about the action that led to it. Unknown words say
// nothing.
func (k *Kit) Notice(r *http.Request) Notes {
	return Notes{Notice: k.done[r.URL.Query().Get("done")]}
}

// Noted returns what a page says about the action that led to it, or about its form that
// was refused, and its status. For an error that is none of the form's it shows a page
// and returns false.
func (k *Kit) Noted(w http.ResponseWriter, r *http.Request, v browser.Visitor, problem error) (n Notes, status int, ok bool) {
	n = k.Notice(r)
	if v.Returned {
		n.Notice = "You had to sign in before this form could be sent. It is filled in as it was: check it, and send it."
	}
	if problem == nil {
		return n, http.StatusOK, true
	}
	said := browser.ExplainForm(r, problem)
	if said.Status >= http.StatusInternalServerError {
		k.Browser.Refuse(w, r, v, problem)
		return n, said.Status, false
	}
	said.SetRetryAfter(w)
	n.Error = said.Text
	return n, said.Status, true
}

// Question is a page that asks before an action, for which a click is enough.
type Question struct {
	Title, Text, Button string
	Action, Back        string // paths; Ask sets Action
}

// Ask shows a question.
func (k *Kit) Ask(w http.ResponseWriter, r *http.Request, v browser.Visitor, q Question) {
	q.Action = r.URL.Path
	k.Show(w, r, v, http.StatusOK, "question", q.Title, q)
}

// ForAdministrators serves h to administrators of the platform only.
func (k *Kit) ForAdministrators(h func(http.ResponseWriter, *http.Request, browser.Visitor)) func(http.ResponseWriter, *http.Request, browser.Visitor) {
	return func(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
		if err := service.RequireSuperuser(v.Caller); err != nil {
			k.Browser.Refuse(w, r, v, err)
			return
		}
		h(w, r, v)
	}
}

// errNotAdmin is returned for the pages of an org to other users than its admins.
var errNotAdmin = &refusal.Error{Code: refusal.Denied, Message: "only admins of the org can see its pages"}

// AdministeredOrg returns the org in the path if the visitor is an admin of it.
func (k *Kit) AdministeredOrg(r *http.Request, v browser.Visitor) (directory.OrgView, error) {
	org, err := k.OrgWithMembers(r, v, directory.MemberQuery{})
	return org.OrgView, err
}

// OrgWithMembers is AdministeredOrg with the members that a query selects.
func (k *Kit) OrgWithMembers(r *http.Request, v browser.Visitor, query directory.MemberQuery) (overview.Org, error) {
	id, err := OrgIn(r)
	if err != nil {
		return overview.Org{}, err
	}
	org, err := overview.ReadOrg(r.Context(), k.Service, v.Caller, id, query)
	if err == nil && org.Level != directory.Admin {
		err = errNotAdmin
	}
	return org, err
}
