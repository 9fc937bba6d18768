package console

import (
	"net/http"
	"strings"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
	"github.com/dxauth/dxauth/pkg/secret"
)

// notes are what a page says on top: after an action, or about a form that was refused.
type notes struct{ Notice, Error string }

// proof says what a form asks for besides its own fields. ID makes the IDs of its fields
// unique on the page.
type proof struct {
	Needed, Code bool
	ID           string
	SignIn       bool // the visitor has no password, and signs in at the provider again
}

// recentProof returns the proof of a form that needs a recent sign-in: nothing if the
// visitor has just signed in.
func (c *Console) recentProof(r *http.Request, v browser.Visitor, id string) (proof, error) {
	if v.Recent {
		return proof{}, nil
	}
	return c.fullProof(r, v, id)
}

// fullProof returns the proof of a form that always needs the password, and a code of
// those who have a second factor.
//
// Users who sign in only through a provider have no password: a recent sign-in is their
// proof.
func (c *Console) fullProof(r *http.Request, v browser.Visitor, id string) (proof, error) {
	factor, err := c.service.TwoFactorStatus(r.Context(), v.Caller)
	if err != nil {
		return proof{}, err
	}
	return c.proofWith(r, v, id, factor)
}

// proofWith is fullProof for a visitor whose second factor is known.
func (c *Console) proofWith(r *http.Request, v browser.Visitor, id string, factor identity.FactorStatus) (proof, error) {
	if factor.On { // so there is a password
		return proof{Needed: true, Code: true, ID: id}, nil
	}
	user, err := c.service.User(r.Context(), v.Caller.User.ID)
	switch {
	case err != nil:
		return proof{}, err
	case user.SSO && v.Recent:
		return proof{}, nil
	case user.SSO:
		return proof{SignIn: true}, nil
	default:
		return proof{Needed: true, ID: id}, nil
	}
}

// confirm makes sure that the visitor signed in recently: with the password in the form,
// unless that is so already. It returns access.ErrReauthenticate without one.
func (c *Console) confirm(w http.ResponseWriter, r *http.Request, v browser.Visitor) (browser.Visitor, error) {
	shown := proofOf(r)
	switch {
	case v.Recent:
		return v, nil
	case shown.Password.IsZero():
		return v, access.ErrReauthenticate
	default:
		return c.pages.Confirm(w, r, v, shown.Password, shown.Code)
	}
}

// proofOf returns the password and the code in a form.
func proofOf(r *http.Request) service.Proof {
	return service.Proof{
		Password: secret.New(r.PostForm.Get("password")),
		Code:     secret.New(strings.TrimSpace(r.PostForm.Get("code"))),
	}
}

// recently is the proof of a visitor after confirm.
func recently() service.Proof { return service.Proof{OrRecentSignIn: true} }
