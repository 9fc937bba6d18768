package kit

import (
	"net/http"
	"strings"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/service/overview"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Proof says what a form asks for besides its own fields. ID makes the IDs of its fields
// unique on the page.
type Proof struct {
	Needed, Code bool
	ID           string
	SignIn       bool // the visitor has no password, and signs in at the provider again
}

// RecentProof returns the proof of a form that needs a recent sign-in: nothing if the
// visitor has just signed in.
func (k *Kit) RecentProof(r *http.Request, v browser.Visitor, id string) (Proof, error) {
	if v.Recent {
		return Proof{}, nil
	}
	return k.FullProof(r, v, id)
}

// FullProof returns the proof of a form that always needs the password, and a code of
// those who have a second factor.
//
// Users who sign in only through a provider have no password: a recent sign-in is their
// proof.
func (k *Kit) FullProof(r *http.Request, v browser.Visitor, id string) (Proof, error) {
	account, err := overview.ReadAccount(r.Context(), k.Service, v.Caller)
	if err != nil {
		return Proof{}, err
	}
	return ProofFor(v, account, id), nil
}

// ProofFor is FullProof for a visitor whose account was read.
func ProofFor(v browser.Visitor, account overview.Account, id string) Proof {
	switch {
	case account.HasFactor: // so there is a password
		return Proof{Needed: true, Code: true, ID: id}
	case account.SSO && v.Recent:
		return Proof{}
	case account.SSO:
		return Proof{SignIn: true}
	default:
		return Proof{Needed: true, ID: id}
	}
}

// Confirm makes sure that the visitor signed in recently: with the password in the form,
// unless that is so already. It returns access.ErrReauthenticate without one.
func (k *Kit) Confirm(w http.ResponseWriter, r *http.Request, v browser.Visitor) (browser.Visitor, error) {
	shown := ProofOf(r)
	switch {
	case v.Recent:
		return v, nil
	case shown.Password.IsZero():
		return v, access.ErrReauthenticate
	default:
		return k.Browser.Confirm(w, r, v, shown.Password, shown.Code)
	}
}

// ProofOf returns the password and the code in a form.
func ProofOf(r *http.Request) service.Proof {
	return service.Proof{
		Password: secret.New(r.PostForm.Get("password")),
		Code:     secret.New(strings.TrimSpace(r.PostForm.Get("code"))),
	}
}

// Recently is the proof of a visitor after Confirm.
func Recently() service.Proof { return service.Proof{OrRecentSignIn: true} }
