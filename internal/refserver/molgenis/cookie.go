package molgenis

import (
	"strings"

	wire "github.com/dxauth/dxauth/pkg/molgenis"
	"github.com/dxauth/dxauth/pkg/secret"
)

// sessionCookie is the name that the platform gives its cookie.
const sessionCookie = "JSESSIONID"

// missing is what a partial sign-in lacks. It stands before the ticket in a cookie,
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

// ticket is a partial sign-in.
type ticket struct {
	lacks missing // empty: it is none
	value secret.Text
}

// ticketIn reads the cookie of a partial sign-in; other cookies are none.
func ticketIn(cookie secret.Text) ticket {
	lacks, value, _ := strings.Cut(cookie.Reveal(), ".")
	switch kind := missing(lacks); kind {
	case lacksCode, lacksEnrolment:
		return ticket{kind, secret.New(value)}
	default:
		return ticket{}
	}
}

func (t ticket) asCookie() secret.Text { return secret.New(string(t.lacks) + "." + t.value.Reveal()) }
