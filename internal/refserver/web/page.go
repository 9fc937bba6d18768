package web

import (
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/dxauth/dxauth/pkg/secret"
)

// Page is a plain HTML page with forms, for clients that look for a field in it and
// for users who open it in a browser.
type Page struct {
	Title, Message string
	URI            secret.Text   // otpauth, of a new second factor
	Codes          []secret.Text // recovery codes
	Forms          []Form
	Link           Link   // below the forms; the zero value: no link
	Note           string // shown if there is no link
}

// Form is a form whose fields are posted to Action.
type Form struct {
	Action, Button string
	Fields         []Input
}

// Input is a field of a form. Kind is its HTML type; a "hidden" one has no label.
type Input struct {
	Name, Label, Kind string
	Value             secret.Text // only of a hidden field
}

// Link is a link to another page.
type Link struct{ Address, Text string }

// pageTemplate is parsed on first use.
var pageTemplate = sync.OnceValue(func() *template.Template { return template.Must(template.New("page").Parse(pageText)) })

const pageText = `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{{.Title}}</title></head><body>
<h1>{{.Title}}</h1>
{{with .Message}}<p role="alert">{{.}}</p>
{{end}}{{if not .URI.IsZero}}<p>Give your authenticator app this address, or the key in it: <code id="otpauth">{{.URI.Reveal}}</code></p>
{{end}}{{with .Codes}}<p>Keep these recovery codes; they are not shown again.</p>
<ul>{{range .}}<li><code>{{.Reveal}}</code></li>{{end}}</ul>
{{end}}{{range .Forms}}<form method="post" action="{{.Action}}">
{{range .Fields}}{{if eq .Kind "hidden"}}<input type="hidden" name="{{.Name}}" value="{{.Value.Reveal}}">
{{else}}<label>{{.Label}} <input type="{{.Kind}}" name="{{.Name}}"></label>
{{end}}{{end}}<button>{{.Button}}</button>
</form>
{{end}}{{if .Link.Address}}<p><a href="{{.Link.Address}}">{{.Link.Text}}</a></p>
{{else if .Note}}<p>{{.Note}}</p>
{{end}}</body></html>
`

// WritePage sends a page, with a policy that allows it only to submit forms to this
// server. Addresses in the page are paths of the server.
func (b BasePath) WritePage(w http.ResponseWriter, p Page) {
	p = b.page(p)
	var text strings.Builder
	if err := pageTemplate().Execute(&text, p); err != nil { // cannot happen: a strings.Builder does not fail
		panic(err)
	}
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy", "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	header.Set("Content-Length", strconv.Itoa(text.Len()))
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write([]byte(text.String())) // an error means that the client is gone
}
