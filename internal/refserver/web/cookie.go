package web

import (
	"cmp"
	"net/http"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/httpkit"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Prefixes that make browsers accept a cookie over TLS only: of a server that has the
// host to itself, from that host and for all of it, and of a server below a path.
const (
	hostPrefix = "__Host-"
	pathPrefix = "__Secure-"
)

// Cookie is a cookie of a request, which the response may set. With TLS its name has a
// prefix. Without TLS it is used only for loopback connections.
type Cookie struct {
	name   string // empty: not allowed over this connection
	path   string
	secure bool
	site   http.SameSite // the zero value: Lax
	value  secret.Text
}

// CookieOf returns the cookie of this server with a name.
func (b BasePath) CookieOf(r *http.Request, name string) Cookie {
	info := httpkit.InfoOf(r.Context())
	switch {
	case info.Secure && b == "":
		name = hostPrefix + name
	case info.Secure:
		name = pathPrefix + name
	case !info.Address.IsLoopback():
		return Cookie{}
	}
	cookie := Cookie{name: name, path: cmp.Or(string(b), "/"), secure: info.Secure}
	if sent, err := r.Cookie(name); err == nil && sent.Value != "" {
		cookie.value = secret.New(sent.Value)
	}
	return cookie
}

// IsPossible reports whether a cookie may go over the connection of the request.
func (c Cookie) IsPossible() bool { return c.name != "" }

// Value returns the value in the request; empty if there is none.
func (c Cookie) Value() secret.Text { return c.value }

// Strict returns the cookie as one that browsers send only with requests of this
// server's own pages.
func (c Cookie) Strict() Cookie {
	c.site = http.SameSiteStrictMode
	return c
}

// With returns a cookie with a value that expires after life.
func (c Cookie) With(value secret.Text, life time.Duration) *http.Cookie {
	return &http.Cookie{ // #nosec G124 -- Secure over TLS; a cookie over http would be lost otherwise
		Name: c.name, Value: value.Reveal(), Path: c.path, MaxAge: int(life / time.Second),
		HttpOnly: true, Secure: c.secure, SameSite: cmp.Or(c.site, http.SameSiteLaxMode),
	}
}

// Removed returns a cookie that deletes the one in the browser.
func (c Cookie) Removed() *http.Cookie {
	cookie := c.With(secret.Text{}, 0) // #nosec G124 -- as With sets them
	cookie.MaxAge = -1
	return cookie
}
