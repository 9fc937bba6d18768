package molgenis

import (
	"strings"

	wire "github.com/dxauth/dxauth/pkg/molgenis"
	"github.com/dxauth/dxauth/pkg/secret"
)

// sessionCookie is the name of the platform's cookie.
const sessionCookie = "JSESSIONID"

// missing is what a partial sign-in lacks. In the cookie it precedes the ticket,
// and only decides which form the user sees.
type missing string

const (
	lacksCode       missing = "code"
	lacksEnrollment missing = "enroll"
)

// page returns the form for what is missing.
func (m missing) page() string {
	if m == lacksEnrollment {
		return wire.RouteTwoFactorActivation
	}
	return wire.RouteTwoFactorAuthenticate
}

// ticket is a partial sign-in.
type ticket struct {
	lacks missing // empty if this is not a ticket
	value secret.Text
}

// ticketIn reads a ticket from a cookie; any other cookie is not a ticket.
func ticketIn(cookie secret.Text) ticket {
	lacks, value, _ := strings.Cut(cookie.Reveal(), ".")
	switch kind := missing(lacks); kind {
	case lacksCode, lacksEnrollment:
		return ticket{kind, secret.New(value)}
	default:
		return ticket{}
	}
}

func (t ticket) asCookie() secret.Text { return secret.New(string(t.lacks) + "." + t.value.Reveal()) }
