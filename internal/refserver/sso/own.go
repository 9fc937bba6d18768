package sso

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
	"github.com/dxauth/dxauth/pkg/secret"
)

// PathIdentities is the page with the identities of the visitor's account.
const PathIdentities = "/console/security/identities"

// OwnPath returns the path of the page on which a visitor begins to link an identity at a
// provider.
func OwnPath(provider string) string { return "/sso/own/" + provider + "/begin" }

// ownData is what that page shows.
type ownData struct{ Provider, User, Action, Back string }

// ownPage says what happens when an identity is linked, with a button that leads to the
// provider.
func (h *Handler) ownPage(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	p, found := h.find(w, r, v)
	if !found {
		return
	}
	if err := h.linking.CheckOwnLink(r.Context(), v.Caller, p.Name); err != nil {
		h.pages.Refuse(w, r, v, err)
		return
	}
	h.show(w, r, http.StatusOK, "own", browser.Page{
		Title: "Link an account at " + p.Title, Visitor: v,
		Data: ownData{p.Title, v.Caller.User.Handle, OwnPath(p.Name), PathIdentities},
	})
}

// startOwn sends a visitor, who has just signed in here, to the provider.
func (h *Handler) startOwn(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	p, found := h.find(w, r, v)
	if !found {
		return
	}
	if err := h.linking.CheckOwnLink(r.Context(), v.Caller, p.Name); err != nil {
		h.pages.Refuse(w, r, v, err)
		return
	}
	a, err := h.newAttempt(r, p, attempt{Next: PathIdentities})
	if err != nil {
		h.pages.Refuse(w, r, v, err)
		return
	}
	a.Own = h.bound(v, a).Reveal()
	h.sendTo(w, r, p, a)
}

// bound returns what binds an attempt to the session of a visitor. Only a visitor who
// signed in recently gets it: without it, whoever can set a cookie in another browser could
// link an identity to the account of its user.
func (h *Handler) bound(v browser.Visitor, a attempt) secret.Text {
	return h.pages.Bind(v, fmt.Sprintf("link\x00%s\x00%s\x00%d", a.Random, a.Provider, a.Made))
}

// isOwn reports whether a visitor began an attempt to link an identity in the session of
// the request.
func (h *Handler) isOwn(v browser.Visitor, a attempt) bool {
	return v.IsSignedIn() && a.Own != "" && h.bound(v, a).Equal(secret.New(a.Own))
}

// textOtherSession is what a page says in another session than the one of the attempt.
const textOtherSession = "You signed in again, or out, since you began to link an account."

// attachData is what the page after the sign-in at the provider shows.
type attachData struct{ Provider, Who, User, Action, Back string }

// confirmOwn shows which identity is linked to which account, and a button that does it.
func (h *Handler) confirmOwn(w http.ResponseWriter, r *http.Request, v browser.Visitor, p *provider, a attempt) {
	if !h.isOwn(v, a) {
		h.startAgain(w, r, textOtherSession)
		return
	}
	who, err := h.linking.Pending(r.Context(), a.ticket(), p.Name)
	if err != nil {
		h.refuseSignIn(w, r, p, a, err)
		return
	}
	h.show(w, r, http.StatusOK, "attach", browser.Page{
		Title: "Link " + nameOf(who) + "?", Visitor: v,
		Data: attachData{p.Title, nameOf(who), v.Caller.User.Handle, "/sso/own/" + p.Name + "/attach", PathIdentities},
	})
}

// attach links the identity to the visitor's account.
func (h *Handler) attach(w http.ResponseWriter, r *http.Request, v browser.Visitor, p *provider, a attempt) {
	if !h.isOwn(v, a) {
		h.startAgain(w, r, textOtherSession)
		return
	}
	err := h.linking.LinkOwn(r.Context(), v.Caller, a.ticket(), p.Name)
	switch {
	case errors.Is(err, identity.ErrNoTicket):
		h.startAgain(w, r, "This sign-in was used before, or it took too long.")
	case errors.Is(err, identity.ErrIdentityTaken):
		h.drop(w, r)
		h.pages.Refuse(w, r, v, identity.ErrIdentityTaken)
	case err != nil:
		h.pages.Refuse(w, r, v, err)
	default:
		h.drop(w, r)
		h.pages.Redirect(w, PathIdentities+"?done=own-linked")
	}
}

// toIdentities leads to the page with the identities: an identity is linked by a form only.
func (h *Handler) toIdentities(w http.ResponseWriter, _ *http.Request, _ browser.Visitor) {
	h.pages.Redirect(w, PathIdentities)
}
