package web

import (
	"net/http"
	"strings"

	"github.com/dxauth/dxauth/internal/refserver/httpkit"
)

// BasePath is the path below which a server is that shares its host with others; ""
// for a server that has the host to itself. It begins with a slash and does not end in
// one.
type BasePath string

// Of returns the path on the host for a path of the server.
func (b BasePath) Of(path string) string { return string(b) + path }

// Server returns the address of the server as the client of a request calls it: scheme,
// host and base path, without a slash at the end. The host is one that the server has, see
// httpkit.AllowHost.
func (b BasePath) Server(r *http.Request) string {
	scheme := "http"
	if httpkit.InfoOf(r.Context()).Secure {
		scheme = "https"
	}
	return scheme + "://" + strings.ToLower(hostPort(scheme, r.Host)) + string(b)
}

// Address is how clients reach a server.
type Address struct {
	BasePath BasePath
	URL      string // that its administrator gave, with the base path; empty: as each client calls it
}

// For returns the address of the server, without a slash at the end. The one that its
// administrator gave comes first: a proxy may hide how clients call the server, and what
// a request says must not decide where others are led.
func (a Address) For(r *http.Request) string {
	if a.URL != "" {
		return strings.TrimRight(a.URL, "/")
	}
	return a.BasePath.Server(r)
}

// Strip removes the base path from requests. What is outside of it goes to outside.
func (b BasePath) Strip(next, outside http.Handler) http.Handler {
	if b == "" {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		below, found := strings.CutPrefix(r.URL.Path, string(b))
		switch {
		case found && below == "":
			below = "/"
		case !found || below[0] != '/':
			outside.ServeHTTP(w, r)
			return
		}
		stripped, address := *r, *r.URL
		address.Path, address.RawPath = below, ""
		stripped.URL = &address
		next.ServeHTTP(w, &stripped)
	})
}

// page returns a page whose forms and link lead to the paths on the host.
func (b BasePath) page(p Page) Page {
	forms := make([]Form, len(p.Forms))
	for i, form := range p.Forms {
		form.Action = b.Of(form.Action)
		forms[i] = form
	}
	p.Forms = forms
	if p.Link.Address != "" {
		p.Link.Address = b.Of(p.Link.Address)
	}
	return p
}
