package web

import (
	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refusal"
)

// ErrNotSignedIn refuses a call without a credential where one is needed.
var ErrNotSignedIn = &refusal.Error{Code: refusal.Unauthenticated, Reason: refusal.NotSignedIn, Message: "not signed in"}

// Access says who may call a route. The zero value lets nobody.
type Access int

// Who may call a route.
const (
	Nobody               Access = iota
	Anyone                      // a credential is not looked at
	OptionalToken               // no credential, or a good one of any scope
	Visitor                     // the same, and one that is not good is ignored: a page for everybody
	SignInForm                  // as Visitor, and also who has only signed in partially
	Token                       // a good credential of any scope; what it reaches depends on that
	WholeAccount                // a good credential for the whole account
	WholeAccountOrTicket        // the same, or no credential and the ticket of a partial sign-in
)

// Need says what an access asks of the scope of a credential. It is all that
// decides which routes a scoped token may call.
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

// IgnoresBad reports whether a credential that is not good counts as none.
func (a Access) IgnoresBad() bool { return a == Visitor || a == SignInForm }
