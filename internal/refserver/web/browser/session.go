package browser

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/budget"
	"github.com/dxauth/dxauth/internal/refserver/httpkit"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Names of the cookies, to which TLS adds a prefix.
const (
	sessionCookie = "dxauth"
	recentCookie  = "dxauth-recent" // SameSite=Strict
	ticketCookie  = "dxauth-ticket" // of a sign-in that lacks a code
)

// withVisitor finds the visitor of a request. Whoever had a session that has ended is
// nobody, so that it disturbs neither a sign-in nor a style sheet.
func (p *Pages) withVisitor(h func(http.ResponseWriter, *http.Request, Visitor)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v, err := p.visitor(r)
		if err != nil && !isBadSession(err) {
			p.Refuse(w, r, Visitor{}, err)
			return
		}
		switch {
		case err == nil:
		case refusal.CodeOf(err) == refusal.SessionEnded: // its cookie says whose forms other windows may lose
			v.ended = endWord(refusal.ReasonOf(err))
		default:
			http.SetCookie(w, p.base.CookieOf(r, sessionCookie).Removed()) // unknown ones are counted
		}
		running, end, err := p.service.Begin(r.Context(), v.Caller)
		if err != nil {
			p.Refuse(w, r, v, err)
			return
		}
		defer end()
		h(turnEnder{w, running}, r.WithContext(running), v)
	})
}

// turnEnder gives back the turn of a request when its response is written: who reads that
// slowly must not keep others waiting.
type turnEnder struct {
	http.ResponseWriter
	request context.Context
}

func (t turnEnder) WriteHeader(status int) {
	budget.EndTurn(t.request)
	t.ResponseWriter.WriteHeader(status)
}

func (t turnEnder) Write(body []byte) (int, error) {
	budget.EndTurn(t.request)
	return t.ResponseWriter.Write(body)
}

// Unwrap lets http.ResponseController reach the connection.
func (t turnEnder) Unwrap() http.ResponseWriter { return t.ResponseWriter }

// visitor authenticates the session of a request; without one the visitor is nobody.
func (p *Pages) visitor(r *http.Request) (Visitor, error) {
	bearer := p.base.CookieOf(r, sessionCookie).Value()
	if bearer.IsZero() {
		return Visitor{}, nil
	}
	caller, err := p.service.Authenticate(r.Context(), bearer, access.WholeAccount, OriginOf(r))
	if err != nil {
		return Visitor{}, err
	}
	if caller.Token.Protocol != Protocol || caller.Token.Kind != access.Session {
		return Visitor{}, nil // somebody put another token into the cookie
	}
	isOwnPage := p.isRecentCookie(r, caller.Token.Signature)
	return Visitor{Caller: caller, Recent: isOwnPage && p.service.RequireRecentSignIn(caller) == nil}, nil
}

func (p *Pages) isRecentCookie(r *http.Request, signature string) bool {
	sent := p.base.CookieOf(r, recentCookie).Value()
	return sent.Equal(p.recentText(signature))
}

// isBadSession reports whether a session does not work, as opposed to a failure of the
// server. After too many unknown ones from a network it does not matter: a sign-in has
// limits of its own.
func isBadSession(err error) bool {
	switch refusal.CodeOf(err) {
	case refusal.SessionEnded, refusal.Unauthenticated, refusal.Throttled:
		return true
	default:
		return errors.Is(err, access.ErrBeyondScope)
	}
}

// OriginOf returns where a request of a browser comes from.
func OriginOf(r *http.Request) service.Origin {
	info := httpkit.InfoOf(r.Context())
	return service.Origin{Address: info.Address, UserAgent: info.UserAgent, RequestID: info.RequestID, Protocol: Protocol}
}

// sendToSignIn sends a visitor to the sign-in page. After that a page continues; for a
// form, the visitor finds the page that its path shows, filled in as far as the row keeps
// it.
func (p *Pages) sendToSignIn(w http.ResponseWriter, r *http.Request, v Visitor, row Row, query url.Values) {
	p.keep(w, r, v, row)
	next := r.URL.EscapedPath()
	if r.Method == http.MethodGet && r.URL.RawQuery != "" {
		next += "?" + r.URL.RawQuery
	}
	query.Set(fieldNext, SafeNext(next))
	p.redirect(w, PathSignIn+"?"+query.Encode())
}

// redirect sends a browser to a path of the server.
func (p *Pages) redirect(w http.ResponseWriter, path string) {
	w.Header().Set("Location", p.base.Of(path))
	w.WriteHeader(http.StatusSeeOther)
}

// Redirect sends a browser to a page, by GET.
func (p *Pages) Redirect(w http.ResponseWriter, path string) { p.redirect(w, SafeNext(path)) }

// StartSession gives the browser a new session, ends the one before, and redirects to
// next; after a recovery code, to a page that leads there.
func (p *Pages) StartSession(w http.ResponseWriter, r *http.Request, result service.SignInResult, next string) {
	if err := p.begin(w, r, result); err != nil {
		p.Refuse(w, r, Visitor{}, err)
		return
	}
	if result.CodesLeft != nil {
		p.redirect(w, afterRecovery(next))
		return
	}
	p.redirect(w, SafeNext(next))
}

// errNoCookie is returned where a cookie would be sent over a connection that others
// can read.
var errNoCookie = &refusal.Error{Code: refusal.Denied, Message: "signing in with a browser needs https, or a browser on the same machine"}

// begin sets the cookies of a new session, and ends the session that it replaces.
func (p *Pages) begin(w http.ResponseWriter, r *http.Request, result service.SignInResult) error {
	cookie := p.base.CookieOf(r, sessionCookie)
	if !cookie.IsPossible() {
		return errors.Join(errNoCookie, p.discard(r, result))
	}
	if err := p.endReplaced(r); err != nil {
		return err
	}
	life := result.Token.Expires.Sub(p.service.Now())
	http.SetCookie(w, cookie.With(result.Secret, life))
	recent := p.base.CookieOf(r, recentCookie).Strict()
	http.SetCookie(w, recent.With(p.recentText(result.Token.Signature), recentLife))
	p.dropTicket(w, r)
	return nil
}

// discard ends a session that no browser gets.
func (p *Pages) discard(r *http.Request, result service.SignInResult) error {
	caller, err := p.service.Authenticate(r.Context(), result.Secret, access.WithinScope, OriginOf(r))
	if err != nil {
		return err
	}
	return p.service.SignOut(r.Context(), caller)
}

// endReplaced ends the session whose cookie the response replaces, if there is one.
func (p *Pages) endReplaced(r *http.Request) error {
	v, err := p.visitor(r)
	switch {
	case isBadSession(err), err == nil && !v.IsSignedIn():
		return nil
	case err != nil:
		return err
	default:
		return p.service.SignOut(r.Context(), v.Caller)
	}
}

// signOut ends the session. It is not a failure if there is none.
func (p *Pages) signOut(w http.ResponseWriter, r *http.Request, v Visitor) {
	if v.IsSignedIn() {
		if err := p.service.SignOut(r.Context(), v.Caller); err != nil {
			p.Refuse(w, r, v, err)
			return
		}
	}
	p.SignedOut(w, r)
}

// SignedOut removes the cookies of a session that has ended, and leads to the sign-in
// page.
func (p *Pages) SignedOut(w http.ResponseWriter, r *http.Request) {
	p.forget(w, r)
	p.redirect(w, PathSignIn+"?"+fieldEnded+"="+endedHere)
}

// forget removes the cookies of a browser, and what it holds of the server's pages.
func (p *Pages) forget(w http.ResponseWriter, r *http.Request) {
	for _, name := range append(keptNames(), sessionCookie, recentCookie, ticketCookie) {
		if cookie := p.base.CookieOf(r, name); cookie.IsPossible() {
			http.SetCookie(w, cookie.Removed())
		}
	}
	p.base.ClearSite(w.Header())
}

// Confirm is for a form with a password: the visitor signs in again, so that the session
// is recent, gets another session for the one in use, and continues. It returns the
// refusals of service.SignIn.
func (p *Pages) Confirm(w http.ResponseWriter, r *http.Request, v Visitor, password, code secret.Text) (Visitor, error) {
	attempt := identity.Attempt{Username: v.Caller.User.Handle, Password: password, Code: code}
	result, err := p.service.SignIn(r.Context(), attempt, access.Order{}, OriginOf(r))
	if err != nil {
		return v, err
	}
	if err := p.begin(w, r, result); err != nil {
		return v, err
	}
	caller, err := p.service.Authenticate(r.Context(), result.Secret, access.WholeAccount, OriginOf(r))
	if err != nil {
		return v, err
	}
	return Visitor{Caller: caller, Recent: true}, nil
}

// pathForget is an image on the page after a sign-out.
const pathForget = "/console/sign-in/signed-out.svg"

// forgetPages sends an image that shows nothing. Its headers make the browser forget the
// page before the sign-out: Chromium keeps that in memory for its back button, although
// it must not store it, from the moment when the next page is there.
func (p *Pages) forgetPages(w http.ResponseWriter, _ *http.Request, _ Visitor) {
	p.base.ClearSite(w.Header())
	w.Header().Set("Content-Type", "image/svg+xml")
	_, _ = w.Write([]byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`)) // an error means that the client is gone
}
