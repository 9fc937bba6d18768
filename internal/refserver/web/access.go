package web

import (
	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refusal"
)

// ErrNotSignedIn is returned for a call without a credential to a route that needs
// one.
var ErrNotSignedIn = &refusal.Error{Code: refusal.Unauthenticated, Reason: refusal.NotSignedIn, Message: "not signed in"}

// Access says who may call a route. The zero value denies everyone.
type Access int

// Who may call a route.
const (
	Nobody               Access = iota
	Anyone                      // a credential is ignored
	OptionalToken               // no credential, or a valid one of any scope
	Visitor                     // the same, but an invalid credential is ignored: a public page
	SignInForm                  // as Visitor, and also a partial sign-in
	Token                       // a valid credential of any scope, which limits what it reaches
	WholeAccount                // a valid credential for the whole account
	WholeAccountOrTicket        // the same, or no credential and the ticket of a partial sign-in
)

// Need returns the scope that a credential needs. Nothing else decides which routes
// a scoped token may call.
func (a Access) Need() access.Need {
	switch a {
	case OptionalToken, Visitor, SignInForm, Token:
		return access.WithinScope
	default:
		return access.WholeAccount
	}
}

// NeedsCredential reports whether a call without a credential is refused.
func (a Access) NeedsCredential() bool { return a == Nobody || a == Token || a == WholeAccount }

// IgnoresBad reports whether an invalid credential counts as none.
func (a Access) IgnoresBad() bool { return a == Visitor || a == SignInForm }
