package browser

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"html/template"
	"io"
	"io/fs"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

//go:embed templates style.css script.js
var ownFiles embed.FS

// Page is what Render shows.
type Page struct {
	Title   string
	Content *Template // made by Pages.Template
	Data    any       // of the content
	Visitor Visitor   // the zero value: nobody is signed in

	// FormTargets are origins outside of this server to which the response to a form
	// of the page may redirect, such as http://127.0.0.1:8123.
	FormTargets []string
}

// Template is the template of a page. It is parsed when the page is shown for the first
// time: a server has many, and starts for one command, too.
type Template struct{ parsed func() *template.Template }

func (t *Template) execute(w io.Writer, data any) error { return t.parsed().Execute(w, data) }

// Template returns the template in a file. In it, "path" returns the address of a path of
// the server, and the parts of templates/parts.html can be used.
func (p *Pages) Template(files fs.FS, name string) *Template {
	return &Template{sync.OnceValue(func() *template.Template {
		parsed := template.New(name).Funcs(template.FuncMap{"path": p.base.Of})
		template.Must(parsed.New("parts").Parse(p.withPaths(ownFiles, "templates/parts.html")))
		return template.Must(parsed.Parse(p.withPaths(files, name)))
	})}
}

// withPaths returns the text of a template in which the addresses of constant paths are
// text, too: a page has many, and a call costs more than all the rest of a line.
func (p *Pages) withPaths(files fs.FS, name string) string {
	text, err := fs.ReadFile(files, name)
	if err != nil { // cannot happen: it is in the program
		panic(err)
	}
	before, rest, found := strings.Cut(string(text), constantPath)
	for found {
		var path, next string
		path, next, _ = strings.Cut(rest, `"}}`)
		before += template.HTMLEscapeString(p.base.Of("/" + path))
		next, rest, found = strings.Cut(next, constantPath)
		before += next
	}
	return before
}

// constantPath begins the address of a constant path in a template.
const constantPath = `{{path "/`

// usualSize is about that of most pages, in bytes.
const usualSize = 4096

// Render shows a page in the layout that all pages share.
func (p *Pages) Render(w http.ResponseWriter, r *http.Request, status int, page Page) {
	content := bytes.NewBuffer(make([]byte, 0, usualSize))
	if err := page.Content.execute(content, page.Data); err != nil {
		panic(err) // the template does not fit its data: a fault of the program
	}
	text := p.frameFor(page.Visitor).around(page, content.Bytes()) // which html/template escaped
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy", policy(page.FormTargets))
	header.Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(status)
	_, _ = w.Write(text) // an error means that the client is gone
}

// policy returns the Content-Security-Policy of a page: nothing of other sites and
// nothing inline, and forms that lead to this server and the given origins only.
func policy(formTargets []string) string {
	return "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
		"form-action " + strings.Join(append([]string{"'self'"}, formTargets...), " ") + "; base-uri 'none'; frame-ancestors 'none'"
}

// asset is a file that all pages share.
type asset struct {
	contentType string
	content     []byte
	version     string // changes with the content
}

// readAssets returns the assets by path.
func readAssets() map[string]asset {
	assets := map[string]asset{}
	for path, contentType := range map[string]string{PathStyle: "text/css; charset=utf-8", PathScript: "text/javascript; charset=utf-8"} {
		content, err := ownFiles.ReadFile(strings.TrimPrefix(path, PathHome))
		if err != nil { // cannot happen: it is in the program
			panic(err)
		}
		sum := sha256.Sum256(content)
		assets[path] = asset{contentType, content, hex.EncodeToString(sum[:8])}
	}
	return assets
}

// serve sends an asset. Browsers keep it: another version has another address.
func (a asset) serve(w http.ResponseWriter, _ *http.Request, _ Visitor) {
	header := w.Header()
	header.Set("Content-Type", a.contentType)
	header.Set("Cache-Control", "public, max-age=31536000, immutable")
	header.Set("Content-Length", strconv.Itoa(len(a.content)))
	_, _ = w.Write(a.content) // an error means that the client is gone
}

// assetPath returns the path of an asset with its version.
func (p *Pages) assetPath(path string) string { return path + "?v=" + p.assets[path].version }
