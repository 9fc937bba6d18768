package sso

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/idtoken"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
	"github.com/dxauth/dxauth/internal/refusal"
)

// Refusals of this package.
var (
	errNoProvider = &refusal.Error{Code: refusal.NotFound, Message: "this server has no such provider"}
	errBusy       = &refusal.Error{Code: refusal.Unavailable, Reason: refusal.Busy, Message: "too many sign-ins with a provider are waiting"}
	errPlainHTTP  = &refusal.Error{Code: refusal.Denied, Message: "signing in with a browser needs https, or a browser on the same machine"}
	// errOtherIssuer is returned for a response that another provider sent.
	errOtherIssuer = &idtoken.InvalidError{Problem: "another provider sent the response"}
)

// refusedError is an error that the provider reported (RFC 6749, sections 4.1.2.1 and
// 5.2).
type refusedError struct {
	code   string
	status int // of the token endpoint; 0: the provider told the browser
}

// Error has the code only if it is one: anybody can put text into an address.
func (e *refusedError) Error() string {
	isPlain := func(r rune) bool { return 'a' <= r && r <= 'z' || r == '_' }
	code := e.code
	if code == "" || len(code) > 40 || strings.ContainsFunc(code, func(r rune) bool { return !isPlain(r) }) {
		code = "an unknown error"
	}
	if e.status == 0 {
		return "the provider reports " + code
	}
	return fmt.Sprintf("the token endpoint of the provider reports %s with status %d", code, e.status)
}

// isCancelled reports whether the user said no at the provider.
func (e *refusedError) isCancelled() bool { return e.status == 0 && e.code == "access_denied" }

// refusedData is what the page about a refused sign-in shows.
type refusedData struct {
	Text    string
	Details []string // for the administrator
	Command string   // that the administrator can run
	SignIn  string
}

func (h *Handler) refused(w http.ResponseWriter, r *http.Request, status int, title string, data refusedData) {
	data.SignIn = browser.PathSignIn
	h.show(w, r, status, "refused", browser.Page{Title: title, Data: data})
}

// startAgain says that the sign-in has to begin anew. It leaves the cookie alone: another
// site can lead a browser to such a page, and a sign-in in progress has to survive that.
func (h *Handler) startAgain(w http.ResponseWriter, r *http.Request, text string) {
	h.refused(w, r, http.StatusForbidden, "Sign in again", refusedData{Text: text + " Start again."})
}

// refuseProvider says that the provider's response is of no use. The cause is for the log,
// except for what the user can do something about.
func (h *Handler) refuseProvider(w http.ResponseWriter, r *http.Request, p *provider, err error) {
	said, isRefused := errors.AsType[*refusedError](err)
	switch {
	case errors.Is(err, identity.ErrNoTicket):
		h.startAgain(w, r, "This sign-in was used before.")
		return
	case isRefused && said.isCancelled():
		h.refused(w, r, http.StatusForbidden, "Not signed in", refusedData{Text: "You cancelled the sign-in at " + p.Title + "."})
		return
	case isKnown(err):
		h.noteFailure(r, p, err)
	default:
		h.pages.Refuse(w, r, browser.Visitor{}, err)
		return
	}
	text := p.Title + " sent a response that this server cannot accept."
	if _, ok := errors.AsType[*idtoken.ProviderError](err); ok {
		text = "This server cannot reach " + p.Title + " now."
	}
	h.refused(w, r, http.StatusBadGateway, "Sign-in failed", refusedData{
		Text:    text + " Try again; if it happens again, tell the administrator of this server, whose log has the cause.",
		Details: shownCause(err),
	})
}

// isKnown reports whether an error is about a provider, as opposed to this server.
func isKnown(err error) bool {
	_, isRefused := errors.AsType[*refusedError](err)
	_, isInvalid := errors.AsType[*idtoken.InvalidError](err)
	_, isProvider := errors.AsType[*idtoken.ProviderError](err)
	return isRefused || isInvalid || isProvider
}

// shownCause returns what of a cause anybody may see: what is wrong with a token, but
// nothing of this server's network.
func shownCause(err error) []string {
	if invalid, ok := errors.AsType[*idtoken.InvalidError](err); ok {
		return []string{invalid.Error()}
	}
	if refused, ok := errors.AsType[*refusedError](err); ok {
		return []string{refused.Error()}
	}
	return nil
}

// refuseSignIn says why a sign-in leads to no session, or asks for the password that links
// the account.
func (h *Handler) refuseSignIn(w http.ResponseWriter, r *http.Request, p *provider, a attempt, err error) {
	offer, isOffer := refusal.DetailsOf[identity.LinkOffer](err)
	switch {
	case isOffer:
		h.askPassword(w, r, p, http.StatusOK, linkData{Username: offer.Username})
	case errors.Is(err, identity.ErrNoTicket):
		h.startAgain(w, r, "This sign-in was used before, or it took too long.")
	case errors.Is(err, identity.ErrNotLinked):
		h.refuseUnknown(w, r, p, a, err)
	default:
		h.pages.Refuse(w, r, browser.Visitor{}, err)
	}
}

// refuseUnknown says what the administrator needs to link the account.
func (h *Handler) refuseUnknown(w http.ResponseWriter, r *http.Request, p *provider, a attempt, err error) {
	who, pendingErr := h.linking.Pending(r.Context(), a.ticket(), p.Name)
	if pendingErr != nil {
		h.pages.Refuse(w, r, browser.Visitor{}, err)
		return
	}
	h.refused(w, r, http.StatusForbidden, "No account is linked", refusedData{
		Text: fmt.Sprintf("You signed in at %s as %s, but no account of this server is linked to that. "+
			"Ask the administrator of this server to link yours, or sign in with your password.", p.Title, nameOf(who)),
		Command: "dxauth admin user link NAME --provider " + p.Name + " --subject " + quoted(who.Subject),
	})
}

// quoted returns a text as one word of a shell, whatever a provider put into it.
func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// linkData is what the page that asks for a password shows.
type linkData struct {
	Provider, Username, Error, Action string
}

func (h *Handler) askPassword(w http.ResponseWriter, r *http.Request, p *provider, status int, data linkData) {
	data.Provider, data.Action = p.Title, "/sso/"+p.Name+"/link"
	h.show(w, r, status, "link", browser.Page{Title: "Link your account", Data: data})
}

// refuseLink asks again after a wrong password.
func (h *Handler) refuseLink(w http.ResponseWriter, r *http.Request, p *provider, a attempt, err error) {
	code := refusal.CodeOf(err)
	if code != refusal.WrongCredentials && code != refusal.Throttled {
		h.refuseSignIn(w, r, p, a, err)
		return
	}
	offer, offerErr := h.linking.Offer(r.Context(), a.ticket(), p.Name)
	if offerErr != nil {
		h.refuseSignIn(w, r, p, a, offerErr)
		return
	}
	said := browser.Explain(err)
	said.SetRetryAfter(w)
	h.askPassword(w, r, p, said.Status, linkData{Username: offer.Username, Error: said.Text})
}
