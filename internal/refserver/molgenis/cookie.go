package molgenis

import (
	"net/http"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/httpkit"
	wire "github.com/dxauth/dxauth/pkg/molgenis"
	"github.com/dxauth/dxauth/pkg/secret"
)

// The session cookie has the platform's name. By TLS it also has the prefix with
// which browsers keep it from being set by anybody else. Without TLS there is one
// on the machine itself only.
const (
	plainCookie  = "JSESSIONID"
	secureCookie = "__Host-" + plainCookie
)

// cookieJar is what a request brings, and may get, in its cookie.
type cookieJar struct {
	name    string // of the cookie; empty: none goes over this connection
	session secret.Text
}

func cookieJarOf(r *http.Request) cookieJar {
	var jar cookieJar
	info := httpkit.InfoOf(r.Context())
	switch {
	case info.Secure:
		jar.name = secureCookie
	case info.Address.IsLoopback():
		jar.name = plainCookie
	default:
		return jar
	}
	if cookie, err := r.Cookie(jar.name); err == nil && cookie.Value != "" {
		jar.session = secret.New(cookie.Value)
	}
	return jar
}

// holding makes the cookie for a value that is good for a time.
func (j cookieJar) holding(value secret.Text, life time.Duration) *http.Cookie {
	return &http.Cookie{
		Name: j.name, Value: value.Reveal(), Path: "/", MaxAge: int(life / time.Second),
		HttpOnly: true, Secure: j.name == secureCookie, SameSite: http.SameSiteLaxMode,
	}
}

// empty makes the cookie that takes away another one.
func (j cookieJar) empty() *http.Cookie {
	cookie := j.holding(secret.Text{}, 0)
	cookie.MaxAge = -1
	return cookie
}

// missing is what half a sign-in lacks. It stands before the ticket in a cookie,
// where it only says to which form one is led.
type missing string

const (
	lacksCode      missing = "code"
	lacksEnrolment missing = "enrol"
)

// page is the form for what is missing.
func (m missing) page() string {
	if m == lacksEnrolment {
		return wire.RouteTwoFactorActivation
	}
	return wire.RouteTwoFactorAuthenticate
}

// ticket is half a sign-in.
type ticket struct {
	lacks missing // empty: it is none
	value secret.Text
}

// ticket reads a cookie of half a sign-in; other cookies are none.
func (j cookieJar) ticket() ticket {
	lacks, value, _ := strings.Cut(j.session.Reveal(), ".")
	switch kind := missing(lacks); kind {
	case lacksCode, lacksEnrolment:
		return ticket{kind, secret.New(value)}
	default:
		return ticket{}
	}
}

func (t ticket) asCookie() secret.Text { return secret.New(string(t.lacks) + "." + t.value.Reveal()) }
