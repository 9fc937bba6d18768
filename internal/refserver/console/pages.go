package console

import (
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
	"github.com/dxauth/dxauth/internal/syntax"
)

// noted returns what a page says about the action that led to it, or about its form that
// was refused, and its status. For an error that is none of the form's it shows a page
// and returns false.
func (c *Console) noted(w http.ResponseWriter, r *http.Request, v browser.Visitor, problem error) (n notes, status int, ok bool) {
	n.Notice = doneText(r.URL.Query().Get("done"))
	if v.Returned {
		n.Notice = "You had to sign in before this form could be sent. It is filled in as it was: check it, and send it."
	}
	if problem == nil {
		return n, http.StatusOK, true
	}
	said := browser.ExplainForm(r, problem)
	if said.Status >= http.StatusInternalServerError {
		c.pages.Refuse(w, r, v, problem)
		return n, said.Status, false
	}
	said.SetRetryAfter(w)
	n.Error = said.Text
	return n, said.Status, true
}

// question is a page that asks before an action, for which a click is enough.
type question struct {
	Title, Text, Button string
	Action, Back        string // paths
}

// ask shows a question.
func (c *Console) ask(w http.ResponseWriter, r *http.Request, v browser.Visitor, q question) {
	q.Action = r.URL.Path
	c.show(w, r, v, http.StatusOK, "question", q.Title, q)
}

// orgIn returns the ID of the org in the path. It returns directory.ErrNoOrg for a text
// that is none: stores differ about some of them.
func orgIn(r *http.Request) (string, error) {
	id := r.PathValue("org")
	if handle, isOrg := strings.CutPrefix(id, "org-"); !isOrg || !syntax.IsOrgHandle(handle) {
		return "", directory.ErrNoOrg
	}
	return id, nil
}

// userIn returns the ID of the user in the path. It returns identity.ErrNoUser for a text
// that is none.
func userIn(r *http.Request) (string, error) {
	id := r.PathValue("user")
	if !isUserID(id) {
		return "", identity.ErrNoUser
	}
	return id, nil
}

func isUserID(id string) bool {
	handle, isUser := strings.CutPrefix(id, "user-")
	return isUser && syntax.IsUsername(handle)
}

// textIn returns a field of a query, trimmed. A text that no field of an account can have
// is as good as none.
func textIn(r *http.Request, field string) string {
	text := strings.TrimSpace(r.URL.Query().Get(field))
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) || len(text) > maxName {
		return ""
	}
	return text
}

// afterUser returns the user after whom a page of a list begins; "" is the first page.
func afterUser(r *http.Request) string {
	if id := r.URL.Query().Get("after"); isUserID(id) {
		return id
	}
	return ""
}
