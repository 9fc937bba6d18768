package browser

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/web"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/syntax"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Fields of the forms and queries of the sign-in.
const (
	fieldNext     = "next"
	fieldConfirm  = "confirm" // a visitor with a session has to sign in again
	fieldEnded    = "ended"   // why a session ended
	fieldUsername = "username"
	fieldPassword = "password"
	fieldCode     = "code"
)

// Words of the query for the end of a session.
const (
	endedHere      = "here"
	endedIdle      = "idle"
	endedExpired   = "expired"
	endedElsewhere = "elsewhere"
	endedLate      = "late" // a sign-in that took too long
)

// endWord returns the word of the query for the end of a session.
func endWord(reason refusal.Reason) string {
	switch reason {
	case refusal.Idle:
		return endedIdle
	case refusal.Expired:
		return endedExpired
	default:
		return endedElsewhere
	}
}

// endText returns what the sign-in page says about the end of a session. Unknown words
// say nothing.
func endText(word string) string {
	switch word {
	case endedHere:
		return "You are signed out."
	case endedIdle:
		return "You were signed out because you did nothing for a while."
	case endedExpired:
		return "You were signed out because your session reached its maximum length."
	case endedElsewhere:
		return "You were signed out from another device, or by an administrator."
	case endedLate:
		return "The sign-in took too long. Start again."
	default:
		return ""
	}
}

// signInData is what the sign-in page shows.
type signInData struct {
	Next, Username string
	Known          bool // the user name cannot be changed
	Notice, Error  string
	Providers      []Provider
	SignUp         string
	Action         string
	IsKept         bool   // a form waits for the sign-in
	Forget         string // path of an image that makes the browser forget pages; empty: none
}

func (p *Pages) signInPage(w http.ResponseWriter, r *http.Request, v Visitor) {
	query := r.URL.Query()
	next := SafeNext(query.Get(fieldNext))
	if v.IsSignedIn() && !query.Has(fieldConfirm) {
		p.redirect(w, next)
		return
	}
	data := signInData{Next: next, Notice: endText(query.Get(fieldEnded)), IsKept: p.hasKept(r)}
	if data.Notice != "" {
		data.Forget = pathForget
	}
	if v.IsSignedIn() {
		data.Username, data.Known = v.Caller.User.Handle, true
		data.Notice = "Sign in again to continue."
	}
	p.showSignIn(w, r, http.StatusOK, data)
}

func (p *Pages) showSignIn(w http.ResponseWriter, r *http.Request, status int, data signInData) {
	data.Action, data.Providers, data.SignUp = PathSignIn, p.providers(), p.signUp
	p.Render(w, r, status, Page{Title: "Sign in", Content: p.templates["signin"], Data: data})
}

// signIn checks the password. A sign-in that lacks a code continues on another page.
func (p *Pages) signIn(w http.ResponseWriter, r *http.Request, v Visitor) {
	if !p.base.CookieOf(r, sessionCookie).IsPossible() {
		p.Refuse(w, r, Visitor{}, errNoCookie)
		return
	}
	attempt := identity.Attempt{Username: strings.TrimSpace(r.PostForm.Get(fieldUsername)), Password: secret.New(r.PostForm.Get(fieldPassword))}
	next := SafeNext(r.PostForm.Get(fieldNext))
	result, err := p.service.SignInInSteps(r.Context(), attempt, access.Order{}, OriginOf(r))
	if partial, ok := refusal.DetailsOf[service.PartialSignIn](err); ok {
		p.askForCode(w, r, partial, refusal.ReasonOf(err), next)
		return
	}
	if err != nil {
		said := Explain(hideSSO(err))
		said.SetRetryAfter(w)
		known := v.IsSignedIn() && v.Caller.User.Handle == attempt.Username
		p.showSignIn(w, r, said.Status, signInData{Next: next, Username: attempt.Username, Known: known, Error: said.Text})
		return
	}
	p.StartSession(w, r, result, next)
}

// hideSSO makes the refusal of a user of an identity provider that of a wrong password:
// strangers do not learn which accounts there are.
func hideSSO(err error) error {
	if errors.Is(err, identity.ErrSSORequired) {
		return identity.ErrWrongCredentials
	}
	return err
}

// askForCode continues a sign-in whose password was right on the page for what it
// lacks.
func (p *Pages) askForCode(w http.ResponseWriter, r *http.Request, partial service.PartialSignIn, missing refusal.Reason, next string) {
	page := PathCode
	if missing == refusal.EnrollmentRequired {
		page = PathEnroll
	}
	cookie := p.base.CookieOf(r, ticketCookie)
	http.SetCookie(w, cookie.With(partial.Ticket, partial.Expires.Sub(p.service.Now())))
	p.redirect(w, page+"?"+url.Values{fieldNext: {next}}.Encode())
}

// codeData is what the pages for a code show.
type codeData struct {
	Next, Error   string
	Action, Other string // paths of this form and of the page for the other kind of code
	Recovery      bool
}

func (p *Pages) codePage(w http.ResponseWriter, r *http.Request, _ Visitor) {
	if p.ticket(r).Value().IsZero() {
		p.redirect(w, PathSignIn+"?"+url.Values{fieldNext: {SafeNext(r.URL.Query().Get(fieldNext))}}.Encode())
		return
	}
	p.showCode(w, r, http.StatusOK, SafeNext(r.URL.Query().Get(fieldNext)), "")
}

func (p *Pages) showCode(w http.ResponseWriter, r *http.Request, status int, next, problem string) {
	data := codeData{Next: next, Error: problem, Action: r.URL.Path, Recovery: r.URL.Path == PathRecovery}
	title := "Enter the code from your authenticator app"
	data.Other = PathRecovery
	if data.Recovery {
		title, data.Other = "Enter a recovery code", PathCode
	}
	data.Other += "?" + url.Values{fieldNext: {next}}.Encode()
	p.Render(w, r, status, Page{Title: title, Content: p.templates["code"], Data: data})
}

func (p *Pages) ticket(r *http.Request) web.Cookie { return p.base.CookieOf(r, ticketCookie) }

func (p *Pages) dropTicket(w http.ResponseWriter, r *http.Request) {
	if cookie := p.ticket(r); !cookie.Value().IsZero() {
		http.SetCookie(w, cookie.Removed())
	}
}

// checkCode completes a sign-in with a code of the kind that its page asks for.
func (p *Pages) checkCode(w http.ResponseWriter, r *http.Request, _ Visitor) {
	next, code := SafeNext(r.PostForm.Get(fieldNext)), strings.TrimSpace(r.PostForm.Get(fieldCode))
	ticket := p.ticket(r).Value()
	if ticket.IsZero() {
		p.startAgain(w, r, next)
		return
	}
	if isVerification := syntax.IsVerificationCode(code); isVerification == (r.URL.Path == PathRecovery) {
		p.showCode(w, r, http.StatusUnprocessableEntity, next, wrongKind(r.URL.Path))
		return
	}
	result, err := p.service.FinishSignIn(r.Context(), ticket, secret.New(code), OriginOf(r))
	if errors.Is(err, identity.ErrNoTicket) || errors.Is(err, identity.ErrEnrollmentRequired) {
		p.startAgain(w, r, next)
		return
	}
	if err != nil {
		said := ExplainForm(r, err)
		said.SetRetryAfter(w)
		p.showCode(w, r, said.Status, next, said.Text)
		return
	}
	p.StartSession(w, r, result, next)
}

func wrongKind(path string) string {
	if path == PathRecovery {
		return "Enter a recovery code, such as abcd-efgh-jkmn-2345."
	}
	return "Enter the 6 digits that your authenticator app shows."
}

// startAgain sends a browser back to the sign-in page after too long a time.
func (p *Pages) startAgain(w http.ResponseWriter, r *http.Request, next string) {
	p.dropTicket(w, r)
	p.redirect(w, PathSignIn+"?"+url.Values{fieldNext: {next}, fieldEnded: {endedLate}}.Encode())
}
