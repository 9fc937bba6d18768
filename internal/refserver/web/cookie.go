package web

import (
	"net/http"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/httpkit"
	"github.com/dxauth/dxauth/pkg/secret"
)

// securePrefix makes browsers accept a cookie from this host only.
const securePrefix = "__Host-"

// Cookie is a cookie of a request, which the response may set. With TLS its name has
// the prefix "__Host-". Without TLS it is used only for loopback connections.
type Cookie struct {
	name  string // empty: not allowed over this connection
	value secret.Text
}

// CookieOf returns the cookie with a name.
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

// Value returns the value in the request; empty if there is none.
func (c Cookie) Value() secret.Text { return c.value }

// With returns a cookie with a value that expires after life.
func (c Cookie) With(value secret.Text, life time.Duration) *http.Cookie {
	return &http.Cookie{
		Name: c.name, Value: value.Reveal(), Path: "/", MaxAge: int(life / time.Second),
		HttpOnly: true, Secure: strings.HasPrefix(c.name, securePrefix), SameSite: http.SameSiteLaxMode,
	}
}

// Removed returns a cookie that deletes the one in the browser.
func (c Cookie) Removed() *http.Cookie {
	cookie := c.With(secret.Text{}, 0)
	cookie.MaxAge = -1
	return cookie
}
