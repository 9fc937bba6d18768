// Package browser has what every page of the reference server shares: the session of a
// browser, the sign-in page, and the layout.
//
// It promises that a session of a browser is a session like any other, so idle limits,
// lists and revocation apply to it; that its cookie is not sent over a connection that
// others can read; that a sign-in gives the browser a new session and ends the one
// before; that a page which needs a recent sign-in also needs a cookie that browsers
// send only with requests of this server's own pages; that nobody is led to another
// site; that a form which its user could not send before a sign-in is shown to that user
// only, without secrets, and not sent by itself; and that every page and every error has
// the same headers, works without scripts, and has no text that could become markup.
//
// A package with pages lists them as rows and calls [Pages.Serve]. The pages of this package
// are the sign-in and the sign-out. Password and code are checked by package service.
package browser

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/seal"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/web"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Protocol is the name of the pages among the protocols of sessions.
const Protocol access.Protocol = "web"

// Paths of the pages.
const (
	PathHome     = "/console/"
	PathSignIn   = "/console/sign-in"
	PathCode     = "/console/sign-in/code"
	PathRecovery = "/console/sign-in/recovery"
	PathSignOut  = "/console/sign-out"
	PathStyle    = "/console/style.css"
	PathScript   = "/console/script.js"
)

// Config describes the pages of a server.
type Config struct {
	Service  *service.Service
	BasePath web.BasePath
	Log      *slog.Logger
	Key      seal.Key // the same in all servers of a store
	Name     string   // of the server, in the titles of its pages

	// Providers returns the buttons below the sign-in form; nil: none.
	Providers func() []Provider
	// Menu returns the links that a visitor finds on every page; nil: none.
	Menu func(Visitor) []Link
	// SignUp is the path of the page where users sign up, if the server allows that.
	SignUp string
}

// Provider is a button of the sign-in page. Its form goes to the path Start, with the
// field "next".
type Provider struct{ Name, Title, Start string }

// Link is a link in the menu.
type Link struct{ Text, Path string }

// Pages serves the pages of this package, and helps others to serve theirs.
type Pages struct {
	service   *service.Service
	base      web.BasePath
	log       *slog.Logger
	key       []byte // for keyed hashes
	seal      seal.Key
	name      string
	providers func() []Provider
	menu      func(Visitor) []Link
	signUp    string
	layout    *Template
	frames    frames
	templates map[string]*Template
	assets    map[string]asset
	handler   http.Handler
}

// New returns the pages of a server.
func New(c Config) *Pages {
	p := &Pages{
		service: c.Service, base: c.BasePath, log: c.Log, name: c.Name, signUp: c.SignUp,
		seal: c.Key, key: c.Key.Bytes(), providers: c.Providers, menu: c.Menu,
	}
	if p.providers == nil {
		p.providers = func() []Provider { return nil }
	}
	if p.menu == nil {
		p.menu = func(Visitor) []Link { return nil }
	}
	p.assets = readAssets()
	p.layout = p.Template(ownFiles, "templates/layout.html")
	p.frames.byMenu = map[string]frame{}
	p.templates = map[string]*Template{}
	for _, name := range []string{"signin", "code", "message", "enroll", "offer", "codes", "codesleft"} {
		p.templates[name] = p.Template(ownFiles, "templates/"+name+".html")
	}
	p.handler = p.Serve(p.rows())
	return p
}

// ServeHTTP serves the pages of this package.
func (p *Pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == PathSession && r.Method == http.MethodGet {
		p.left(w, r) // it knows no visitor
		return
	}
	p.handler.ServeHTTP(w, r)
}

func (p *Pages) rows() []Row {
	rows := []Row{
		{Pattern: "GET " + PathSignIn, Who: Anyone, Handle: p.signInPage},
		{Pattern: "POST " + PathSignIn, Who: Anyone, Handle: p.signIn},
		{Pattern: "GET " + PathCode, Who: Anyone, Handle: p.codePage},
		{Pattern: "POST " + PathCode, Who: Anyone, Handle: p.checkCode},
		{Pattern: "GET " + PathRecovery, Who: Anyone, Handle: p.codePage},
		{Pattern: "POST " + PathRecovery, Who: Anyone, Handle: p.checkCode},
		{Pattern: "GET " + pathCodesLeft, Who: SignedIn, Handle: p.codesLeft},
		{Pattern: "POST " + PathSignOut, Who: Anyone, Handle: p.signOut},
		{Pattern: "GET " + pathForget, Who: Anyone, Handle: p.forgetPages},
		{Pattern: "POST " + PathSession, Who: SignedIn, Handle: p.use},
	}
	rows = append(rows, p.enrollRows()...)
	for path, a := range p.assets {
		rows = append(rows, Row{Pattern: "GET " + path, Who: Anyone, Handle: a.serve})
	}
	return rows
}

// Visitor is the user of a browser. The zero value is nobody.
type Visitor struct {
	Caller service.Caller
	// Recent reports whether the visitor signed in within the last minutes, and comes
	// from a page of this server.
	Recent bool
	// Returned reports whether the visitor had to sign in before a form could be sent. The
	// request has its fields in PostForm, for the page that shows it; nothing was sent.
	Returned bool
	ended    string // why the session ended, for the query of the sign-in page; empty: it did not
}

// IsSignedIn reports whether the visitor has a session.
func (v Visitor) IsSignedIn() bool { return v.Caller.User.ID != "" }

// endedQuery returns the query of the sign-in page that says why the session ended.
func (v Visitor) endedQuery() url.Values {
	if v.ended == "" {
		return url.Values{}
	}
	return url.Values{fieldEnded: {v.ended}}
}

// recentLife is how long browsers keep the cookie of a recent sign-in. The session
// itself decides what is recent.
const recentLife = 5 * time.Minute

// recentText returns the value of the cookie of a recent sign-in, which belongs to one
// session.
func (p *Pages) recentText(signature string) secret.Text {
	return p.keyed("recent sign-in\x00" + signature)
}

// Bind returns a text that belongs to the session of a visitor and to what is given.
func (p *Pages) Bind(v Visitor, to string) secret.Text {
	return p.keyed("bound\x00" + v.Caller.Token.Signature + "\x00" + to)
}

// keyed returns a keyed hash: nobody without the key can compute it.
func (p *Pages) keyed(text string) secret.Text {
	mac := hmac.New(sha256.New, p.key)
	mac.Write([]byte(text))
	return secret.New(base64.RawURLEncoding.EncodeToString(mac.Sum(nil)))
}
