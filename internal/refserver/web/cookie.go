package web

import (
	"net/http"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/httpkit"
	"github.com/dxauth/dxauth/pkg/secret"
)

// securePrefix is the prefix with which browsers keep a cookie from being set by
// anybody but this host.
const securePrefix = "__Host-"

// Cookie is one cookie as a request brings it, and as its answer may set it. By
// TLS its name has the prefix "__Host-". Without TLS there is a cookie on the
// machine itself only.
type Cookie struct {
	name  string // empty: none goes over this connection
	value secret.Text
}

// CookieOf reads the cookie of a name.
func CookieOf(r *http.Request, name string) Cookie {
	info := httpkit.InfoOf(r.Context())
	switch {
	case info.Secure:
		name = securePrefix + name
	case !info.Address.IsLoopback():
		return Cookie{}
	}
	cookie := Cookie{name: name}
	if sent, err := r.Cookie(name); err == nil && sent.Value != "" {
		cookie.value = secret.New(sent.Value)
	}
	return cookie
}

// IsPossible reports whether a cookie may go over the connection of the request.
func (c Cookie) IsPossible() bool { return c.name != "" }

// Value returns what the request brought; empty if nothing.
func (c Cookie) Value() secret.Text { return c.value }

// Holding returns the cookie for a value that is good for a time.
func (c Cookie) With(value secret.Text, life time.Duration) *http.Cookie {
	return &http.Cookie{
		Name: c.name, Value: value.Reveal(), Path: "/", MaxAge: int(life / time.Second),
		HttpOnly: true, Secure: strings.HasPrefix(c.name, securePrefix), SameSite: http.SameSiteLaxMode,
	}
}

// Removed returns the cookie that takes away the one of the request.
func (c Cookie) Removed() *http.Cookie {
	cookie := c.With(secret.Text{}, 0)
	cookie.MaxAge = -1
	return cookie
}
